"""Formats of the CSV files of customers, supply points and contracts:
columns, what a cell may hold, examples.

UTF-8 with or without a byte order mark, separator comma or semicolon,
first line the names of the columns in any order; columns that are not required may be left out.
Several codes in one cell are separated by ``|``. The same is told to users in `docs/imports.md`.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from operational.kernel.errors import DomainError
from operational.kernel.identifiers import (
    digits,
    is_valid_nip,
    is_valid_pesel,
    is_valid_regon,
    is_valid_supply_point_code,
)

MOST_ROWS: Final = 500_000
# Columns that the file of wrong rows has in front; it may be corrected and sent as it is.
ADDED_COLUMNS: Final = ("line", "reasons")


class ImportFileError(DomainError):
    """A file that cannot be read at all: not text, no heading, unknown or missing columns."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake: line of the file (the heading is line 1), column, what stands there,
    and the code of the cure.
    """

    line: int
    column: str
    value: str
    code: str


class _Wrong(ValueError):
    """The cell breaks a rule; the message is the code of the problem."""


def _text(longest: int) -> Callable[[str], str]:
    def read(value: str) -> str:
        if len(value) > longest:
            raise _Wrong("too_long")
        return value

    return read


def _choice(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise _Wrong("unknown_choice")
        return value

    return read


def _day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise _Wrong("invalid_date") from error


def _decimal(least: Decimal, most: Decimal) -> Callable[[str], Decimal]:
    def read(value: str) -> Decimal:
        try:
            number = Decimal(value.replace("\u00a0", "").replace(" ", "").replace(",", "."))
        except InvalidOperation as error:
            raise _Wrong("invalid_number") from error
        if not number.is_finite():
            raise _Wrong("invalid_number")
        if not least <= number <= most:
            raise _Wrong("out_of_range")
        return number

    return read


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        if not re.fullmatch(r"\d{1,9}", value):
            raise _Wrong("invalid_number")
        if not least <= int(value) <= most:
            raise _Wrong("out_of_range")
        return int(value)

    return read


def _checked(is_valid: Callable[[str], bool], code: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if not is_valid(value):
            raise _Wrong(code)
        return digits(value)

    return read


def _matching(pattern: str, code: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def read(value: str) -> str:
        if not compiled.fullmatch(value):
            raise _Wrong(code)
        return value

    return read


def _phone(value: str) -> str:
    if not re.fullmatch(r"(\+\d{1,3})?\d{9,12}", digits(value)):
        raise _Wrong("invalid_phone")
    return digits(value)


def _codes(value: str) -> tuple[str, ...]:
    codes = tuple(digits(part) for part in value.split("|") if part.strip())
    if not codes or not all(is_valid_supply_point_code(code) for code in codes):
        raise _Wrong("invalid_point_code")
    return codes


def _zones(value: str) -> tuple[str, ...]:
    zones = tuple(part.strip() for part in value.split("|"))
    if not all(re.fullmatch(r"[a-z_0-9]{1,30}", zone) for zone in zones) or len(set(zones)) < len(zones):
        raise _Wrong("unknown_choice")
    return zones


@dataclass(frozen=True, slots=True)
class Cell:
    """A column: how a cell is read, whether it must be filled, what an empty one means."""

    read: Callable[[str], Any]
    is_required: bool = False
    default: Any = None


_EMAIL = r"[^@\s<>\"']{1,64}@[^@\s<>\"']+\.[^@\s<>\"'.]{2,}"
_POINT_CODE = Cell(_checked(is_valid_supply_point_code, "invalid_point_code"), is_required=True)
_ADDRESS: Final[dict[str, Cell]] = {
    "street": Cell(_text(200), is_required=True),
    "building": Cell(_text(20), is_required=True),
    "flat": Cell(_text(20), default=""),
    "postal_code": Cell(_matching(r"\d{2}-\d{3}", "invalid_postal_code"), is_required=True),
    "city": Cell(_text(100), is_required=True),
}

FORMATS: Final[Mapping[str, Mapping[str, Cell]]] = {
    "customers": {
        "number": Cell(_matching(r"[1-9]\d{3,11}", "invalid_customer_number")),
        "kind": Cell(_choice("household", "business", "public"), is_required=True),
        "name": Cell(_text(200), is_required=True),
        "nip": Cell(_checked(is_valid_nip, "invalid_nip")),
        "pesel": Cell(_checked(is_valid_pesel, "invalid_pesel")),
        "regon": Cell(_checked(is_valid_regon, "invalid_regon")),
        "email": Cell(_matching(_EMAIL, "invalid_email")),
        "phone": Cell(_phone),
        "language": Cell(_choice("pl", "en"), default="pl"),
        "invoice_channel": Cell(_choice("ebok", "email", "letter"), default="ebok"),
        "customer_since": Cell(_day, is_required=True),
        **_ADDRESS,
    },
    "points": {
        "code": _POINT_CODE,
        "medium": Cell(_choice("electricity", "gas"), is_required=True),
        "dso_code": Cell(_text(40)),
        **_ADDRESS,
        "tariff_group": Cell(_text(20), is_required=True),
        "annual_kwh": Cell(_decimal(Decimal(0), Decimal(10) ** 12), is_required=True),
        "customer_class": Cell(_choice("household", "business"), is_required=True),
        "valid_from": Cell(_day, is_required=True),
        "phases": Cell(_whole(1, 3), default=1),
        "contracted_power_kw": Cell(_decimal(Decimal("0.001"), Decimal(10) ** 6)),
        "capacity_mode": Cell(_choice("flat", "volumetric"), default="flat"),
        "metering_mode": Cell(_choice("registers", "volumes"), default="registers"),
        "gas_area_code": Cell(_text(20)),
        "meter_serial": Cell(_text(40)),
        "meter_zones": Cell(_zones, default=("all",)),
        "meter_digits": Cell(_whole(3, 12), default=6),
        "multiplier": Cell(_decimal(Decimal("0.0001"), Decimal(10) ** 6), default=Decimal(1)),
    },
    "contracts": {
        "number": Cell(_text(50), is_required=True),
        "customer_number": Cell(_text(20), is_required=True),
        "kind": Cell(_choice("comprehensive", "supply_only"), default="comprehensive"),
        "signed_on": Cell(_day, is_required=True),
        "price_list_code": Cell(_text(60), is_required=True),
        "supply_point_codes": Cell(_codes, is_required=True),
        "valid_from": Cell(_day, is_required=True),
        "valid_to": Cell(_day),
        "cycle_months": Cell(_whole(1, 12), default=1),
        "cycle_anchor": Cell(_day),
        "payment_term_days": Cell(_whole(1, 90), default=14),
        "invoicing_rule": Cell(
            _choice("per_supply_point", "per_contract", "per_customer"), default="per_supply_point"
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: its number, its cells as they came, and as they were read."""

    number: int
    raw: tuple[str, ...]
    cells: dict[str, Any]


@dataclass(slots=True)
class Reading:
    """What was read: the heading, lines that passed the checks of single cells, all lines,
    and the problems.
    """

    heading: tuple[str, ...]
    lines: list[Line] = field(default_factory=list)
    raw: dict[int, tuple[str, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_file(kind: str, content: bytes) -> Reading:
    """Read a file of customers, points or contracts; every wrong cell becomes a problem of its line.

    Raises ImportFileError when the file as a whole cannot be read, naming what is wrong.
    """
    columns = FORMATS[kind]
    records = _records(content)
    heading = tuple(name.strip().lower() for name in next(records, ()))
    _check_heading(heading, columns)
    found = Reading(heading)
    for number, record in enumerate(records, start=2):
        if not any(cell.strip() for cell in record):
            continue
        if len(found.raw) >= MOST_ROWS:
            raise ImportFileError(
                "import_too_long", f"The file has more than {MOST_ROWS} rows. Split it and send the parts."
            )
        raw = tuple(record)
        found.raw[number] = raw
        if len(raw) != len(heading):
            found.problems.append(Problem(number, "", "", "wrong_columns"))
            continue
        cells, wrong = _read_cells(number, heading, raw, columns)
        wrong += [] if wrong else _read_row(kind, number, cells)
        found.problems += wrong
        if not wrong:
            found.lines.append(Line(number, raw, cells))
    return found


def _records(content: bytes) -> Iterator[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ImportFileError(
            "import_not_utf8", f"Byte {error.start} of the file is not UTF-8. Save the file as CSV in UTF-8."
        ) from error
    if "\x00" in text:
        raise ImportFileError("import_not_text", "The file is not text. Save it as CSV in UTF-8.")
    first = text.split("\n", 1)[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if first.count(";") > first.count(",") else ",",
        strict=True,
    )
    try:
        yield from reader
    except csv.Error as error:
        raise ImportFileError(
            "import_not_csv", f"Line {reader.line_num} is not CSV: {error}. Check its quotation marks."
        ) from error


def _check_heading(heading: Sequence[str], columns: Mapping[str, Cell]) -> None:
    missing = [name for name, cell in columns.items() if cell.is_required and name not in heading]
    unknown = [name or "(empty)" for name in heading if name not in columns and name not in ADDED_COLUMNS]
    twice = sorted({name for name in heading if heading.count(name) > 1})
    for code, names, words in (
        ("import_columns_missing", missing, "The first line lacks the columns"),
        ("import_columns_unknown", unknown, "The first line has columns that the format does not know"),
        ("import_columns_twice", twice, "The first line names columns twice"),
    ):
        if names:
            raise ImportFileError(code, f"{words}: {', '.join(names)}.")


def _read_cells(
    number: int, heading: Sequence[str], raw: Sequence[str], columns: Mapping[str, Cell]
) -> tuple[dict[str, Any], list[Problem]]:
    cells: dict[str, Any] = {name: cell.default for name, cell in columns.items()}
    wrong: list[Problem] = []
    for name, value in zip(heading, raw, strict=True):
        # An export of ours protects texts that look like formulas with an apostrophe.
        given = " ".join(value.split()).removeprefix("'")
        if name in ADDED_COLUMNS:
            continue
        if not given:
            if columns[name].is_required:
                wrong.append(Problem(number, name, "", "missing_value"))
            continue
        try:
            cells[name] = columns[name].read(given)
        except _Wrong as error:
            wrong.append(Problem(number, name, given[:200], str(error)))
    return cells, wrong


def _read_row(kind: str, number: int, cells: dict[str, Any]) -> list[Problem]:
    """Check what several cells of a row say together."""
    if kind == "customers":
        if cells["kind"] != "household" and not cells["nip"]:
            return [Problem(number, "nip", "", "missing_value")]
        if cells["invoice_channel"] == "email" and not cells["email"]:
            return [Problem(number, "email", "", "missing_value")]
    if kind == "points":
        return _point_problems(number, cells)
    if kind == "contracts":
        if cells["valid_to"] is not None and cells["valid_to"] <= cells["valid_from"]:
            return [Problem(number, "valid_to", cells["valid_to"].isoformat(), "end_before_start")]
        if cells["cycle_months"] not in (1, 2, 3, 6, 12):
            return [Problem(number, "cycle_months", str(cells["cycle_months"]), "unknown_choice")]
        cells["cycle_anchor"] = cells["cycle_anchor"] or cells["valid_from"].replace(day=1)
    return []


def _point_problems(number: int, cells: dict[str, Any]) -> list[Problem]:
    if cells["phases"] == 2:
        return [Problem(number, "phases", "2", "unknown_choice")]
    if cells["medium"] == "gas" and not cells["gas_area_code"]:
        return [Problem(number, "gas_area_code", "", "needs_area")]
    is_small = cells["tariff_group"].startswith("G") or cells["medium"] == "gas"
    if not is_small and cells["contracted_power_kw"] is None:
        return [Problem(number, "contracted_power_kw", "", "needs_power")]
    return []
