"""From signature to sent bill: where each signed contract x supply
point stands, why it is late, and for how much.

The list is computed from the facts of the moment over the pairs of ``watch_points`` (those that have no sent
bill yet), so its work follows what is open. The days of each step are data (``watch_steps``). Zloty at stake:
days x annual kWh / 365 x mean energy price of the price list, net; days since the supply began and was not
billed, or since it should have begun; a lost contract counts with one year.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.rows import first, one, rows

STATES: Final = ("late", "lost", "on_time")
STEPS: Final = (
    "signature", "withdrawal", "case_opened", "case_sent", "answered", "started", "start_reading",
    "computed", "invoiced", "sent",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watched:
    """A contract x supply point on its way to the first bill; amounts in PLN net, days on the calendar."""

    contract_public_id: str
    contract_number: str
    customer_public_id: str
    customer_name: str
    customer_number: str
    point_public_id: str
    point_code: str
    medium: str
    dso_code: str
    product_name: str | None
    state: str
    place: str
    reason: str
    detail: str
    due_on: date | None
    days_late: int
    stake: Decimal
    signed_on: date
    withdrawal_until: date | None
    case_public_id: str | None
    case_number: str | None
    case_opened_on: date | None
    due_case_opened: date | None
    case_sent_on: date | None
    due_case_sent: date | None
    is_answered: bool | None
    case_changed_on: date | None
    due_answered: date | None
    start_kind: str | None
    start_on: date | None
    due_started: date | None
    reading_on: date | None
    due_start_reading: date | None
    cycle_end: date | None
    due_computed: date | None
    invoiced_on: date | None
    due_invoiced: date | None
    bill_sent_on: date | None
    due_sent: date | None
    document_public_id: str | None
    document_number: str | None
    exception_code: str | None
    run_status: str | None

    def steps(self) -> Iterator[tuple[str, date | None, date | None]]:
        """Yield each step that applies: its code, the day it must happen by, the day it happened."""
        yield "signature", self.signed_on, self.signed_on
        if self.withdrawal_until:
            yield "withdrawal", self.withdrawal_until, None
        if self.start_kind in ("switch", "first_switch"):
            yield "case_opened", self.due_case_opened, self.case_opened_on
            yield "case_sent", self.due_case_sent, self.case_sent_on
            yield "answered", self.due_answered, self.case_changed_on if self.is_answered else None
        yield "started", self.due_started, self.start_on
        yield "start_reading", self.due_start_reading, self.reading_on
        yield "computed", self.due_computed, self.invoiced_on
        yield "invoiced", self.due_invoiced, self.invoiced_on
        yield "sent", self.due_sent, self.bill_sent_on


@dataclass(frozen=True, slots=True)
class WatchFilter:
    """Which pairs to show; empty values show all. `state`: late, lost, on_time, problem (late and lost)."""

    state: str = "problem"
    reason: str = ""
    step: str = ""
    dso: str = ""
    medium: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class ReasonTotal:
    """How many pairs stand at a reason, and PLN at stake."""

    state: str
    place: str
    reason: str
    count: int
    stake: Decimal
    oldest: date | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What the last refresh found."""

    as_of: date
    open_count: int
    late_count: int
    lost_count: int
    stake: Decimal
    finished: int


_COLUMNS = ", ".join(
    f"{field.name}::text" if field.name == "case_public_id" else field.name for field in fields(Watched)
)
_FILTER = """
  where case :state when 'problem' then state in ('late', 'lost') when 'all' then state <> 'done'
          else state = :state end
    and (:reason = '' or reason = :reason) and (:step = '' or place = :step)
    and (:dso = '' or dso_code = :dso) and (:medium = '' or medium = :medium)
    and (:search = '' or contract_number ilike :like or point_code like :like or customer_name ilike :like
         or customer_number = :search)"""


@lru_cache(maxsize=1)
def _statement() -> str:
    return (Path(__file__).parent / "sql" / "watch.sql").read_text(encoding="utf-8")


def _given(narrowed: WatchFilter, today: date) -> dict[str, Any]:
    return {
        "state": narrowed.state, "reason": narrowed.reason, "step": narrowed.step, "dso": narrowed.dso,
        "medium": narrowed.medium, "search": narrowed.search, "like": f"%{narrowed.search}%",
        "today": today,
    }  # fmt: skip


def watched(
    session: Session, *, narrowed: WatchFilter, today: date, offset: int = 0, limit: int = 51
) -> list[Watched]:
    """Return pairs by filter, the most zloty at stake first."""
    found = rows(
        session,
        f"{_statement()} select {_COLUMNS} from watched {_FILTER}"
        " order by stake desc, due_on, contract_id, supply_point_id offset :offset limit :limit",
        {**_given(narrowed, today), "offset": offset, "limit": limit},
    )
    return [Watched(*row) for row in found]


def totals(session: Session, *, narrowed: WatchFilter, today: date) -> list[ReasonTotal]:
    """Return counts and PLN at stake by state, step and reason for a filter, the most at stake first."""
    found = rows(
        session,
        f"{_statement()} select state, place, reason, count(*), coalesce(sum(stake), 0), min(due_on)"
        f" from watched {_FILTER} group by 1, 2, 3 order by 5 desc, 4 desc",
        _given(narrowed, today),
    )
    return [ReasonTotal(*row) for row in found]


def refresh(session: Session, *, as_of: date) -> Summary:
    """Take pairs with a sent bill off the watch and keep the sums of the day; the caller commits.

    Run once a day (a schedule, or ``iris assurance``); the list itself never waits for it.
    """
    finished: Any = session.execute(
        text(
            f"{_statement()} delete from operational.watch_points p using watched w"
            " where w.state = 'done' and w.contract_id = p.contract_id"
            " and w.supply_point_id = p.supply_point_id"
        ),
        {"today": as_of},
    )
    by_reason = totals(session, narrowed=WatchFilter(state="all"), today=as_of)
    problems = [row for row in by_reason if row.state in ("late", "lost")]
    made = Summary(
        as_of=as_of,
        open_count=sum(row.count for row in by_reason),
        late_count=sum(row.count for row in problems if row.state == "late"),
        lost_count=sum(row.count for row in problems if row.state == "lost"),
        stake=sum((row.stake for row in problems), Decimal("0.00")),
        finished=int(finished.rowcount),
    )
    one(
        session,
        """insert into operational.watch_summaries (as_of, open_count, late_count, lost_count, stake_amount,
             finished_count, by_reason) values (:as_of, :open, :late, :lost, :stake, :finished,
             cast(:reasons as jsonb)) returning id""",
        {
            "as_of": as_of, "open": made.open_count, "late": made.late_count, "lost": made.lost_count,
            "stake": made.stake, "finished": made.finished,
            "reasons": json.dumps({f"{row.state}:{row.reason}": row.count for row in by_reason}),
        },
    )  # fmt: skip
    return made


def latest(session: Session) -> Summary | None:
    """Return what the newest refresh found."""
    row = first(
        session,
        """select as_of, open_count, late_count, lost_count, stake_amount, finished_count
             from operational.watch_summaries order by id desc limit 1""",
    )
    return Summary(*row) if row else None
