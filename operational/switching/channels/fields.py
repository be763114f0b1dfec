"""From the text of a file to typed messages and back, the same for every channel."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar, get_args

from operational.switching.channels.adapter import (
    Answer,
    AnswerKind,
    Notice,
    NoticeKind,
    SwitchFileError,
)

_DAYS: Final = frozenset({"issued_on", "start_on", "end_on"})
_NUMBERS: Final = frozenset({"annual_kwh", "power_kw"})
_LONGEST: Final = 300
_KINDS: Final = {Notice: get_args(NoticeKind), Answer: get_args(AnswerKind)}
M = TypeVar("M", Notice, Answer)


def field_names(kind: type[M]) -> tuple[str, ...]:
    """Return the names of the fields of a message, in the order of the files."""
    return tuple(item.name for item in fields(kind))


def required_names(kind: type[M]) -> frozenset[str]:
    """Return the fields that no message may lack."""
    return frozenset(item.name for item in fields(kind) if item.default is MISSING)


def written(message: Notice | Answer) -> dict[str, str]:
    """Return the fields of a message as text; empty where there is nothing to say."""
    return {
        item.name: "" if getattr(message, item.name) is None else str(getattr(message, item.name))
        for item in fields(message)
    }


def told(message: Notice | Answer) -> dict[str, str]:
    """Return what a message says, without its empty fields."""
    return {key: value for key, value in written(message).items() if value}


def read(kind: type[M], given: Mapping[str, str], *, place: str) -> M:
    """Return a message from its texts; raises SwitchFileError naming the place and the field."""
    values: dict[str, Any] = {}
    for name in field_names(kind):
        cell = given.get(name, "").strip()
        if not cell:
            if name in required_names(kind):
                raise _wrong(place, name, "is missing")
            continue
        values[name] = _value(name, cell, place)
    if values["kind"] not in _KINDS[kind]:
        raise _wrong(place, "kind", f"holds '{cell_shown(values['kind'])}', which no message has")
    return kind(**values)


def _value(name: str, cell: str, place: str) -> Any:
    if len(cell) > _LONGEST or not cell.isprintable():
        raise _wrong(place, name, "is too long or holds characters that no text has")
    try:
        if name in _DAYS:
            return date.fromisoformat(cell)
        if name in _NUMBERS:
            number = Decimal(cell)
            if not number.is_finite() or number < 0:
                raise ValueError
            return number
    except (ValueError, InvalidOperation):
        raise _wrong(place, name, f"holds '{cell_shown(cell)}', which is no day or number") from None
    return cell


def cell_shown(cell: str) -> str:
    """Return the beginning of a cell, fit for a message."""
    return "".join(character for character in cell[:40] if character.isprintable())


def _wrong(place: str, name: str, what: str) -> SwitchFileError:
    return SwitchFileError(
        "switch_file_field", f"{place}: {name} {what}.", "Ask the sender for a corrected file."
    )
