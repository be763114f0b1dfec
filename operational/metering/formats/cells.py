"""Read single cells of a distributor's row: codes, dates, numbers, words. Every refusal names the cure."""

from __future__ import annotations

import re
from collections.abc import Container
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from operational.kernel.errors import DomainError
from operational.kernel.identifiers import digits, gsrn_check_digit
from operational.metering.formats.layouts import Layout

_LEGACY_CODE = re.compile(r"PL[0-9A-Z_]{6,40}")
_GSRN = re.compile(r"[0-9]{18}")
_SPREADSHEET_NUMBER = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)
_NUMBER = {
    ".": re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,12}))?"),
    ",": re.compile(r"(-?)([0-9]{1,12})(?:,([0-9]{1,12}))?"),
}
_DECIMALS = 3
_LIMIT = Decimal(10**12)
_SERIAL_LENGTH = 64
_EARLIEST, _LATEST = date(1990, 1, 1), date(2099, 12, 31)
_HIGHEST_VERSION = 9999
_ONE_DAY = timedelta(days=1)

Word = TypeVar("Word", bound=StrEnum)


class RowProblem(DomainError):
    """Why a row is rejected: a code, the reason and the cure; it never leaves the reader."""

    def __init__(self, code: str, reason: str, cure: str) -> None:
        super().__init__(code, f"{reason} {cure}")
        self.reason = reason
        self.cure = cure


def supply_point_code(text: str, confirmed: Container[str] = ()) -> str:
    """Read a PPE or PPG code: GSRN-18 with a right check digit, or an old code `PL...`.

    `confirmed` are codes with a wrong digit that a person has confirmed: such codes exist.
    """
    code = digits(text).upper()
    if _GSRN.fullmatch(code):
        expected = gsrn_check_digit(code[:17])
        if code[17] == expected or code in confirmed:
            return code
        raise RowProblem(
            "wrong_check_digit",
            f"The supply point code {code} ends in {code[17]}, its check digit is {expected}.",
            "Compare it with the contract; ask the DSO for a new file, or confirm the code and load again.",
        )
    if _LEGACY_CODE.fullmatch(code):
        return code
    if _SPREADSHEET_NUMBER.fullmatch(code):
        raise RowProblem(
            "code_damaged_by_spreadsheet",
            f"The supply point code '{_short(text)}' was turned into a number by a spreadsheet.",
            "Load the file as the DSO sent it, without opening and saving it.",
        )
    raise RowProblem(
        "invalid_supply_point_code",
        f"'{_short(text)}' is not a supply point code: 18 digits, or an old code that begins with PL.",
        "Ask the DSO for a corrected file.",
    )


def meter_serial(text: str) -> str:
    """Read a meter's serial number: any text of 1 to 64 characters, kept as text whatever it looks like."""
    if not 1 <= len(text) <= _SERIAL_LENGTH:
        raise RowProblem(
            "invalid_meter_serial",
            f"The meter number '{_short(text)}' must have 1 to {_SERIAL_LENGTH} characters.",
            "Ask the DSO for a corrected file.",
        )
    return text


def zone(text: str, layout: Layout, known: tuple[str, ...]) -> str:
    """Read a zone in the DSO's or in our own words."""
    code = _translated("zone_code", text, layout)
    if code not in known:
        raise _unknown_word("unknown_zone", "zone", text, name="zone_code", layout=layout, known=known)
    return code


def word(name: str, text: str, layout: Layout, kind: type[Word]) -> Word:
    """Read a word of a closed list (kind, reason, unit, quality) in the DSO's or in our own words."""
    try:
        return kind(_translated(name, text, layout))
    except ValueError:
        known = tuple(member.value for member in kind)
        raise _unknown_word(f"unknown_{name}", name, text, name=name, layout=layout, known=known) from None


def day(text: str, layout: Layout, *, name: str) -> date:
    """Read a date in exactly the layout's form; days before 1990 and after 2099 are refused."""
    match = layout.date_pattern.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        found = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        example = date(2026, 3, 31).strftime(layout.date_format)
        raise RowProblem(
            "invalid_date",
            f"The {name} '{_short(text)}' is not a date like {example}.",
            "Ask the DSO for a corrected file.",
        ) from None
    if not _EARLIEST <= found <= _LATEST:
        raise RowProblem(
            "implausible_date",
            f"The {name} {found} is outside {_EARLIEST.year} to {_LATEST.year}.",
            "Ask the DSO for a corrected file.",
        )
    return found


def period_end(text: str, layout: Layout, period_from: date) -> date:
    """Read the end of a period as the day after its last day."""
    found = day(text, layout, name="end of the period")
    if layout.period_to_inclusive:
        found += _ONE_DAY
    if found <= period_from:
        raise RowProblem(
            "empty_period",
            f"The period from {period_from} ends before it has one day (end '{text}').",
            "Ask the DSO for a corrected file.",
        )
    return found


def quantity(text: str, layout: Layout, *, name: str, factor: Decimal = Decimal(1)) -> Decimal:
    """Read a number of at most 12 digits and, after the factor, 3 decimals; negative ones are refused."""
    match = _NUMBER[layout.decimal_mark].fullmatch(text)
    if match is None:
        raise RowProblem(
            f"invalid_{name}",
            f"The {name} '{_short(text)}' is not a number like 1234{layout.decimal_mark}567.",
            "Ask the DSO for a corrected file.",
        )
    value = Decimal(f"{match[1]}{match[2]}.{match[3] or '0'}") * factor
    if value < 0:
        raise RowProblem(
            f"negative_{name}",
            f"The {name} {value:f} is negative.",
            "A correction is the full corrected value with a higher version, not a difference.",
        )
    if value >= _LIMIT:
        raise RowProblem(
            f"invalid_{name}",
            f"The {name} {value:f} is {_LIMIT:f} or more, which no register can show.",
            "Ask the DSO for a corrected file.",
        )
    rounded = value.quantize(Decimal(1).scaleb(-_DECIMALS))
    if rounded != value:
        raise RowProblem(
            "too_many_decimals",
            f"The {name} {value:f} has more than {_DECIMALS} decimals.",
            "Ask the DSO for the value as its register shows it; nothing is rounded here.",
        )
    return rounded


def version(text: str) -> int:
    """Read the DSO's version of a row; an empty cell is version 1."""
    if text == "":
        return 1
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= _HIGHEST_VERSION:
        raise RowProblem(
            "invalid_version",
            f"The version '{_short(text)}' is not a whole number from 1 to {_HIGHEST_VERSION}.",
            "Ask the DSO for a corrected file.",
        )
    return int(text)


def unit_factor(text: str, layout: Layout) -> Decimal:
    """Return what a quantity in the DSO's unit is multiplied with to be in ours."""
    return layout.factors.get(text.casefold(), Decimal(1))


def _translated(name: str, text: str, layout: Layout) -> str:
    folded = text.casefold()
    return layout.values.get(name, {}).get(folded, folded)


def _unknown_word(
    code: str, what: str, text: str, *, name: str, layout: Layout, known: tuple[str, ...]
) -> RowProblem:
    words = [layout.written.get(name, {}).get(value, value) for value in known]
    return RowProblem(
        code,
        f"The {what} '{_short(text)}' is unknown. Known: {', '.join(words)}.",
        f"Ask the DSO for a corrected file, or add the word to the layout {layout.name}.",
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:60] + "..."
