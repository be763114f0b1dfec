"""Play a market month by month against the real operations: files in, bills out, payments back.

A step is one supply month: files that arrived until its bills are made, proposals, a billing run,
then the bank days
until the next one. Steps that were played are skipped, so a run that was killed goes on where it stopped,
and a
second run changes nothing. Dates are those of the simulated world; the real clock is not read.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.billing.exceptions import release_exception
from operational.crm.portfolio.operations import import_portfolio
from operational.crm.portfolio.rows import Portfolio
from operational.kernel import db
from operational.kernel.calendar import WARSAW, add_months, months, next_working_day
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings
from operational.reference.operations import load_reference_data
from orchestration.simulator.bank import open_debts, opening_balance, own_account, statements
from orchestration.simulator.changes import Change, apply_change, planned_changes, recorded_question
from orchestration.simulator.dso import Delivery, deliveries
from orchestration.simulator.hands import BANK, BILLING, MARKET, Bill, ByOperations, Hands
from orchestration.simulator.market import Market

ISSUE_DAY: Final = 6
CLOSING_DAY: Final = 13
_ONE_DAY: Final = timedelta(days=1)
_ISSUE_HOUR: Final = time(10)
_FOUND_TIME: Final = time(8)
_PARKED: Final = text("""
    select id from operational.billing_exceptions
    where code = any(:codes) and severity = 'blocking' and resolved_at is null order by id""")
Report = Callable[[str], None]
Event = tuple[datetime, Delivery | Change]
_PORTFOLIO_SIZE: Final = text("""
    select count(*), coalesce(sum(annual_kwh), 0) from (
        select distinct on (supply_point_id) annual_kwh from operational.supply_point_terms
        where recorded_by = :market
        order by supply_point_id, valid_from, recorded_at) t""")


@dataclass(frozen=True, slots=True)
class Step:
    """One round: bills for everything due through ``billed_through``, then payments until ``paid_until``."""

    billing_month: date
    billed_through: date
    issue_date: date
    paid_until: date

    @property
    def issued_at(self) -> datetime:
        """Return the instant at which the run is made."""
        return datetime.combine(self.issue_date, _ISSUE_HOUR, tzinfo=WARSAW)


@dataclass(slots=True)
class Tally:
    """What a play did: counts and seconds by phase."""

    counts: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    played: int = 0
    skipped: int = 0


class AnotherMarket(DomainError):
    """The database holds a portfolio that is not the one to be played."""


def plan_steps(first: date, count: int, *, bundle: int = 1) -> list[Step]:
    """Return the steps for ``count`` supply months and one that closes with the last corrections.

    ``bundle`` > 1 bills that many of the months of the first half in one run: fewer computations, and data
    that come late still end in corrections. Payments go on until the day before ``today_of``.
    """
    last = add_months(first, count - 1)
    ends = [month for number, month in _numbered(first, count) if _is_billed(number, count, bundle)]
    issue_dates = [add_months(month, 1).replace(day=ISSUE_DAY) for month in ends]
    months_billed = [*ends, last]
    issue_dates.append(add_months(last, 1).replace(day=CLOSING_DAY))
    borders = [*(day + _ONE_DAY for day in issue_dates[1:]), today_of(first, count)]
    return [
        Step(month, add_months(month, 1) - _ONE_DAY, issued, paid_until)
        for month, issued, paid_until in zip(months_billed, issue_dates, borders, strict=True)
    ]


def today_of(first: date, count: int) -> date:
    """Return the day on which the simulated world stops: two days after the last run."""
    return add_months(first, count).replace(day=CLOSING_DAY + 2)


def _numbered(first: date, count: int) -> Iterator[tuple[int, date]]:
    return ((number + 1, add_months(first, number)) for number in range(count))


def _is_billed(number: int, count: int, bundle: int) -> bool:
    return number > count // 2 or number % bundle == 0


class Play:
    """A market being played on one database; ``released`` are the guards whose scopes the clerk lets go."""

    released: tuple[str, ...] = ("outlier",)

    def __init__(
        self,
        market: Market,
        portfolio: Portfolio,
        *,
        database: str,
        inbox: Path,
        report: Report = lambda _: None,
        hands: Hands | None = None,
        more_events: Sequence[Event] = (),
    ) -> None:
        self.market, self.portfolio, self.database = market, portfolio, database
        self.hands = hands or ByOperations(database, inbox)
        self.report, self.tally = report, Tally()
        settings = get_settings()
        self._account = own_account(settings.seller_bank_code)
        stories = {point.customer_number: point.story for point in market.points if point.story}
        self._stories = stories
        self._events = sorted([*_events(market), *more_events], key=lambda event: event[0])
        self._position = 0

    def prepare(self) -> dict[str, int]:
        """Load reference data and the portfolio, as known two weeks before the first day; idempotent."""
        as_of = datetime.combine(self.market.first - timedelta(days=14), _FOUND_TIME, tzinfo=WARSAW)
        with db.open_session("app", actor=MARKET, database=self.database) as session:
            self._refuse_another_market(session)
            reference = load_reference_data(session, as_of=as_of)
            counts = {f"reference {name}": found.inserted for name, found in reference.items()}
            counts |= import_portfolio(session, rows=self.portfolio, as_of=as_of)
        with db.engine("owner", self.database).begin() as connection:
            connection.exec_driver_sql("analyze")
        return counts

    def _refuse_another_market(self, session: Session) -> None:
        found = session.execute(_PORTFOLIO_SIZE, {"market": MARKET}).one()
        ours = (len(self.portfolio.terms), sum(row.annual_kwh for row in self.portfolio.terms))
        if found[0] and tuple(found) != ours:
            raise AnotherMarket(
                "another_market",
                f"Database {self.database} holds another portfolio ({found[0]} supply points; this one has "
                f"{ours[0]}, or another seed). Empty it with `make clean`, or repeat its options.",
            )

    def step(self, step: Step) -> None:
        """Play one step, or skip it when its run was issued and its bank days are in."""
        if self._is_done(step):
            self._skip_events(step.issued_at)
            self.tally.skipped += 1
            return
        with self._phase("files"):
            self.land_until(step.issued_at)
        self._release_outliers(step)
        with self._phase("billing"):
            self.report(f"bills of {step.billing_month:%Y-%m}")
            self.hands.bill(Bill(step.billing_month, step.billed_through, step.issue_date, step.issued_at))
        self.tally.counts["runs"] += 1
        with self._phase("payments"):
            self.pay(step.issue_date + _ONE_DAY, step.paid_until)
        self.tally.played += 1

    def land_until(self, moment: datetime) -> None:
        """Land all files and record all changes that are known by a moment, in their order."""
        files: list[Delivery] = []
        while self._position < len(self._events) and self._events[self._position][0] <= moment:
            _, event = self._events[self._position]
            self._position += 1
            if isinstance(event, Delivery):
                files.append(event)
                continue
            self._land(files)
            files = []
            with db.open_session("app", actor=MARKET, database=self.database) as session:
                if not self._is_recorded(session, event):
                    apply_change(session, event)
                    self.tally.counts["changes"] += 1
        self._land(files)

    def pay(self, start: date, end: date) -> None:
        """Let the bank send its statements of ``[start, end)``; customers pay what is open now."""
        with db.open_session("app", actor=BANK, database=self.database) as session:
            debts = open_debts(session, on=start)
            balance = opening_balance(session, account=self._account)
        start = max(start, self._next_bank_day())
        files = statements(
            debts, seed=self.market.seed, start=start, end=end, account=self._account, balance=balance,
            stories=self._stories,
        )  # fmt: skip
        if files:
            self.report(f"{len(files)} bank statements")
            self.hands.bank(files)
            self.tally.counts["bank files"] += len(files)

    def _land(self, files: list[Delivery]) -> None:
        if files:
            self.report(f"{len(files)} files of distributors")
            self.tally.counts["files"] += len(files)
            self.tally.counts.update(self.hands.land(files))

    def _release_outliers(self, step: Step) -> None:
        """Let the clerk release what the guard against outliers parked; the newest stays to look at."""
        with db.open_session("app", actor=BILLING, database=self.database) as session:
            waiting = [int(row.id) for row in session.execute(_PARKED, {"codes": list(self.released)})]
            waiting = self._to_release(step, waiting)
            for number in waiting:
                release_exception(session, exception_id=number, as_of=step.issued_at)
        self.tally.counts["released"] += len(waiting)

    def _to_release(self, step: Step, waiting: list[int]) -> list[int]:
        """Return which of the parked outliers the clerk lets go."""
        return waiting[:-1] if step.issue_date.day == CLOSING_DAY else waiting

    def _run(self, step: Step) -> Any:
        """Return the latest run of a step that was not rejected, or None."""
        with db.open_session("app", actor=MARKET, database=self.database) as session:
            return session.execute(
                text(
                    "select id, status from operational.billing_runs where billing_month = :month "
                    "and issue_date = :day and status <> 'rejected' order by id desc limit 1"
                ),
                {"month": step.billing_month, "day": step.issue_date},
            ).one_or_none()

    def _is_done(self, step: Step) -> bool:
        run = self._run(step)
        return run is not None and run.status == "issued" and self._next_bank_day() >= step.paid_until

    def _next_bank_day(self) -> date:
        """Return the first banking day that has no statement yet."""
        with db.open_session("app", actor=BANK, database=self.database) as session:
            last: date | None = session.execute(
                text("select max(closed_on) from raw.bank_statements where account = :account"),
                {"account": self._account},
            ).scalar_one()
        return next_working_day(last) if last else date.min

    def _is_recorded(self, session: Session, change: Change) -> bool:
        question, values = recorded_question(change)
        return bool(session.execute(text(question), values).scalar_one())

    def _skip_events(self, moment: datetime) -> None:
        while self._position < len(self._events) and self._events[self._position][0] <= moment:
            self._position += 1

    @contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        started = monotonic()
        yield
        self.tally.seconds[name] += monotonic() - started


def _events(market: Market) -> list[Event]:
    """Return everything that reaches the supplier, by time."""
    events: list[Event] = [(change.known_at, change) for change in planned_changes(market)]
    for month in months(market.first, market.last + _ONE_DAY):
        if add_months(month, 1) <= market.last + _ONE_DAY:
            events += [(file.received_at, file) for file in deliveries(market, month)]
    return sorted(events, key=lambda event: event[0])
