"""Play the full market: the plain play, with intervals and prices, changes of law, and a last round."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from operational.billing.limits import GUARDS
from operational.kernel import db
from operational.kernel.calendar import WARSAW, add_months, months
from orchestration.simulator.full.customers import FullMarket
from orchestration.simulator.full.facts import load_facts
from orchestration.simulator.full.law import law_events
from orchestration.simulator.full.metering import interval_files
from orchestration.simulator.full.prices import factor_files, price_files
from orchestration.simulator.hands import MARKET, Hands
from orchestration.simulator.play import Event, Play, Step, plan_steps, today_of

FIRST_MONTH: Final = date(2025, 1, 1)
MOST_MONTHS: Final = 24
_ONE_DAY: Final = timedelta(days=1)


class FullPlay(Play):
    """The full market being played on one database; whatever a guard parks is looked at and let go."""

    released = GUARDS

    def __init__(self, full: FullMarket, *, database: str, inbox: Path, hands: Hands | None = None) -> None:
        super().__init__(
            full.market, full.portfolio, database=database, inbox=inbox, hands=hands,
            more_events=full_events(full),
        )  # fmt: skip
        self.full = full

    def prepare(self) -> dict[str, int]:
        """Load reference data, the portfolio and what is special of the full market; idempotent."""
        counts = super().prepare()
        as_of = datetime.combine(self.market.first - timedelta(days=14), time(9), tzinfo=WARSAW)
        with db.open_session("app", actor=MARKET, database=self.database) as session:
            counts["facts"] = int(load_facts(session, full=self.full, as_of=as_of))
        return counts

    def _to_release(self, step: Step, waiting: list[int]) -> list[int]:
        """Let every outlier go: at the end of this market nothing may be held."""
        return waiting


def full_events(full: FullMarket) -> list[Event]:
    """Return the files of intervals, prices and factors and the changes of law, by time."""
    events = law_events(full)
    files = factor_files(full)
    for month in months(full.market.first, full.market.last + _ONE_DAY):
        if add_months(month, 1) <= full.market.last + _ONE_DAY:
            files += [*interval_files(full, month), *price_files(full, month)]
    events += [(file.received_at, file) for file in files]
    return sorted(events, key=lambda event: event[0])


def full_steps(first: date, count: int, *, bundle: int = 1) -> list[Step]:
    """Return the steps of the play, and a last one for what the closing run released or held."""
    steps = plan_steps(first, count, bundle=bundle)
    closing, today = steps[-1], today_of(first, count)
    issued = closing.issue_date + _ONE_DAY
    borders = [
        Step(closing.billing_month, closing.billed_through, closing.issue_date, issued + _ONE_DAY),
        Step(closing.billing_month, closing.billed_through, issued, today),
    ]
    return [*steps[:-1], *borders]
