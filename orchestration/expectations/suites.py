"""What rows of readings, of billed volumes and of bank statements must look like.

A rule of severity ``critical`` sends the row to quarantine with the rule's reason and cure; a ``warning`` is
shown with the file. Values are checked as floats here: a check needs no cents, and amounts are never computed
from them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from operational.metering.formats.readings import (
    ENERGY_ZONES,
    VOLUME_ZONES,
    ReadingKind,
    ReadingReason,
    VolumeQuality,
    VolumeUnit,
)

POINT_CODE = r"^(?:\d{18}|PL[0-9A-Z]{4,31})$"
ACCOUNT = r"^(?:\d{26}|[A-Z]{2}[0-9A-Z]{13,32}|\d{0,34})$"
LARGEST = 1_000_000_000
OLDEST = timedelta(days=3653)
LONGEST_PERIOD_DAYS = 400
_ASK = "Ask the distributor (DSO) for a corrected file."


@dataclass(frozen=True, slots=True)
class Rule:
    """One expectation: class of Great Expectations, its arguments, and what to tell people when a row
    fails."""

    expectation: str
    arguments: Mapping[str, Any]
    code: str
    reason: str
    cure: str = _ASK
    severity: Literal["critical", "warning"] = "critical"


@dataclass(frozen=True, slots=True)
class Suite:
    """The rules of one kind of rows."""

    name: str
    rules: tuple[Rule, ...] = field(default_factory=tuple)


def readings_suite(day: date) -> Suite:
    """Return what is expected of register readings that are landed on ``day``."""
    return Suite(
        "register_readings",
        (
            _point_code(),
            Rule(
                "ExpectColumnValueLengthsToBeBetween",
                {"column": "meter_serial", "min_value": 1, "max_value": 64},
                "meter_serial_expected", "A meter's number has 1 to 64 characters.",
            ),
            _in_set("zone_code", ENERGY_ZONES),
            _in_set("kind", [kind.value for kind in ReadingKind]),
            _in_set("reason", [reason.value for reason in ReadingReason]),
            _between("value", 0, LARGEST, "A register shows 0 to 10^9."),
            _recent("reading_date", day),
            _once(["file_name", "supply_point_code", "meter_serial", "zone_code", "reading_date", "version"]),
        ),
    )  # fmt: skip


def volumes_suite(day: date) -> Suite:
    """Return what is expected of billed volumes that are landed on ``day``."""
    return Suite(
        "billed_volumes",
        (
            _point_code(),
            _in_set("zone_code", VOLUME_ZONES),
            _in_set("unit", [unit.value for unit in VolumeUnit]),
            _in_set("quality", [quality.value for quality in VolumeQuality]),
            _between("quantity", 0, LARGEST, "A billed volume has 0 to 10^9 units."),
            _between("days", 1, LONGEST_PERIOD_DAYS, f"A period has 1 to {LONGEST_PERIOD_DAYS} days."),
            _recent("period_from", day),
            _once(["file_name", "supply_point_code", "zone_code", "period_from", "version"]),
        ),
    )


def bank_lines_suite(day: date) -> Suite:
    """Return what is expected of lines of bank statements that are stored on ``day``."""
    cure = "Compare the line with the bank's statement; ask the bank for the file again."
    return Suite(
        "bank_lines",
        (
            _between("amount", -LARGEST, LARGEST, "An amount is below 10^9.", cure=cure),
            Rule(
                "ExpectColumnValuesToMatchRegex", {"column": "currency", "regex": "^[A-Z]{3}$"},
                "currency_expected", "A currency is a code of three letters.", cure,
            ),
            Rule(
                "ExpectColumnValuesToMatchRegex", {"column": "payer_account", "regex": ACCOUNT},
                "payer_account_expected", "The payer's account is no account number.", cure, "warning",
            ),
            _recent("booked_on", day, cure=cure),
            Rule(
                "ExpectColumnValuesToBeUnique", {"column": "business_key"},
                "line_once", "A line stands in the data twice.", cure,
            ),
            Rule(
                "ExpectColumnValueLengthsToBeBetween", {"column": "title", "max_value": 2000},
                "title_length", "A title has at most 2000 characters.", cure, "warning",
            ),
        ),
    )  # fmt: skip


def _point_code() -> Rule:
    return Rule(
        "ExpectColumnValuesToMatchRegex",
        {"column": "supply_point_code", "regex": POINT_CODE},
        "point_code_expected",
        "A supply point code has 18 digits, or begins with PL.",
    )


def _in_set(column: str, known: Any) -> Rule:
    return Rule(
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": list(known)},
        f"{column}_expected",
        f"The column {column} holds one of: {', '.join(known)}.",
    )


def _between(column: str, low: float, high: float, reason: str, *, cure: str = _ASK) -> Rule:
    return Rule(
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": low, "max_value": high},
        f"{column}_out_of_range",
        reason,
        cure,
    )


def _recent(column: str, day: date, *, cure: str = _ASK) -> Rule:
    oldest = day - OLDEST
    return Rule(
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": _midnight(oldest), "max_value": _midnight(day)},
        f"{column}_out_of_range",
        f"The column {column} holds a day from {oldest} to {day}.",
        cure,
    )


def _midnight(day: date) -> datetime:
    """Return the day as the columns of a frame hold it."""
    return datetime.combine(day, time())


def _once(columns: list[str]) -> Rule:
    return Rule(
        "ExpectCompoundColumnsToBeUnique",
        {"column_list": columns},
        "row_once",
        f"Rows differ in {', '.join(columns)}.",
        severity="warning",
    )
