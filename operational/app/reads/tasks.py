"""What waits for a person: one row per queue, the oldest entries, the latest billing run and yesterday's
money.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.crm.service import queries as service
from operational.crm.service import watch
from operational.kernel.rows import first, one, rows

TASKS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue of work: how much waits, since when, and the money concerned (PLN), where it has any."""

    name: str
    count: int
    oldest: date | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class LatestRun:
    """The newest billing run."""

    public_id: str
    billing_month: date
    status: str
    created_at: datetime
    documents: int
    gross_amount: Decimal


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """Documents and payments of one month, for the bars of the start page."""

    month: date
    invoiced: Decimal
    paid: Decimal


@dataclass(frozen=True, slots=True)
class Totals:
    """The portfolio today: active points, customers, receivables and what of it is overdue (PLN)."""

    customers: int
    active_points: int
    receivables: Decimal
    overdue: Decimal


@dataclass(frozen=True, slots=True)
class Board:
    """All the start page shows: the portfolio, queues, own work of the person, the watch before the bill."""

    totals: Totals
    queues: tuple[Queue, ...]
    run: LatestRun | None
    months: tuple[MonthFigures, ...]
    work: service.MyWork
    mine: tuple[service.Activity, ...]
    watch: watch.Summary | None


_QUEUES = """
  select 'runs', count(*), min(created_at)::date, null::numeric from operational.billing_runs where status
    = 'computed'
  union all
  select 'exceptions', count(*), min(opened_at)::date, sum(amount_at_stake) from
    operational.billing_exceptions
   where resolved_at is null
  union all
  select 'suspense', count(*), min(booked_on), sum(amount) from operational.payments
   where customer_id is null and reversed_on is null
  union all
  select 'quarantine', count(*), min(f.received_at)::date, null from raw.rejected_rows r
    join raw.files f on f.id = r.file_id where r.resolved_at is null
  union all
  select 'rejected_files', count(*), min(received_at)::date,
    null from raw.rejected_files where resolved_at is null
  union all
  select 'undelivered', count(*), min(created_at)::date, null from operational.messages
   where status = 'failed' or (status = 'waiting' and attempts > 0)"""

_RUN = """
  select r.public_id::text, r.billing_month, r.status, r.created_at, count(d.id),
    coalesce(sum(d.gross_amount), 0)
  from (select * from operational.billing_runs order by created_at desc, id desc limit 1) r
  left join operational.documents d on d.run_id = r.id
  group by r.public_id, r.billing_month, r.status, r.created_at"""

_TOTALS = """
  select (select count(*) from operational.customers),
    (select count(*) from operational.contract_supply_points k where k.superseded_at is null
       and k.valid_from <= :today and (k.valid_to is null or k.valid_to > :today)),
    (select coalesce(sum(case when debit_account = 'receivable' then amount else -amount end), 0)
       from operational.ledger_transfers where 'receivable' in (debit_account, credit_account)),
    (select coalesce(sum(o.amount - coalesce(a.used, 0)), 0) from operational.open_items o
       left join (select debt_item_id, sum(amount) as used from operational.allocations group by 1) a
         on a.debt_item_id = o.id
       where o.amount > 0 and o.due_date < :today)"""

_MONTHS = """
  select m::date, coalesce(d.gross, 0), coalesce(p.paid, 0)
  from generate_series(date_trunc('month', cast(:today as date)) - interval '11 months',
                       date_trunc('month', cast(:today as date)), interval '1 month') m
  left join (select date_trunc('month', issue_date) as m, sum(gross_amount) as gross
             from operational.documents group by 1) d using (m)
  left join (select date_trunc('month', booked_on) as m, sum(amount) as paid from operational.payments
    group by 1) p
    using (m) order by 1"""


def task_board(session: Session, *, today: date, login: str, role: str) -> Board:
    """Return the board of the start page as of the business day for one member of staff."""
    given = {"today": today}
    own = service.TaskFilter(whose="mine")
    run = first(session, _RUN)
    return Board(
        totals=Totals(*one(session, _TOTALS, given)),
        queues=tuple(Queue(*row) for row in rows(session, _QUEUES)),
        run=LatestRun(*run) if run else None,
        months=tuple(MonthFigures(*row) for row in rows(session, _MONTHS, given)),
        work=service.my_work(session, login=login, role=role, today=today),
        mine=tuple(
            service.tasks(session, narrowed=own, login=login, role=role, today=today, limit=TASKS_SHOWN)
        ),
        watch=watch.latest(session),
    )
