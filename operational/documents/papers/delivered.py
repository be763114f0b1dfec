"""The templates delivered with IRIS, read from `data/`: `templates.json` and one text per code and language.

The first line of a text is its title. Sample wording: a supplier puts its own, checked by its lawyers,
in force.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Delivered:
    """One template: its row, and title and text per language."""

    code: str
    row: dict[str, Any]
    variables: dict[str, str]
    texts: dict[str, tuple[str, str]]


@functools.cache
def templates() -> tuple[Delivered, ...]:
    """Return the delivered templates in their order."""
    entries = json.loads((DATA / "templates.json").read_text(encoding="utf-8"))
    return tuple(
        Delivered(
            entry["code"],
            {
                "code": entry["code"], "name_pl": entry["name_pl"], "name_en": entry["name_en"],
                "subject_kind": entry["subject_kind"], "variables": json.dumps(entry["variables"]),
                "sort_order": (place + 1) * 10,
            },
            dict(entry["variables"]),
            {language: _text(entry["code"], language) for language in ("pl", "en")},
        )
        for place, entry in enumerate(entries)
    )  # fmt: skip


def _text(code: str, language: str) -> tuple[str, str]:
    title, _, body = (DATA / f"{code}.{language}.txt").read_text(encoding="utf-8").partition("\n")
    return title.strip(), body.strip()
