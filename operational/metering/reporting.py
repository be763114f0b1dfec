"""Readings that a customer or a clerk reports: the plausibility check, and how they become readings.

A report is kept as it came (``customer_readings``). It becomes a reading of kind ``customer`` when it is
plausible, or when it is far above the forecast and the person confirmed it (rule V9 then asks somebody to
look). One below the last actual reading is not taken unless the register may have rolled over.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import civil_day
from operational.kernel.errors import DomainError
from operational.metering.landing.judging import serialise_landings
from operational.metering.queries import validation_parameter

_SQL: Final = Path(__file__).parent / "validation" / "sql"
_ONE: Final = """with waiting as (
  select cast(:register as bigint) as register_id, cast(:day as date) as reading_date,
    cast(:value as numeric) as value
),
"""
_WAITING: Final = """create temp table reports on commit drop as
with waiting as (
  select distinct on (c.register_id, c.reading_date) c.id, c.register_id, c.supply_point_id,
    c.reading_date, c.value, c.is_confirmed
  from operational.customer_readings c
  where c.processed_at is null order by c.register_id, c.reading_date, c.id desc
),
"""
_REPLACE: Final = """
update operational.readings r set superseded_at = :as_of
from pg_temp.reports p
where r.register_id = p.register_id and r.reading_date = p.reading_date and r.superseded_at is null
  and (p.verdict = 'plausible' or (p.verdict = 'above_forecast' and p.is_confirmed))"""


class ReportRefused(DomainError):
    """A report that makes no sense whoever looks at it."""


@dataclass(frozen=True, slots=True)
class Plausibility:
    """The verdict on a value (plausible, below_last, above_forecast, superseded) and what it was compared
    with, in the register's unit.
    """

    verdict: str
    last_value: Decimal | None
    last_date: date | None
    expected: Decimal | None
    difference: Decimal | None


@dataclass(frozen=True, slots=True)
class Report:
    """A value that a person read from a register at the end of a day."""

    supply_point_id: int
    register_id: int
    reading_date: date
    value: Decimal


@dataclass(frozen=True, slots=True)
class TakeResult:
    """How many waiting reports became readings and how many did not."""

    taken: int
    not_taken: int


def check_report(session: Session, *, report: Report, as_of: datetime) -> Plausibility:
    """Compare a value with the readings around it and with the forecast; reads only, also as the portal.

    Raises ReportRefused for a day that has not come yet.
    """
    today = civil_day(as_of)
    if report.reading_date > today:
        raise ReportRefused(
            "reading_in_future",
            f"The day {report.reading_date} has not come yet. Give the day on which you read the meter.",
        )
    given = {"register": report.register_id, "day": report.reading_date, "value": report.value}
    row = session.execute(text(_ONE + _sql("report_judged")), given | _limits(session, today)).one()
    return Plausibility(row.verdict, row.last_value, row.last_date, row.expected, row.difference)


def report_reading(
    session: Session,
    *,
    report: Report,
    customer_id: int | None,
    channel: str,
    is_confirmed: bool,
    as_of: datetime,
) -> Plausibility:
    """Keep a report for ``take_reports`` and return its verdict; the caller commits.

    Raises ReportRefused for a value below the last reading, and for one far above the forecast that the
    person has not confirmed.
    """
    found = check_report(session, report=report, as_of=as_of)
    if found.verdict == "superseded":
        raise ReportRefused(
            "reading_known",
            f"A reading of {report.reading_date} is known already. Nothing has to be reported.",
        )
    if found.verdict == "below_last":
        raise ReportRefused(
            "report_below_last",
            f"{report.value} is below the last reading {found.last_value} of {found.last_date}, or more "
            "than the meter can show. "
            "Check the digits before the comma.",
        )
    if found.verdict == "above_forecast" and not is_confirmed:
        raise ReportRefused(
            "report_above_forecast",
            f"{report.value} is far above the expected {found.expected}. Check the value and confirm it "
            "when it is right.",
        )
    session.execute(
        text(
            "insert into operational.customer_readings (supply_point_id, register_id, customer_id, "
            "reading_date, value, channel,"
            " is_confirmed, submitted_at) values (:point, :register, :customer, :day, :value, :channel, "
            ":confirmed, :as_of)"
        ),
        {
            "point": report.supply_point_id, "register": report.register_id, "customer": customer_id,
            "day": report.reading_date, "value": report.value, "channel": channel, "confirmed": is_confirmed,
            "as_of": as_of,
        },
    )  # fmt: skip
    return found


def take_reports(session: Session, *, as_of: datetime) -> TakeResult:
    """Judge waiting reports again and turn those that pass into readings; the caller commits.

    Set-based, and safe to repeat: a report is processed once. Of several reports of one register and day the
    last one counts.
    """
    serialise_landings(session)
    session.execute(text("drop table if exists pg_temp.reports"))
    session.execute(text(_WAITING + _sql("report_judged")), _limits(session, civil_day(as_of)))
    session.execute(text(_REPLACE), {"as_of": as_of})
    taken: Any = session.execute(text(_sql("report_taken")), {"as_of": as_of})
    done: Any = session.execute(text(_sql("report_processed")), {"as_of": as_of})
    return TakeResult(int(taken.rowcount), int(done.rowcount) - int(taken.rowcount))


@lru_cache(maxsize=4)
def _sql(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _limits(session: Session, day: date) -> dict[str, Decimal]:
    return {
        "factor": validation_parameter(session, code="forecast_factor", day=day),
        "floor": validation_parameter(session, code="forecast_floor", day=day),
    }
