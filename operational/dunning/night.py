"""A dunning night: batches of payers, each one transaction that locks them, looks at their debts and acts.

Everything is decided inside the transaction that locked the payers, as allocation does, so that a step and a
payment cannot miss each other. A night that was killed is started again: what fired stays, what did not fire
follows.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from operational.dunning.rules import DAYS_AHEAD, DunningError, calendar
from operational.finance.items import lock_customers
from operational.kernel.calendar import start_of_day

BATCH_SIZE: Final = 15_000
# Messages of a night are dated to the morning of its day, whenever the night runs.
_NIGHT_HOUR: Final = timedelta(hours=6)
_SQL: Final = Path(__file__).parent / "sql"
_TEMPORARY = (
    "days", "payers", "debts", "facts", "blocks", "choices", "open", "possible", "chosen", "fired", "ceased",
)  # fmt: skip
_DROP = text("drop table if exists " + ", ".join(f"pg_temp.dunning_{name}" for name in _TEMPORARY))
_DAYS = text("""
  create temp table dunning_days on commit drop as
  select * from unnest(cast(:days as date[]), cast(:effective as date[]), cast(:numbers as integer[]),
    cast(:working as boolean[]))
    as d(day, effective_due, working_no, is_working)""")
_OLDEST = text(
    "select min(due_date) from operational.open_items where customer_id = any(:ids) and amount > 0"
)
# Columns that the planner joins by: figures of the others would cost a second a night for nothing.
_JOINED_BY: Final = {
    "payers": "customer_id", "debts": "open_item_id, customer_id, days_overdue",
    "facts": "customer_id, fact", "blocks": "customer_id, open_item_id", "open": "case_id, customer_id",
    "possible": "case_id, step_id, customer_id", "chosen": "case_id, customer_id, step_id",
    "fired": "action_id, customer_id",
}  # fmt: skip
_CHOSEN = text("""
  select step_code, stage, count(*) as cases, coalesce(sum(total), 0) as amount
  from pg_temp.dunning_chosen group by step_code, stage order by min(step_id)""")


@dataclass(slots=True)
class NightResult:
    """What a night did: cases opened and closed, steps with their sums, messages and orders."""

    as_of: date
    payers: int = 0
    batches: int = 0
    opened: int = 0
    closed: int = 0
    joined: int = 0
    messages: int = 0
    orders: int = 0
    ended_orders: int = 0
    steps: dict[str, int] = field(default_factory=dict)
    amounts: dict[str, Decimal] = field(default_factory=dict)

    @property
    def fired(self) -> int:
        """Return how many steps fired."""
        return sum(self.steps.values())

    def add(self, other: "NightResult") -> None:
        """Count what another batch did."""
        for name in ("payers", "batches", "opened", "closed", "joined", "messages", "orders", "ended_orders"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for step, count in other.steps.items():
            self.steps[step] = self.steps.get(step, 0) + count
            self.amounts[step] = self.amounts.get(step, Decimal("0.00")) + other.amounts[step]

    def counts(self) -> dict[str, Any]:
        """Return the figures as JSON keeps them."""
        plain = {name: getattr(self, name) for name in ("payers", "opened", "closed", "messages", "orders")}
        return plain | {
            "steps": self.steps,
            "amounts": {step: str(sum_) for step, sum_ in self.amounts.items()},
        }


def run_night(
    *,
    session_factory: Callable[[], Session],
    as_of: date,
    moment: datetime | None = None,
    batch_size: int = BATCH_SIZE,
    workers: int = 1,
) -> NightResult:
    """Act on everything whose day has come by ``as_of``; batches commit one by one.

    Running the same night again does nothing new unless payments or documents came in between. Raises
    DunningError when a later night has run already: steps would be dated before what followed them.
    """
    with session_factory() as session:
        _refuse_the_past(session, as_of)
        limits, candidates = read_limits(session), _candidates(session, as_of)
    result = NightResult(as_of)

    def done(batch: list[int]) -> NightResult:
        with session_factory() as session, session.begin():
            return act(session, customer_ids=batch, as_of=as_of, limits=limits, moment=moment)

    batches = list(_batches(candidates, batch_size))
    if workers == 1:
        for batch in batches:
            result.add(done(batch))
    else:
        with ThreadPoolExecutor(workers) as pool:  # batches share no payer, so they wait for nobody
            for found in pool.map(done, batches):
                result.add(found)
    with session_factory() as session, session.begin():
        session.execute(
            text(
                "insert into operational.dunning_runs (as_of, counts) values (:as_of, cast(:counts as jsonb))"
            ),
            {"as_of": as_of, "counts": json.dumps(result.counts())},
        )
    return result


def preview_night(
    *, session_factory: Callable[[], Session], as_of: date, batch_size: int = BATCH_SIZE
) -> NightResult:
    """Return what `run_night` would do, batch by batch rolled back: nothing is kept, nobody is written to."""
    with session_factory() as session:
        limits, candidates = read_limits(session), _candidates(session, as_of)
    result = NightResult(as_of)
    for batch in _batches(candidates, batch_size):
        with session_factory() as session:
            result.add(act(session, customer_ids=batch, as_of=as_of, limits=limits))
            session.rollback()
    return result


def act(
    session: Session,
    *,
    customer_ids: list[int],
    as_of: date,
    limits: Mapping[str, Decimal] | None = None,
    by_hand: str = "",
    moment: datetime | None = None,
) -> NightResult:
    """Do the night's work for some payers in the caller's transaction; ``by_hand`` fires that one step code
    instead.

    A step by hand passes the same guards; only its being left to a person is waived. ``moment`` dates what
    is written (default: the morning of ``as_of``).
    """
    locked = lock_customers(session, customer_ids)
    result = NightResult(as_of, payers=len(locked), batches=1)
    if not locked:
        return result
    given = _given(limits or read_limits(session), locked, as_of, by_hand)
    given["moment"] = moment or given["moment"]
    _look(session, given)
    if not by_hand:
        _run(session, "05_return", given)
        result.closed = _run(session, "05_close", given)
        result.opened = _run(session, "06_open", given)
        result.joined = _run(session, "07_join", given)
    for name, table in (("08_cases", "open"), ("08_possible", "possible"), ("08_due_steps", "chosen")):
        _run(session, name, given)
        _analyze(session, table, len(locked))
    if not by_hand:
        _run(session, "09_reminders", given)
    _fire(session, given, result)
    _run(session, "15_reasons_ceased", given)
    result.ended_orders = _run(session, "16_withdraw", given)
    session.execute(_DROP)
    return result


def read_limits(session: Session) -> dict[str, Decimal]:
    """Return the limits of dunning by code."""
    found = session.execute(text("select code, value from operational.dunning_limits"))
    limits = {row.code: row.value for row in found}
    if not limits:
        raise DunningError(
            "dunning_limits_missing",
            "The limits of dunning are not loaded. Load the reference data (iris up does it) and try again.",
        )
    return limits


def _look(session: Session, given: dict[str, Any]) -> None:
    """Put payers, debts, facts and blocks into temporary tables of this transaction."""
    session.execute(_DROP)
    oldest: date = session.execute(_OLDEST, given).scalar() or given["as_of"]
    found = calendar(min(oldest, given["as_of"]) - timedelta(days=31), given["as_of"])
    session.execute(
        _DAYS,
        {
            "days": found.days,
            "effective": found.effective_due,
            "numbers": found.working_no,
            "working": found.is_working,
        },
    )
    for name in ("01_payers", "02_debts", "03_facts", "04_blocks", "04_choices"):
        _run(session, name, given)
    for name in ("payers", "debts", "facts", "blocks"):
        _analyze(session, name, len(given["ids"]))


def _fire(session: Session, given: dict[str, Any], result: NightResult) -> None:
    for row in session.execute(_CHOSEN):
        result.steps[row.step_code] = row.cases
        result.amounts[row.step_code] = row.amount
    if not result.steps:
        return
    _run(session, "10_actions", given)
    _run(session, "11_fired", given)
    _analyze(session, "fired", result.fired)
    _run(session, "12_events", given)
    result.messages = _run(session, "13_messages", given)
    result.orders = _run(session, "14_orders", given)


def _analyze(session: Session, name: str, rows: int) -> None:
    """Tell the planner about a temporary table, where it is worth the time."""
    if rows > 100:
        session.execute(text(f"analyze pg_temp.dunning_{name} ({_JOINED_BY[name]})"))


def _given(limits: Mapping[str, Decimal], ids: list[int], as_of: date, by_hand: str) -> dict[str, Any]:
    return {
        "ids": ids,
        "as_of": as_of,
        "moment": start_of_day(as_of) + _NIGHT_HOUR,
        "by_hand": by_hand,
        "earliest": 1 - DAYS_AHEAD,
        "opening_days": int(limits["case_opening_days"]),
        "opening_total": limits["case_opening_total"],
        "last_chance_days": int(limits["last_chance_days"]),
        "demand_pay_days": int(limits["demand_pay_days"]),
    }


def _run(session: Session, name: str, given: Mapping[str, Any]) -> int:
    statement = _statement(name)
    needed = {key: given[key] for key in statement._bindparams}
    return int(getattr(session.execute(statement, needed), "rowcount", 0))


@lru_cache(maxsize=32)
def _statement(name: str) -> TextClause:
    return text((_SQL / f"{name}.sql").read_text(encoding="utf-8").replace(":as_of", "cast(:as_of as date)"))


def _candidates(session: Session, as_of: date) -> list[int]:
    latest = as_of + timedelta(days=DAYS_AHEAD - 1)
    earliest: int = session.execute(
        text("select coalesce(min(day_offset), 0) from operational.dunning_steps where kind = 'reminder'")
    ).scalar_one()
    given = {"latest_due": min(as_of - timedelta(days=earliest), latest)}
    return list(session.execute(_statement("candidates"), given).scalars())


def _batches(ids: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


def _refuse_the_past(session: Session, as_of: date) -> None:
    later: date | None = session.execute(
        text("select max(as_of) from operational.dunning_runs where as_of > :as_of"), {"as_of": as_of}
    ).scalar()
    if later is not None:
        raise DunningError(
            "dunning_night_in_the_past",
            f"The night of {later} has run already, so {as_of} cannot run any more. "
            f"Run it for {later} or a later day.",
        )
