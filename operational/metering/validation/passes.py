"""A pass of validation: look at the points whose data are new, keep what was found in the queue of
exceptions.

A pass is safe to repeat: a finding is known by the versions it looked at, so it joins the queue once, is
settled by itself when its cause is gone, and does not come back after a person released or dismissed it.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import CursorResult, TextClause, text
from sqlalchemy.orm import Session

from operational.kernel.calendar import civil_day
from operational.metering.landing.judging import serialise_landings
from operational.metering.queries import MissingLimitOfValidation

SQL: Final = Path(__file__).parent / "sql"
_PARAMETERS: Final = (
    "volume_tolerance", "zone_tolerance", "profile_tolerance_kwh", "profile_tolerance_share", "power_factor",
    "last_year_factor", "last_year_floor_daily", "zero_days", "forecast_factor", "forecast_floor",
    "estimates_in_a_row", "months_without_actual", "answer_days", "factor_lowest", "factor_highest",
)  # fmt: skip
_FINDINGS: Final = """
create temp table findings (
  rule_code text not null, code text not null, finding_key text not null, supply_point_id bigint, area_code
  text, period_from date, period_to date, message text not null, cure text not null, suggestion text,
  suggested_value numeric, reading_id bigint, is_automatic boolean not null default false) on commit drop"""
_LAST: Final = """
select coalesce(max(last_reading_id), 0) as last_reading_id, coalesce(max(last_volume_id), 0) as
  last_volume_id,
  coalesce(max(last_determinant_id), 0) as last_determinant_id, coalesce(max(as_of), '2000-01-01 00:00+00') as
    last_as_of
from operational.validation_passes"""
_KEEP: Final = """
insert into operational.validation_passes (as_of, is_full, last_reading_id, last_volume_id,
  last_determinant_id,
  last_factor_id, points, opened, settled, automatic)
select :as_of, :is_full, (select coalesce(max(id), 0) from operational.readings),
  (select coalesce(max(id), 0) from operational.billed_volumes),
  (select coalesce(max(id), 0) from raw.interval_determinants),
  (select coalesce(max(id), 0) from operational.gas_conversion_factors),
  (select count(*) from pg_temp.checked_points), :opened, :settled, :automatic
returning points"""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """What a pass did: points looked at, findings opened, settled by themselves, and accepted
    automatically.
    """

    points: int
    opened: int
    settled: int
    automatic: int


def validate(session: Session, *, as_of: datetime, is_full: bool = False) -> ValidationResult:
    """Check what is new since the last pass (``is_full``: every point) by the active rules; the caller
    commits.

    Work is proportional to the points that changed. Waits for landings to end. Raises
    MissingLimitOfValidation.
    """
    serialise_landings(session)
    today = civil_day(as_of)
    given: dict[str, Any] = {"as_of": as_of, "today": today, "is_full": is_full}
    given |= parameters(session, day=today)
    given |= dict(session.execute(text(_LAST)).mappings().one())
    session.execute(
        text("drop table if exists pg_temp.checked_points, pg_temp.chains, pg_temp.uses, pg_temp.findings")
    )
    session.execute(text(_FINDINGS))
    for name in ("checked_points", "chains", "uses"):
        _run(session, name, given)
        session.execute(text(f"analyze pg_temp.{name}"))
    rules: Any = session.execute(
        text("select code from operational.validation_rules where is_active order by substr(code, 2)::int")
    ).scalars()
    for code in list(rules):
        _run(session, code, given)
    settled = _run(session, "settle", given)
    automatic = _count(session, "is_automatic")
    before = _count(session, "not is_automatic")
    touched = _run(session, "record", given)
    _run(session, "request", given)
    opened = min(before, max(touched - automatic, 0))
    counts = {
        "as_of": as_of,
        "is_full": is_full,
        "opened": opened,
        "settled": settled,
        "automatic": automatic,
    }
    points: int = session.execute(text(_KEEP), counts).scalar_one()
    return ValidationResult(int(points), opened, settled, automatic)


def parameters(session: Session, *, day: date) -> dict[str, Any]:
    """Return the limits of the rules that hold on a day; raises MissingLimitOfValidation."""
    found = {
        row.code: row.value
        for row in session.execute(
            text(
                "select code, value from operational.validation_parameters where superseded_at is null"
                " and valid_from <= :day and (valid_to is null or valid_to > :day)"
            ),
            {"day": day},
        )
    }
    for code in _PARAMETERS:
        if code not in found:
            raise MissingLimitOfValidation(code, day)
    return found


@lru_cache(maxsize=32)
def _statement(name: str) -> tuple[TextClause, frozenset[str]]:
    found = text((SQL / f"{name}.sql").read_text(encoding="utf-8"))
    return found, frozenset(found.compile().params)


def _run(session: Session, name: str, given: dict[str, Any]) -> int:
    statement, names = _statement(name)
    result = session.execute(statement, {key: given[key] for key in names})
    assert isinstance(result, CursorResult)  # noqa: S101  a statement without an ORM entity answers with a cursor
    return max(result.rowcount, 0)


def _count(session: Session, condition: str) -> int:
    return int(
        session.execute(
            text(
                f"select count(*) from pg_temp.findings f where {condition} and not exists (select from "
                "operational.billing_exceptions e where e.finding_key = f.finding_key and e.resolution is "
                "distinct "
                "from 'fixed')"
            )
        ).scalar_one()
    )
