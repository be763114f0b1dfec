"""Reasons and cures of interval and price rows that go to quarantine, by code."""

from dataclasses import dataclass

_ASK = "Ask the sender for a corrected file"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Texts of one code; ``{detail}`` stands for what was found."""

    reason: str
    cure: str


REFUSALS = {
    "unknown_supply_point": Refusal(
        "The supply point {detail} is not in the register.",
        "Compare the code with the contract; add the supply point if it is ours, then take the file once more"
        " (iris ingest intervals --again FILE): only what was missing is added.",
    ),
    "offset_missing": Refusal(
        "The time carries no UTC offset, so the hour 02 of October would have two meanings.",
        f"{_ASK} with times such as 2026-03-29T00:15:00+01:00, or describe its local hours in a layout.",
    ),
    "time_unreadable": Refusal(
        "The time cannot be read.", f"{_ASK}; docs/formats.md shows how it is written."
    ),
    "day_hours_wrong": Refusal(
        "The day is not cut like the civil day: it has 23 hours in March, 25 in October, 24 otherwise.",
        f"{_ASK} with every hour of the day.",
    ),
    "minutes_unknown": Refusal("The length of the interval is not 15, 30 or 60 minutes.", f"{_ASK}."),
    "off_grid": Refusal("The interval does not start at a multiple of its length.", f"{_ASK}."),
    "channel_unknown": Refusal(
        "The direction is not known to the layout.",
        "Add the word to the layout, or ask the sender what it means.",
    ),
    "unit_unknown": Refusal(
        "The unit is not known to the layout; gas in m3 has no energy yet.",
        f"{_ASK} in kWh, MWh or Wh (kvarh for reactive energy), or add the unit to the layout.",
    ),
    "mixed_units": Refusal(
        "The file gives this supply point and direction in two units.",
        f"{_ASK} with one unit; a thousandfold use is not guessed away.",
    ),
    "mixed_lengths": Refusal(
        "The day has intervals of two lengths: {detail} minutes.", f"{_ASK} with one length for a day."
    ),
    "value_unreadable": Refusal("The value is no number, or larger than any meter.", f"{_ASK}."),
    "negative_value": Refusal(
        "The value is negative; a direction of its own counts what is fed in.",
        f"{_ASK}; energy fed in is positive in the direction export.",
    ),
    "version_unreadable": Refusal("The version is not a number from 1 to 9999.", f"{_ASK}."),
    "conflict_in_file": Refusal(
        "The file gives this interval several times with different content.",
        f"{_ASK} in which a correction carries a higher version.",
    ),
    "version_conflict": Refusal(
        "This version of the interval is known with other content.",
        f"{_ASK} in which the correction carries a higher version.",
    ),
    "line_broken": Refusal("The line has too few or too many columns.", f"{_ASK}."),
    "interval_gap": Refusal(
        "Intervals are missing: {detail}.",
        "Ask the distributor for them; the entry closes by itself once they are there."
        " Until then the energy of these days is estimated.",
    ),
    "more_rows": Refusal("{detail} more rows were refused for the same reasons.", "See the first ones."),
    "price_unreadable": Refusal("The price is no number.", f"{_ASK}."),
    "price_out_of_range": Refusal(
        "The price {detail} lies outside the bounds of the index, as with a wrong unit or currency.",
        f"{_ASK} in PLN per MWh, or change the bounds in the layout.",
    ),
    "price_index_unknown": Refusal(
        "The index {detail} is not known.", "Add it to the market indices, or correct the layout."
    ),
    "price_series_hole": Refusal(
        "The series of prices has a hole: {detail}.",
        "Load the missing prices; the energy of these hours is not billed until then.",
    ),
    "price_conflict": Refusal(
        "The file gives the price of this time several times with different values.", f"{_ASK}."
    ),
    "factor_unreadable": Refusal("The conversion factor or its month cannot be read.", f"{_ASK}."),
    "factor_out_of_range": Refusal(
        "The conversion factor {detail} kWh per m3 lies outside the range of gas E.",
        f"{_ASK}, or change the range in the layout.",
    ),
}


def refusal_text(code: str, detail: str) -> tuple[str, str]:
    """Return reason and cure of a code."""
    found = REFUSALS[code]
    return found.reason.replace("{detail}", detail), found.cure
