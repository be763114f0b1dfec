"""Partitions of the lineage: days for files, months for billing; both are Warsaw days and months."""

from datetime import date

from dagster import BackfillPolicy, DailyPartitionsDefinition, MonthlyPartitionsDefinition

from operational.kernel import clock
from operational.kernel.calendar import WARSAW, civil_day

FIRST_DAY = date(2025, 1, 1)
# The demonstration plays up to this day whatever the machine's clock says, so its partitions must exist.
PLAYED_UNTIL = date(2027, 1, 15)
TIMEZONE = WARSAW.key


def _last_day() -> date:
    return max(PLAYED_UNTIL, clock.today())


def _days_ahead() -> int:
    """Return how many days to name after the machine's own day, which Dagster counts from."""
    return max((_last_day() - civil_day(clock.now())).days, 0) + 1


def _months_ahead() -> int:
    last, here = _last_day(), civil_day(clock.now())
    return max((last.year - here.year) * 12 + last.month - here.month, 0) + 1


daily = DailyPartitionsDefinition(
    start_date=FIRST_DAY.isoformat(), timezone=TIMEZONE, end_offset=_days_ahead()
)
"""Day on which a file was taken from the inbox; today is a partition already."""

monthly = MonthlyPartitionsDefinition(
    start_date=FIRST_DAY.isoformat(), timezone=TIMEZONE, end_offset=_months_ahead()
)
"""Month that is billed; the running month is a partition already."""

one_by_one = BackfillPolicy.multi_run(max_partitions_per_run=1)
"""Months and days are caught up one after another: a month is billed on what the one before has left."""
