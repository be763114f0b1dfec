"""Numbers and dates as a Polish reader expects them, with English words beside."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

NBSP = "\u00a0"
MINUS = "\u2212"
_MONTHS = {
    "pl": ("sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
_MILLION, _THOUSAND = {"pl": "mln", "en": "m"}, {"pl": "tys.", "en": "k"}


def number(value: Decimal | float, places: int = 0) -> str:
    """Return `1 234,56`: spaces between thousands that do not break, decimal comma, a real minus."""
    text = f"{abs(value):,.{places}f}".replace(",", NBSP).replace(".", ",")
    return f"{MINUS}{text}" if value < 0 and text.strip("0," + NBSP) else text


def pln(value: Decimal | float) -> str:
    """Return an amount to the grosz: `1 234,56 zł`."""
    return f"{number(value, 2)}{NBSP}zł"


def scale_of(largest: float, language: str = "pl") -> tuple[int, str]:
    """Return by what the amounts of a chart are divided and the unit written at its axis."""
    if largest >= 2_000_000:
        return 1_000_000, f"{_MILLION[language]}{NBSP}zł"
    if largest >= 10_000:
        return 1_000, f"{_THOUSAND[language]}{NBSP}zł"
    return 1, "zł"


def pln_short(value: Decimal | float, language: str = "pl") -> str:
    """Return an amount for a tile: `12,84 mln zł`, `412,5 tys. zł` or `980,15 zł`."""
    size = abs(Decimal(value))
    if size >= 1_000_000:
        return f"{number(Decimal(value) / 1_000_000, 2)}{NBSP}{_MILLION[language]}{NBSP}zł"
    if size >= 10_000:
        return f"{number(Decimal(value) / 1_000, 1)}{NBSP}{_THOUSAND[language]}{NBSP}zł"
    return pln(value)


def energy(kwh: Decimal | float) -> str:
    """Return energy for a tile in kWh, MWh or GWh."""
    size = abs(Decimal(kwh))
    if size >= 1_000_000:
        return f"{number(Decimal(kwh) / 1_000_000, 2)}{NBSP}GWh"
    if size >= 10_000:
        return f"{number(Decimal(kwh) / 1_000, 1)}{NBSP}MWh"
    return f"{number(kwh)}{NBSP}kWh"


def percent(share: Decimal | float) -> str:
    """Return a share in [0, 1] as `93,6 %`."""
    return f"{number(Decimal(share) * 100, 1)}{NBSP}%"


def signed(text: str, value: Decimal | float) -> str:
    """Return the text of a change with its sign: `+0,12 mln zł`, `-3,1 %`; a tile reads the plain minus."""
    return f"+{text}" if value > 0 else text.replace(MINUS, "-")


def month(day: date, language: str = "pl") -> str:
    """Return `mar 2026`."""
    return f"{_MONTHS[language][day.month - 1]} {day.year}"


def month_axis(days: list[date], language: str = "pl") -> list[str]:
    """Return short names of months for an axis; the year stands under the first and under each January."""
    return [
        f"{_MONTHS[language][day.month - 1]}<br>{day.year}"
        if not place or day.month == 1
        else _MONTHS[language][day.month - 1]
        for place, day in enumerate(days)
    ]


def day_text(day: date, language: str = "pl") -> str:
    """Return `5 mar 2026`."""
    return f"{day.day} {month(day, language)}"
