"""Warsaw civil days, instants in UTC, Polish holidays and working days.

Days are civil dates in Europe/Warsaw, instants are aware datetimes in UTC; ``start_of_day`` and ``civil_day``
are the only crossings between the two. Nothing here reads the clock.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from holidays import country_holidays

WARSAW = ZoneInfo("Europe/Warsaw")
ONE_DAY = timedelta(days=1)
# Christmas Eve is a day off since 2025 (act of 6 December 2024, Journal of Laws 2024 item 1965).
_CHRISTMAS_EVE_SINCE = 2025
_SATURDAY = 5


def start_of_day(day: date) -> datetime:
    """Return the instant in UTC at which the Warsaw civil day begins (23:00 or 22:00 of the day before)."""
    return datetime(day.year, day.month, day.day, tzinfo=WARSAW).astimezone(UTC)


def civil_day(instant: datetime) -> date:
    """Return the Warsaw civil day of an aware instant; a naive one is refused with ValueError."""
    if instant.tzinfo is None:
        raise ValueError("A naive datetime has no instant. Give it a zone, e.g. datetime(..., tzinfo=UTC).")
    return instant.astimezone(WARSAW).date()


def hours_of_day(day: date) -> int:
    """Return the number of hours of a Warsaw day: 24, or 23 and 25 when the clocks change."""
    return int((start_of_day(day + ONE_DAY) - start_of_day(day)).total_seconds()) // 3600


@lru_cache(maxsize=256)
def public_holidays(year: int) -> dict[date, str]:
    """Return the statutory days off of a year with Polish names (Act on days off of 18 January 1951)."""
    found = dict(country_holidays("PL", years=year, language="pl"))
    if year >= _CHRISTMAS_EVE_SINCE:
        found.setdefault(date(year, 12, 24), "Wigilia Bożego Narodzenia")
    return found


def is_public_holiday(day: date) -> bool:
    """Tell whether the day is a statutory day off other than an ordinary Sunday."""
    return day in public_holidays(day.year)


def is_working_day(day: date) -> bool:
    """Tell whether the day is Monday to Friday and no public holiday."""
    return day.weekday() < _SATURDAY and not is_public_holiday(day)


def next_working_day(day: date) -> date:
    """Return the first working day after ``day``."""
    following = day + ONE_DAY
    while not is_working_day(following):
        following += ONE_DAY
    return following


def add_working_days(day: date, count: int) -> date:
    """Return the day ``count`` working days after ``day`` (0 returns the day itself)."""
    for _ in range(count):
        day = next_working_day(day)
    return day


def working_days(start: date, end: date) -> int:
    """Count the working days of the half-open period ``[start, end)``."""
    return sum(is_working_day(day) for day in days(start, end))


def effective_due_date(due_date: date) -> date:
    """Move a due date on a Saturday or day off to the next day that is neither (Civil Code art. 115)."""
    return due_date if is_working_day(due_date) else next_working_day(due_date)


def days(start: date, end: date) -> Iterator[date]:
    """Yield the days of the half-open period ``[start, end)``."""
    for offset in range((end - start).days):
        yield start + timedelta(days=offset)


def first_of_month(day: date) -> date:
    """Return the first day of the month of ``day``."""
    return day.replace(day=1)


def first_of_next_month(day: date) -> date:
    """Return the first day of the month after that of ``day``."""
    return add_months(first_of_month(day), 1)


def days_in_month(day: date) -> int:
    """Return the number of days of the month of ``day``."""
    return monthrange(day.year, day.month)[1]


def add_months(day: date, count: int) -> date:
    """Move by calendar months, keeping the day number or taking the last day of a shorter month."""
    index = day.year * 12 + day.month - 1 + count
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months(start: date, end: date) -> Iterator[date]:
    """Yield the first day of every month that has a day in the half-open period ``[start, end)``."""
    month = first_of_month(start)
    while month < end:
        yield month
        month = add_months(month, 1)


def parse_month(text: str) -> date:
    """Read ``2026-03`` as the first day of that month; raise ValueError otherwise."""
    year, separator, month = text.partition("-")
    if not separator or len(year) != 4 or len(month) != 2:
        raise ValueError(f"'{text}' is not a month. Write it like 2026-03.")
    return date(int(year), int(month), 1)
