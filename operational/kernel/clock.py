"""The business day and the present instant, for front doors only (web, command line, schedules).

Domain code never imports this module: it is given ``as_of``. An import contract watches over that.
"""

from datetime import UTC, date, datetime

from operational.kernel.calendar import civil_day
from operational.kernel.settings import get_settings


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Return the Warsaw business day: ``IRIS_TODAY`` when it is set (demo, tests), the real day otherwise."""
    return get_settings().today or civil_day(now())
