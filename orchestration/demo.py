"""The demonstration: a simulated year of the market through the whole system, with log-ins to look around.

It plays ``orchestration.simulator`` against the live database, makes staff and portal log-ins,
builds the marts and
checks the invariants. Running it again with the same options changes nothing. Not here: the command line
(``orchestration/cli/demo.py``) and any business rule.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.access.operations import LoginTaken, create_staff_user
from operational.access.portal.operations import PortalLoginTaken, create_account
from operational.app import invariants
from operational.dunning.operations import run_night
from operational.kernel import db, state
from operational.kernel.calendar import WARSAW
from operational.kernel.errors import DomainError
from orchestration import playing, warehouse
from orchestration.delivering import deliver
from orchestration.resources import Iris
from orchestration.simulator import stories_desk, stories_sales, stories_switching
from orchestration.simulator.full.customers import make_full_market
from orchestration.simulator.full.playing import FIRST_MONTH as FULL_FIRST_MONTH
from orchestration.simulator.full.playing import MOST_MONTHS as FULL_MOST_MONTHS
from orchestration.simulator.full.playing import FullPlay, full_steps
from orchestration.simulator.hands import ByLineage
from orchestration.simulator.market import Market
from orchestration.simulator.play import Play, Step, Tally, plan_steps, today_of
from orchestration.simulator.portfolio import make_market
from orchestration.simulator.stories import STORIES

FIRST_MONTH: Final = date(2025, 7, 1)
# Pass phrases of the demonstration, printed on the screen on purpose.
STAFF_PASSWORD: Final = "pogodna-iskra-2026"  # noqa: S105
CUSTOMER_PASSWORD: Final = "jasny-promyk-2026"  # noqa: S105
STAFF: Final = (
    ("anna", "Anna Klerk", "clerk", "customers, contracts, bills and how each line came about"),
    ("bartek", "Bartosz Bilski", "billing", "the last run, its figures, exceptions, quarantine"),
    ("celina", "Celina Groszek", "finance", "payments, suspense, import of a bank file"),
    ("wanda", "Wanda Wezwanie", "collections", "the dunning board, cases, holds, orders to distributors"),
    ("sylwia", "Sylwia Ofertowa", "sales", "leads, offers, campaigns, renewal offers"),
    ("daria", "Daria Kontrolna", "auditor", "the trail of every change, read only"),
    ("adam", "Adam Zarządca", "admin", "everything, and staff users"),
)
PORTAL_CUSTOMERS: Final = tuple(story for story in STORIES)
_SUMMARY: Final = text("""
    select count(*) filter (where kind = 'invoice') as invoices,
    count(*) filter (where kind = 'correction') as corrections,
        coalesce(sum(energy_kwh), 0) as energy_kwh, coalesce(sum(net_amount), 0) as net_amount,
        coalesce(sum(vat_amount), 0) as vat_amount, coalesce(sum(gross_amount), 0) as gross_amount
    from operational.documents""")
_MONEY: Final = text("""
    select count(*) as payments, coalesce(sum(amount), 0) as paid,
    count(*) filter (where customer_id is null) as suspense,
        coalesce(sum(amount) filter (where customer_id is null), 0) as suspense_amount from
        operational.payments""")
_ROWS: Final = text("""
    select (select count(*) from operational.customers) as customers,
    (select count(*) from operational.supply_points) as points,
        (select count(*) from operational.readings) as readings,
        (select count(*) from raw.rejected_rows) as quarantine,
        (select count(*) from operational.billing_exceptions where resolved_at is null) as exceptions""")


@dataclass(frozen=True, slots=True)
class Options:
    """Which market is played and how large; the same options give the same data.

    The plain market is sized by ``supply_points``; the full one has one or two points of every product.

    The last ``in_lineage`` rounds (all, unless told otherwise) are runs of Dagster, to be seen in its UI; the
    others call the same operations directly, which is a few seconds a round quicker.
    """

    supply_points: int = 500
    months: int = 12
    seed: int = 2026
    bundle: int = 3
    in_lineage: int = 20
    market: Literal["plain", "full"] = "plain"

    @property
    def first_month(self) -> date:
        """Return the first day of the first month that is played."""
        return FULL_FIRST_MONTH if self.market == "full" else FIRST_MONTH

    @property
    def today(self) -> date:
        """Return the day on which the simulated world stops."""
        return today_of(self.first_month, self.months)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the database holds after the demonstration; amounts in PLN."""

    today: date
    customers: int
    points: int
    readings: int
    quarantine: int
    exceptions: int
    invoices: int
    corrections: int
    energy_kwh: Decimal
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    payments: int
    paid: Decimal
    suspense: int
    suspense_amount: Decimal
    invariants_checked: int
    invariants_broken: tuple[str, ...]
    played: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


Progress = Callable[[str, int, int, str], None]


def run_demo(options: Options, *, database: str, progress: Progress = lambda *_: None) -> Summary:
    """Bring the database to the end of the demonstration; return what it holds then.

    ``progress`` is told phase, steps done, steps in all and the file or month at work. Raises DomainError
    when the database holds another portfolio, and what the operations raise.
    """
    _refuse(options)
    today = options.today
    play, steps = _market(options, database)
    market = play.market
    progress("Portfolio", 0, 1, f"{len(market.points)} supply points")
    play.prepare()
    _make_log_ins(database, _portal_numbers(options, market))
    progress("Portfolio", 1, 1, "")
    for number, step in enumerate(steps):
        if len(steps) - number <= options.in_lineage:
            play.hands = ByLineage(database, state.home())
        play.report = lambda name, done=number: progress("Months", done, len(steps), name)  # type: ignore[misc]
        progress("Months", number, len(steps), f"{step.billing_month:%Y-%m}")
        played = play.tally.played
        play.step(step)
        if play.tally.played > played:
            _remind(database, day=min(step.paid_until, today))
    progress("Months", len(steps), len(steps), "")
    as_of = datetime.combine(today, time(8), tzinfo=WARSAW)
    if options.market == "plain":
        _tell_stories(database, today=today)
    _finish(play.tally, database=database, as_of=as_of, progress=progress)
    return _summary(database, today=today, tally=play.tally, as_of=as_of)


def _refuse(options: Options) -> None:
    most = FULL_MOST_MONTHS if options.market == "full" else 18
    if not 1 <= options.months <= most or options.supply_points < 20:
        raise DomainError(
            "demo_too_small_or_long",
            f"The demonstration takes 1 to {most} months and at least 20 supply points.",
        )


def _market(options: Options, database: str) -> tuple[Play, list[Step]]:
    """Return the play of the chosen market and its rounds."""
    first, last = options.first_month, options.today - timedelta(days=1)
    inbox = state.home() / "archive"
    if options.market == "full":
        full = make_full_market(seed=options.seed, first=first, last=last)
        return FullPlay(full, database=database, inbox=inbox), full_steps(
            first, options.months, bundle=options.bundle
        )
    market, portfolio = make_market(
        seed=options.seed, supply_points=options.supply_points, first=first, last=last
    )
    play = Play(market, portfolio, database=database, inbox=inbox)
    return play, plan_steps(first, options.months, bundle=options.bundle)


def _portal_numbers(options: Options, market: Market) -> list[str]:
    """Return the customers that get a log-in of the portal."""
    if options.market == "full":
        return sorted({point.customer_number for point in market.points})
    return [story.number for story in PORTAL_CUSTOMERS]


def _finish(tally: Tally, *, database: str, as_of: datetime, progress: Progress) -> None:
    """Issue interest, run the last night, deliver what waits, build the marts, unless nothing was played."""
    if not tally.played and _has_marts(database):
        return
    progress("Collection and reports", 0, 4, "interest")
    iris = Iris(database=database, files=str(state.home()), as_of=as_of.isoformat())
    playing.issue_interest(iris, instance=playing.instance())
    progress("Collection and reports", 1, 4, "reminders and dunning")
    playing.run_dunning(iris, instance=playing.instance())
    progress("Collection and reports", 2, 4, "messages")
    deliver(session_factory=db.session_factory("app", database, actor="system:deliver"), as_of=as_of)
    progress("Collection and reports", 3, 4, "marts")
    warehouse.build_marts(database=database, business_day=as_of.date())
    progress("Collection and reports", 4, 4, "")


def _tell_stories(database: str, *, today: date) -> None:
    """Add the sales desk, the changes of supplier and the service desk, each once."""
    for tell in (stories_sales.tell_story, stories_switching.tell_story, stories_desk.tell_story):
        with db.open_session("app", actor="system:stories", database=database) as session:
            tell(session, as_of=today)


def _remind(database: str, *, day: date) -> None:
    """Run the dunning night of the day up to which payments are known."""
    run_night(
        session_factory=db.session_factory("app", database, actor="system:dunning"),
        as_of=day,
        moment=datetime.combine(day, time(7), tzinfo=WARSAW),
    )


def _has_marts(database: str) -> bool:
    with db.open_session("app", actor="system:demo", database=database) as session:
        return bool(
            session.execute(
                text("select exists (select from information_schema.tables where table_schema = 'marts')")
            ).scalar_one()
        )


def _make_log_ins(database: str, numbers: list[str]) -> None:
    with db.open_session("app", actor="system:demo", database=database) as session:
        for login, name, role, _ in STAFF:
            if not _exists(session, "staff_users", login):
                try:
                    create_staff_user(session, login=login, name=name, role=role, password=STAFF_PASSWORD)
                except LoginTaken:  # another demo was quicker
                    continue
        found = session.execute(
            text(
                "select id, customer_number from operational.customers where customer_number = any(:numbers)"
            ),
            {"numbers": numbers},
        )
        for row in found.all():
            login = f"klient{row.customer_number}"
            if not _exists(session, "customer_users", login):
                try:
                    create_account(session, customer_id=row.id, login=login, password=CUSTOMER_PASSWORD)
                except PortalLoginTaken:
                    continue


def _exists(session: Session, table: str, login: str) -> bool:
    question = text(f"select exists (select from operational.{table} where login = :login)")
    return bool(session.execute(question, {"login": login}).scalar_one())


def _summary(database: str, *, today: date, tally: Tally, as_of: datetime) -> Summary:
    with db.open_session("app", actor="system:demo", database=database) as session:
        values: dict[str, Any] = {}
        for statement in (_SUMMARY, _MONEY, _ROWS):
            values |= session.execute(statement).mappings().one()
        results = list(invariants.check_all(session, as_of=as_of))
    checked = [result for result in results if not result.skipped]
    broken = tuple(f"{result.check.code} {result.check.promise}" for result in checked if result.violations)
    seconds = {name: round(value, 1) for name, value in tally.seconds.items()}
    return Summary(
        today=today, invariants_checked=len(checked), invariants_broken=broken, played=tally.played,
        seconds=seconds, **values,
    )  # fmt: skip
