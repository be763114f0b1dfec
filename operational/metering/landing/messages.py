"""Reasons and cures of the rows that the gate refuses, by code."""

from dataclasses import dataclass
from typing import Any

_ASK = "Ask the distributor (DSO) for a corrected file"
_RETRY = "then try the quarantined rows again; the file need not be sent again"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Texts of one code; both may name columns of the row and `detail` in braces."""

    reason: str
    cure: str


REFUSALS = {
    "unknown_supply_point": Refusal(
        "The supply point {supply_point_code} is not in the register.",
        f"Compare the code with the contract; add the supply point if it is ours, {_RETRY}.",
    ),
    "unknown_meter": Refusal(
        "The meter {meter_serial} is not in the register.",
        f"Check the number on the plate; record the meter or its exchange, {_RETRY}.",
    ),
    "unknown_register": Refusal(
        "The meter {meter_serial} has no register of the zone {zone_code} (it has: {detail}).",
        f"Compare with the tariff group; correct the meter's registers, {_RETRY}.",
    ),
    "meter_not_at_point": Refusal(
        "The meter {meter_serial} does not stand at {supply_point_code} on {reading_date}"
        " (it stands: {detail}).",
        f"Record the installation or the exchange with its day, {_RETRY}. Otherwise: {_ASK}.",
    ),
    "date_in_future": Refusal(
        "The row is about {detail}, a day that has not ended yet.",
        f"Check the date. {_ASK}, or try the row again once the day is over.",
    ),
    "reading_exceeds_register": Refusal(
        "The value {value} has more digits than the register shows ({detail}).",
        "Check digits and multiplier of the register: the value is what the meter shows, before any"
        f" multiplier. {_ASK}.",
    ),
    "reading_below_last": Refusal(
        "The value {value} of {reading_date} does not lie between its neighbours, which agree with each"
        " other: {detail}.",
        f"{_ASK}, with this reading or its neighbours in a higher version, {_RETRY}.",
    ),
    "version_conflict": Refusal(
        "Version {version} of this row is known with other content: {detail}. It cannot mean two things.",
        f"{_ASK} in which the correction carries a higher version.",
    ),
    "conflict_in_file": Refusal(
        "The file gives version {version} of this row several times with different content: {detail}.",
        f"{_ASK} in which every correction carries a higher version.",
    ),
    "unit_mismatch": Refusal(
        "The unit {unit} does not fit the medium of {supply_point_code} ({detail}).",
        f"Check the supply point's medium. {_ASK}.",
    ),
    "period_overlap": Refusal(
        "The period {period_from} to {period_to} overlaps another one of the same point and zone: {detail}.",
        f"{_ASK}: a changed period replaces the old one by the same start and a higher version, {_RETRY}.",
    ),
}


def refusal_text(code: str, row: dict[str, Any]) -> tuple[str, str]:
    """Return reason and cure of a refused row; `row` holds its columns and `detail`."""
    found = REFUSALS[code]
    return found.reason.format_map(row), found.cure.format_map(row)
