"""A played market, from the distributors' files to the bank's statements: what is billed is the truth."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import add_months, months
from operational.kernel.errors import DomainError
from orchestration.simulator.dso import is_read
from orchestration.simulator.market import Market, Point
from orchestration.simulator.play import Play, plan_steps, today_of
from orchestration.simulator.portfolio import make_market

FIRST, MONTHS = date(2025, 7, 1), 3
BILLED = text("""
    select p.code, sum(l.energy_kwh_after - l.energy_kwh_before) as energy_kwh
    from operational.document_lines l
    join operational.billing_scopes b on b.id = l.scope_id
    join operational.supply_points p on p.id = b.supply_point_id
    where p.medium = 'electricity' group by 1""")
HELD = text("""
    select distinct p.code from operational.billing_exceptions e
    join operational.supply_points p on p.id = e.supply_point_id where e.resolved_at is null""")
ONE_DAY = timedelta(days=1)


def _play(database: str, inbox: Path, seed: int = 11) -> Play:
    last = today_of(FIRST, MONTHS) - ONE_DAY
    market, portfolio = make_market(seed=seed, supply_points=60, first=FIRST, last=last)
    return Play(market, portfolio, database=database, inbox=inbox)


def _true_kwh(market: Market, point: Point) -> Decimal:
    """Return the use of the cycles that ended within the play, as whole kWh of each register."""
    ends = [
        add_months(month, 1) for month in months(FIRST, add_months(FIRST, MONTHS)) if is_read(point, month)
    ]
    stop = min(max(ends, default=point.start), point.end or date.max)
    if point.mode == "volumes":
        return sum((market.used(point, zone, point.start, stop) for zone in point.zones), Decimal(0))
    total = 0
    for meter in point.meters:
        start, end = (
            max(meter.first_day, point.start),
            min((meter.last_day or date.max - ONE_DAY) + ONE_DAY, stop),
        )
        for zone in point.zones if start < end else ():
            shown = market.register_value(point, zone, end - ONE_DAY, meter)
            total += (shown - meter.initial[zone]) % 10**meter.digits
    return Decimal(total)


def test_steps_cover_every_day_of_the_bank_once() -> None:
    steps = plan_steps(FIRST, 12)
    assert len(steps) == 13
    assert all(step.paid_until == following.issue_date + ONE_DAY for step, following in pairwise(steps))
    assert steps[-1].paid_until == today_of(FIRST, 12) == date(2026, 7, 15)
    bundled = plan_steps(FIRST, 12, bundle=3)
    assert [step.billing_month.month for step in bundled] == [9, 12, 1, 2, 3, 4, 5, 6, 6]


@pytest.mark.slow
@pytest.mark.warehouse
def test_after_all_corrections_billed_energy_is_true_energy(
    database: str, session: Session, tmp_path: Path
) -> None:
    play = _play(database, tmp_path)
    play.prepare()
    for step in plan_steps(FIRST, MONTHS):
        play.step(step)
    billed = {row.code: row.energy_kwh for row in session.execute(BILLED)}
    held = set(session.execute(HELD).scalars())
    points = [
        point for point in play.market.points if point.medium == "electricity" and point.code not in held
    ]
    assert len(points) > 40
    wrong = {
        point.code: (_true_kwh(play.market, point), billed.get(point.code, Decimal(0)))
        for point in points
        if billed.get(point.code, Decimal(0)) != _true_kwh(play.market, point)
    }
    assert wrong == {}
    documents = text("select kind, count(*) as count from operational.documents group by 1")
    before = {row.kind: row.count for row in session.execute(documents)}
    assert before["correction"] > 0
    session.rollback()

    again = _play(database, tmp_path)
    assert set(again.prepare().values()) == {0}
    for step in plan_steps(FIRST, MONTHS):
        again.step(step)
    assert (again.tally.played, again.tally.skipped) == (0, MONTHS + 1)
    assert {row.kind: row.count for row in session.execute(documents)} == before
    in_suspense = session.execute(
        text("select count(*) from operational.payments where customer_id is null and title not like 'FV%'")
    ).scalar_one()
    assert in_suspense > 0
    with pytest.raises(DomainError, match="another portfolio"):
        _play(database, tmp_path, seed=12).prepare()
