"""Layouts of distributors' files as data: one TOML file per layout, loaded and checked here.

A layout says which header stands for which field and how a value is written; it holds no code.
docs/formats.md describes every key.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

from operational.kernel.errors import DomainError
from operational.metering.formats.readings import RecordKind

PACKAGED_FOLDER = Path(__file__).parent / "data"

READING_FIELDS = {
    "supply_point_code": True,
    "meter_serial": True,
    "zone_code": True,
    "reading_date": True,
    "value": True,
    "kind": True,
    "reason": False,
    "version": False,
}
VOLUME_FIELDS = {
    "supply_point_code": True,
    "zone_code": True,
    "period_from": True,
    "period_to": True,
    "quantity": True,
    "unit": True,
    "quality": False,
    "version": False,
}
"""Fields of each kind of record; True where a column or a default must give the value."""

_DATE_PARTS = {"%Y": r"(?P<year>[0-9]{4})", "%m": r"(?P<month>[0-9]{2})", "%d": r"(?P<day>[0-9]{2})"}
_MAPPED_FIELDS = ("zone_code", "kind", "reason", "unit", "quality")


class LayoutError(DomainError):
    """A layout file that is wrong; the message names the file, the key and what is expected."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout: `columns` maps our field to the header, `values` the DSO's words (casefolded) to ours.

    `factors` turns the DSO's unit into ours (`mwh`: 1000). `period_to_inclusive` when the end of a period
    is its last day and not the day after. `last_line_break` when a last line without line break counts as
    cut off.
    """

    name: str
    title: str
    record: RecordKind
    columns: dict[str, str]
    delimiter: str = ","
    encodings: tuple[str, ...] = ("utf-8-sig",)
    decimal_mark: str = "."
    date_format: str = "%Y-%m-%d"
    line_end: str = "\n"
    period_to_inclusive: bool = False
    last_line_break: bool = True
    defaults: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    written: dict[str, dict[str, str]] = field(default_factory=dict)
    factors: dict[str, Decimal] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, bool]:
        """Return the fields of this kind of record and whether each is required."""
        return READING_FIELDS if self.record is RecordKind.READINGS else VOLUME_FIELDS

    @property
    def date_pattern(self) -> re.Pattern[str]:
        """Return the pattern of a date, with the groups year, month, day."""
        return _date_pattern(self.date_format)


@cache
def _date_pattern(date_format: str) -> re.Pattern[str]:
    pattern = re.escape(date_format)
    for part, group in _DATE_PARTS.items():
        pattern = pattern.replace(re.escape(part), group)
    return re.compile(pattern)


@cache
def load_layouts(folder: Path = PACKAGED_FOLDER) -> tuple[Layout, ...]:
    """Load every `*.toml` of a folder, by name; raises LayoutError for a wrong or doubled one."""
    layouts = [_load(path) for path in sorted(folder.glob("*.toml"))]
    names = [layout.name for layout in layouts]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise LayoutError(
            "meter_layout_invalid", f"Layouts with the same name in {folder}: {', '.join(doubled)}."
        )
    return tuple(layouts)


def layout_named(name: str) -> Layout:
    """Return a packaged layout by its name; raises LayoutError when there is none."""
    for layout in load_layouts():
        if layout.name == name:
            return layout
    known = ", ".join(layout.name for layout in load_layouts())
    raise LayoutError("meter_layout_unknown", f"There is no layout '{name}'. Known layouts: {known}.")


def _load(path: Path) -> Layout:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        return _build(raw)
    except (OSError, ValueError, TypeError, LookupError) as error:
        message = f"The layout {path.name} cannot be used: {error}. docs/formats.md describes every key."
        raise LayoutError("meter_layout_invalid", message) from error


def _build(raw: dict[str, Any]) -> Layout:
    raw = dict(raw)
    words = raw.pop("values", {})
    factors = {key.casefold(): _factor(value) for key, value in raw.pop("factors", {}).items()}
    layout = Layout(
        record=RecordKind(raw.pop("record")),
        encodings=tuple(raw.pop("encodings", ("utf-8-sig",))),
        ignored=tuple(raw.pop("ignored", ())),
        values={
            name: {word.casefold(): ours for word, ours in pairs.items()} for name, pairs in words.items()
        },
        written={name: _first_words(pairs) for name, pairs in words.items()},
        factors=factors,
        **raw,
    )
    _check(layout)
    return layout


def _first_words(pairs: dict[str, str]) -> dict[str, str]:
    """Turn word -> ours around; of several words for the same the first in the file is the one to write."""
    written: dict[str, str] = {}
    for word, ours in pairs.items():
        written.setdefault(ours, word)
    return written


def _factor(value: object) -> Decimal:
    try:
        factor = Decimal(str(value))
    except InvalidOperation:
        factor = Decimal(0)
    if not factor.is_finite() or factor <= 0:
        raise ValueError(f"the factor '{value}' is not a positive number")
    return factor


def _check(layout: Layout) -> None:
    unknown = [name for name in [*layout.columns, *layout.defaults] if name not in layout.fields]
    if unknown:
        raise ValueError(f"{unknown[0]} is not a field of {layout.record}")
    for name, required in layout.fields.items():
        if required and name not in layout.columns and name not in layout.defaults:
            raise ValueError(f"the field {name} has neither a column nor a default")
    if len(layout.delimiter) != 1 or layout.delimiter in ('"', "\n", "\r", layout.decimal_mark):
        raise ValueError("the delimiter must be one character and differ from the decimal mark")
    if layout.decimal_mark not in (".", ","):
        raise ValueError("the decimal_mark must be '.' or ','")
    if any(layout.date_format.count(part) != 1 for part in _DATE_PARTS):
        raise ValueError("the date_format must hold %Y, %m and %d once each")
    headers = [header.casefold() for header in [*layout.columns.values(), *layout.ignored]]
    if len(set(headers)) != len(headers):
        raise ValueError("the same header stands twice")
    wrong = [name for name in layout.values if name not in _MAPPED_FIELDS]
    if wrong:
        raise ValueError(f"words can be translated for {', '.join(_MAPPED_FIELDS)}, not for {wrong[0]}")
    for encoding in layout.encodings:
        "".encode(encoding)  # raises LookupError for an unknown name
