"""Puts values into the blocks of a paper: each spoken by its kind or filter in the paper's language.

Pure: blocks and values in, the texts that `paper.typ` lays out as they are.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from operational.documents.papers.markup import Block, Word, Words, words_of
from operational.kernel.errors import DomainError
from operational.kernel.presentation import formatting as fmt

_BLANK = "\u2026" * 12  # to be written by hand
_YES = {"pl": ("tak", "nie"), "en": ("yes", "no")}


class MissingValue(DomainError):
    """A paper needs a value that nobody gave."""


@dataclasses.dataclass(frozen=True, slots=True)
class Filling:
    """Values of a paper and how they are spoken; ``kinds`` as declared (`points[].code` -> `point`)."""

    template: str
    language: str
    kinds: Mapping[str, str]
    values: Mapping[str, Any]

    def blocks(self, blocks: Sequence[Block]) -> list[dict[str, Any]]:
        """Return the blocks with values in, ready for Typst; raise MissingValue."""
        done: list[dict[str, Any]] = []
        for block in blocks:
            if block.kind == "if":
                holds = self._holds(block.name) != block.is_negated
                done += self.blocks(block.blocks if holds else block.otherwise)
            elif block.kind == "table":
                done += self._table(block)
            elif block.kind in ("bullets", "numbered"):
                items = [runs for item in block.parts for runs in self._repeated((item,))]
                done += [{"kind": block.kind, "items": [item[0] for item in items]}] if items else []
            else:
                done.append({"kind": block.kind, "parts": [self._runs(part, None) for part in block.parts]})
        return done

    def line(self, source: str) -> str:
        """Return a line of text, e.g. the title, with values in."""
        return "".join(run["text"] for run in self._runs(words_of(source, 0), None))

    def _holds(self, name: str) -> bool:
        given = self.values.get(name)
        return bool(given) and given != "0"

    def _table(self, block: Block) -> list[dict[str, Any]]:
        head = [self._runs(cell, None) for cell in block.rows[0]] if block.has_head else []
        rows = [cells for row in block.rows[bool(block.has_head) :] for cells in self._repeated(row)]
        if not rows:
            return []
        return [{"kind": "table", "head": head, "rows": rows, "right": list(block.right)}]

    def _repeated(self, row: tuple[Words, ...]) -> list[list[list[dict[str, Any]]]]:
        """Return a row or item once, or once for each entry of the list that it names."""
        lists = {word.name.split("[]")[0] for words in row for word in words if "[]" in word.name}
        if not lists:
            return [[self._runs(words, None) for words in row]]
        name = min(lists)
        entries = self.values.get(name)
        if entries is None:
            if all(kind.endswith("?") for known, kind in self.kinds.items() if known.startswith(f"{name}[]")):
                return []
            raise self._missing(name)
        return [[self._runs(words, _mapping(entry)) for words in row] for entry in entries]

    def _runs(self, words: Words, entry: Mapping[str, Any] | None) -> list[dict[str, Any]]:
        return [
            {"text": self._spoken(word, entry) if word.name else word.text, "bold": word.is_bold}
            for word in words
        ]

    def _spoken(self, word: Word, entry: Mapping[str, Any] | None) -> str:
        if "[]" in word.name:
            value = (entry or {}).get(word.name.split("[].")[1])
        else:
            value = self.values.get(word.name)
        kind = self.kinds.get(word.name, "text")
        if value is None or value == "":
            if not kind.endswith("?") and value is None:
                raise self._missing(word.name)
            return fmt.EMPTY if entry is not None else _BLANK
        return speak(value, word.filter or kind.rstrip("?"), self.language)

    def _missing(self, name: str) -> MissingValue:
        return MissingValue(
            "paper_missing_value",
            f"Paper {self.template}: the value {name} is missing. Give it, or take it out of the template.",
        )


def _mapping(entry: Any) -> Mapping[str, Any]:
    if dataclasses.is_dataclass(entry) and not isinstance(entry, type):
        return {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    return entry if isinstance(entry, Mapping) else {}


def speak(value: Any, kind: str, language: str) -> str:
    """Return a value as a reader sees it: `1 234,56 zł`, `1 grudnia 2026`; a text stays as it is."""
    if isinstance(value, str):
        return {"account": fmt.bank_account, "point": _point, "phone": fmt.phone,
                "tax": fmt.tax_number, "upper": str.upper}.get(kind, str)(value)  # fmt: skip
    if isinstance(value, bool):
        return _YES[language][0 if value else 1]
    if isinstance(value, (date, datetime)):
        return fmt.civil_date(value, "short" if kind == "date_short" else "long", language)
    if isinstance(value, (int, Decimal)):
        exact = Decimal(value)
        by_kind = {
            "money": lambda: fmt.money(exact, language),
            "price": lambda: fmt.number(exact, 4, language),
            "energy": lambda: fmt.energy(exact, language),
            "kwh": lambda: fmt.energy(exact, language),
            "percent": lambda: fmt.percent(exact, 2, language),
        }
        return by_kind[kind]() if kind in by_kind else fmt.number(exact, language=language)
    return str(value)


def _point(code: str) -> str:
    """Group a code of a supply point without letting it break between lines."""
    return fmt.supply_point_code(code).replace("\u2009", "\u202f")


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested values by dotted names: {"customer": {"name": ..}} becomes {"customer.name": ..}."""
    done: dict[str, Any] = {}
    for name, value in values.items():
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = _mapping(value)
        if isinstance(value, Mapping):
            done |= {f"{name}.{inner}": found for inner, found in value.items()}
        else:
            done[name] = value
    return done
