"""Months of the ledger: closing and reopening them, and what stands in each.

The guard itself is a trigger on the ledger, so that no way in goes around it; it refuses with the code
``accounting_month_closed``. A correction of an invoice of a closed month is posted on its own day, in an open
month, and its movements name the month they belong to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import first_of_month, first_of_next_month
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows

_SHORTEST, _LONGEST = 3, 500
_MONTHS = """
    with span as (
      select generate_series(date_trunc('month', coalesce((select min(business_date) from
               operational.ledger_transfers), :today)::timestamp),
               date_trunc('month', cast(:today as date)::timestamp), interval '1 month')::date as month
    )
    select s.month, c.recorded_at, c.recorded_by, c.reason, coalesce(t.movements, 0), coalesce(t.amount, 0),
           coalesce(t.late, 0)
      from span s
      left join operational.closed_months c on c.month = s.month
      left join lateral (
        select count(*) as movements, sum(m.amount) as amount,
               count(*) filter (where m.refers_to_month is not null) as late
          from operational.ledger_transfers m
         where m.business_date >= s.month and m.business_date < s.month + interval '1 month') t on true
     order by s.month desc limit :limit"""
_CHANGES = """select month, action, reason, recorded_at, recorded_by
    from operational.accounting_month_changes order by id desc limit :limit"""


class MonthRefused(DomainError):
    """A month cannot be closed or reopened as asked."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month with its movements; ``late`` of them belong to a month that was closed. Amounts in PLN."""

    month: date
    closed_at: datetime | None
    closed_by: str | None
    reason: str | None
    movements: int
    amount: Decimal
    late: int


@dataclass(frozen=True, slots=True)
class MonthChange:
    """Who closed or reopened a month, when and why."""

    month: date
    action: str
    reason: str
    recorded_at: datetime
    recorded_by: str


def months_of_ledger(session: Session, *, today: date, limit: int = 36) -> list[Month]:
    """Return the months from the first movement to today, the newest first."""
    return [Month(*row) for row in rows(session, _MONTHS, {"today": today, "limit": limit})]


def changes_of_months(session: Session, *, limit: int = 50) -> list[MonthChange]:
    """Return what was closed and reopened, the newest first."""
    return [MonthChange(*row) for row in rows(session, _CHANGES, {"limit": limit})]


def close_month(session: Session, *, month: date, reason: str, today: date) -> None:
    """Close a month that is over: nothing is posted into it any more. Raises MonthRefused."""
    if first_of_next_month(month) > today:
        raise MonthRefused(
            "accounting_month_not_over",
            f"The month {month:%Y-%m} is not over. Close it from {first_of_next_month(month)} on.",
        )
    _change(session, month, "closed", reason, lambda is_closed: not is_closed)


def reopen_month(session: Session, *, month: date, reason: str, today: date) -> None:
    """Open a closed month again, e.g. for a bank day that came late. Raises MonthRefused."""
    del today  # both acts are called alike
    _change(session, month, "reopened", reason, lambda is_closed: is_closed)


def _change(session: Session, month: date, action: str, reason: str, may: Callable[[bool], bool]) -> None:
    reason = " ".join(reason.split())
    if not _SHORTEST <= len(reason) <= _LONGEST:
        raise MonthRefused(
            "accounting_month_reason", "Write why the month is closed or reopened, in 3 to 500 characters."
        )
    month = first_of_month(month)
    # Two people at once: the second waits here and sees what the first did.
    session.execute(text("select pg_advisory_xact_lock(7401200)"))
    is_closed = first(session, "select 1 from operational.closed_months where month = :m", {"m": month})
    if not may(is_closed is not None):
        state = "closed already" if is_closed else "open"
        raise MonthRefused("accounting_month_state", f"The month {month:%Y-%m} is {state}. Reload the page.")
    session.execute(
        text(
            "insert into operational.accounting_month_changes (month, action, reason)"
            " values (:month, :action, :reason)"
        ),
        {"month": month, "action": action, "reason": reason},
    )
