"""Billing cycles: which scopes belong to which, how far each has come, and when its steps are due.

A cycle is data (``billing_cycles``, ``billing_cycle_steps``): medium, length, tariff, and for each step
the working days after the end of the period. The monitor counts scopes, so that everyone who should be
billed stands somewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational import warehouse
from operational.billing import issuing
from operational.kernel.calendar import WARSAW, add_working_days, first_of_next_month

_COUNTS = """
select coalesce(s.cycle_code, '') as cycle_code, count(*) as due,
  count(*) filter (where has_reading) as readings,
  count(*) filter (where not has_finding) as validated,
  count(*) filter (where is_billable and not has_finding) as computed,
  count(*) filter (where is_parked) as parked, count(*) filter (where invoice_id is not null) as issued,
  count(*) filter (where invoice_id is not null and not is_up_to_date) as to_correct,
  count(*) filter (where is_estimated and is_billable) as estimated,
  count(*) filter (where exists (select from operational.outbox o
    where o.key = 'document.issued:' || s.invoice_id and o.sent_at is not null)) as delivered,
  coalesce(sum(net_amount) filter (where invoice_id is null), 0) as waiting_net
from pg_temp.cycle_scopes s group by 1"""
_RUN = """
select status, approved_at from operational.billing_runs where billing_month = :month and status <> 'rejected'
order by id desc limit 1"""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a cycle in a month: when it is due, how many scopes passed it and how many wait, and for
    what.
    """

    code: str
    due_at: datetime
    is_automatic: bool
    waits_for: str | None
    done: int
    waits: int

    def state(self, now: datetime) -> str:
        """Return done, late, waiting or planned."""
        if not self.waits:
            return "done"
        if now >= self.due_at:
            return "late"
        return "waiting" if self.done else "planned"


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle with its steps in a month; amounts in PLN net."""

    code: str
    name_pl: str
    name_en: str
    due: int
    parked: int
    to_correct: int
    estimated: int
    waiting_net: Decimal
    steps: tuple[Step, ...]


def cycles_of_month(session: Session, *, month: date) -> list[Cycle]:
    """Return every active cycle with the progress of the scopes that end in the month.

    Scopes of no cycle stand under the empty code. An empty warehouse counts nothing.
    """
    counts = _counts(session, month)
    run = session.execute(text(_RUN), {"month": month}).one_or_none()
    is_approved = run is not None and run.approved_at is not None
    rows = session.execute(
        text(
            "select c.code, c.name_pl, c.name_en, s.step, s.working_days_after_end, s.at_time, "
            "s.is_automatic, "
            "s.waits_for from operational.billing_cycles c left join operational.billing_cycle_steps s on "
            "s.cycle_code = c.code where c.is_active "
            "order by c.id, "
            "array_position(array['readings','validate','compute','approve','issue','deliver'], s.step)"
        )
    ).all()
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row.code, []).append(row)
    cycles = [_cycle(steps, counts.get(code), month, is_approved) for code, steps in found.items()]
    if "" in counts:
        cycles.append(_without_cycle(counts[""]))
    return cycles


def steps_due(session: Session, *, day: date) -> list[tuple[str, str]]:
    """Return (cycle, step) of the automatic steps planned for ``day``, of the period that ended last."""
    month = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    end = first_of_next_month(month) - timedelta(days=1)
    rows = session.execute(
        text(
            "select s.cycle_code, s.step, s.working_days_after_end from operational.billing_cycle_steps s "
            "join operational.billing_cycles c on c.code = s.cycle_code where c.is_active and s.is_automatic "
            "order by s.cycle_code, s.at_time"
        )
    )
    return [
        (row.cycle_code, row.step) for row in rows if add_working_days(end, row.working_days_after_end) == day
    ]


def customers_of_cycle(session: Session, *, month: date, cycle_code: str) -> list[int]:
    """Return the customers with a scope of the cycle that ends in the month."""
    if not _collect(session, month):
        return []
    found: Any = session.execute(
        text(
            "select distinct customer_id from pg_temp.cycle_scopes"
            " where coalesce(cycle_code, '') = :code order by 1"
        ),
        {"code": cycle_code},
    ).scalars()
    return [int(key) for key in found]


def _collect(session: Session, month: date) -> bool:
    if not warehouse.has_proposals(session):
        return False
    session.execute(text("drop table if exists pg_temp.cycle_scopes"))
    issuing.run_sql(session, "cycle_scopes", month=month, next_month=first_of_next_month(month))
    return True


def _counts(session: Session, month: date) -> Mapping[str, Any]:
    return {row.cycle_code: row for row in session.execute(text(_COUNTS))} if _collect(session, month) else {}


def _cycle(rows: list[Any], counted: Any, month: date, is_approved: bool) -> Cycle:
    due = counted.due if counted else 0
    passed = {
        "readings": counted.readings, "validate": counted.validated, "compute": counted.computed,
        "approve": due if is_approved else 0, "issue": counted.issued, "deliver": counted.delivered,
    } if counted else {}  # fmt: skip
    end = first_of_next_month(month) - timedelta(days=1)
    steps = tuple(
        Step(
            row.step, _instant(add_working_days(end, row.working_days_after_end), row.at_time),
            row.is_automatic,
            row.waits_for, passed.get(row.step, 0), due - passed.get(row.step, 0),
        )
        for row in rows if row.step
    )  # fmt: skip
    return Cycle(
        rows[0].code, rows[0].name_pl, rows[0].name_en, due, counted.parked if counted else 0,
        counted.to_correct if counted else 0, counted.estimated if counted else 0,
        counted.waiting_net if counted else Decimal(0), steps,
    )  # fmt: skip


def _without_cycle(counted: Any) -> Cycle:
    return Cycle(
        "", "Bez cyklu", "No cycle", counted.due, counted.parked, counted.to_correct, counted.estimated,
        counted.waiting_net, (),
    )  # fmt: skip


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=WARSAW)
