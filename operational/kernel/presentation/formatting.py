"""Text forms of money, energy, dates and identifiers for people, in Polish (default) or English.

Every function is pure: value in, text out; `None` becomes an en dash. Numbers use no-break spaces and
the real minus sign (U+2212), so a column of amounts lines up and never wraps inside a number.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_currency, format_decimal

from operational.kernel.calendar import WARSAW

EMPTY = "\u2013"
_NBSP = "\u00a0"
_THIN = "\u2009"
_MINUS = "\u2212"
_DATE_STYLES = {
    "short": {"pl": "d.MM.y", "en": "d MMM y"},
    "medium": {"pl": "d MMM y", "en": "d MMM y"},
    "day": {"pl": "d MMM", "en": "d MMM"},
    "long": {"pl": "d MMMM y", "en": "d MMMM y"},
    "full": {"pl": "EEEE, d MMMM y", "en": "EEEE, d MMMM y"},
}


def _locale(language: str) -> str:
    return "pl_PL" if language == "pl" else "en_GB"


def _minus(text: str) -> str:
    return text.replace("-", _MINUS)


def money(value: Decimal | None, language: str = "pl") -> str:
    """Format an amount of zloty: `1 234,56 zł` (en: `1,234.56 zł`); always two decimals."""
    if value is None:
        return EMPTY
    pattern = f"#,##0.00{_NBSP}¤"
    return _minus(format_currency(value, "PLN", pattern, locale=_locale(language)).replace("PLN", "zł"))


def number(value: Decimal | int | None, decimals: int | None = None, language: str = "pl") -> str:
    """Format a number with grouping; `decimals` fixes the places, otherwise up to three are shown."""
    if value is None:
        return EMPTY
    pattern = "#,##0.###" if decimals is None else "#,##0" + ("." + "0" * decimals if decimals else "")
    return _minus(format_decimal(value, format=pattern, locale=_locale(language)))


def energy(value_kwh: Decimal | None, language: str = "pl") -> str:
    """Format energy in kWh, up to three decimals: `1 234,5 kWh`."""
    if value_kwh is None:
        return EMPTY
    return f"{number(value_kwh, language=language)}{_NBSP}kWh"


def energy_short(value_kwh: Decimal | None, language: str = "pl") -> str:
    """Format energy for a tile: kWh below 10 000, otherwise MWh with one decimal."""
    if value_kwh is None:
        return EMPTY
    if abs(value_kwh) < 10_000:
        return f"{number(value_kwh, 0, language)}{_NBSP}kWh"
    return f"{number(value_kwh / 1000, 1, language)}{_NBSP}MWh"


def unit_price(value: Decimal | None, unit: str = "kWh", language: str = "pl") -> str:
    """Format a price per unit with at least four and at most eight decimals: `0,5050 zł/kWh`."""
    if value is None:
        return EMPTY
    text = _minus(format_decimal(value, format="#,##0.0000####", locale=_locale(language)))
    return f"{text}{_NBSP}zł/{unit}"


def percent(value: Decimal | None, decimals: int = 1, language: str = "pl") -> str:
    """Format a share (0.23 means 23 %) as percent: `4,7%`."""
    if value is None:
        return EMPTY
    return f"{number(value * 100, decimals, language)}%"


def civil_date(value: dt.date | None, style: str = "medium", language: str = "pl") -> str:
    """Format a civil date; `style` is short, medium, day, long or full."""
    if value is None:
        return EMPTY
    if isinstance(value, dt.datetime):
        value = value.astimezone(WARSAW).date() if value.tzinfo else value.date()
    return format_date(value, _DATE_STYLES[style][language], locale=_locale(language)).replace(" ", _NBSP)


def instant(value: dt.datetime | None, language: str = "pl") -> str:
    """Format an instant in Warsaw time: `5 lis 2026, 14:03`."""
    if value is None:
        return EMPTY
    return format_datetime(value, "d MMM y, HH:mm", tzinfo=WARSAW, locale=_locale(language)).replace(
        " ", _NBSP
    )


def month(value: dt.date | None, language: str = "pl") -> str:
    """Format the month of a date: `październik 2026`."""
    if value is None:
        return EMPTY
    return format_date(value, "LLLL y", locale=_locale(language)).replace(" ", _NBSP)


def month_short(value: dt.date, language: str = "pl") -> str:
    """Format a month for a chart axis: `paź` (en: `Oct`)."""
    return format_date(value, "LLL", locale=_locale(language))


def day_range(first: dt.date, end: dt.date, language: str = "pl") -> str:
    """Format a half-open period [first, end) by its first and last day: `1–31 paź 2026`."""
    last = end - dt.timedelta(days=1)
    if last < first:
        return civil_date(first, language=language)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\u2013{civil_date(last, language=language)}"
    if first.year == last.year:
        return f"{civil_date(first, 'day', language)} \u2013 {civil_date(last, language=language)}"
    return f"{civil_date(first, language=language)} \u2013 {civil_date(last, language=language)}"


def distance(value: dt.date | None, today: dt.date, language: str = "pl") -> str:
    """Say how far a date is from `today`: `za 14 dni`, `dziś`, `3 dni temu`."""
    if value is None:
        return ""
    days = (value - today).days
    if days == 0:
        return "dziś" if language == "pl" else "today"
    delta = dt.timedelta(days=days)
    return format_timedelta(
        delta, granularity="day", threshold=10_000, add_direction=True, locale=_locale(language)
    )


def bank_account(value: str | None) -> str:
    """Group an account number (NRB, 26 digits) as printed on forms: `27 1090 2402 ...`."""
    if not value:
        return EMPTY
    digits = re.sub(r"\s", "", value)
    groups = [digits[:2], *[digits[i : i + 4] for i in range(2, len(digits), 4)]]
    return " ".join(groups)  # may wrap, but only between groups


def supply_point_code(value: str | None) -> str:
    """Group a supply point code (18 digits of electricity, 16-19 of gas) with thin spaces."""
    if not value:
        return EMPTY
    if not value.isdigit() or len(value) < 12:
        return value
    return _THIN.join([value[:6], value[6:10], value[10:14], value[14:]])


def tax_number(value: str | None) -> str:
    """Group a tax number (NIP, 10 digits): `873 214 55 60`."""
    if not value:
        return EMPTY
    if len(value) != 10:
        return value
    return _NBSP.join([value[:3], value[3:6], value[6:8], value[8:]])


def masked_national_id(value: str | None) -> str:
    """Show only the birth date part's first two digits and the last two of a PESEL."""
    if not value:
        return EMPTY
    return f"{value[:2]}{'•' * max(len(value) - 4, 0)}{value[-2:]}"


def phone(value: str | None) -> str:
    """Group a telephone number: `601 000 418`, `+48 601 000 418`."""
    if not value:
        return EMPTY
    compact = re.sub(r"[\s\-]", "", value)
    prefix = ""
    if compact.startswith("+48"):
        prefix, compact = f"+48{_NBSP}", compact[3:]
    if len(compact) == 9 and compact.isdigit():
        return prefix + _NBSP.join([compact[:3], compact[3:6], compact[6:]])
    return value
