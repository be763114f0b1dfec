"""The full market: truth, files and netting by hand; every kWh billed once and every grosz recomputed."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel import settings
from operational.kernel.calendar import add_months
from orchestration.proving import prove
from orchestration.simulator.full.conservation import balanced_months, compare
from orchestration.simulator.full.customers import SMALL, FullMarket, make_full_market
from orchestration.simulator.full.metering import Fate, fate, interval_files
from orchestration.simulator.full.netting import settled
from orchestration.simulator.full.playing import FIRST_MONTH, MOST_MONTHS, FullPlay, full_steps
from orchestration.simulator.play import today_of

OCTOBER = date(2025, 10, 1)
CLOCK_MOVED = date(2025, 10, 26)
ONE_DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the lake in the test's folder, and let the play's last day be known whatever the clock says."""
    monkeypatch.setenv("IRIS_LAKE_FOLDER", str(tmp_path / "lake"))
    monkeypatch.setenv("IRIS_TODAY", today_of(FIRST_MONTH, MOST_MONTHS).isoformat())
    settings.reset_settings()
    yield
    monkeypatch.undo()
    settings.reset_settings()


def _market(first: date, months: int, names: frozenset[str] | None = None, seed: int = 5) -> FullMarket:
    last = today_of(first, months) - ONE_DAY
    return make_full_market(seed=seed, first=first, last=last, names=names)


def test_a_day_on_which_the_clock_is_moved_has_25_hours_in_truth_and_file() -> None:
    full = _market(OCTOBER, 1, frozenset({"Kamila Godzinowa", "Urszula Magazynowa"}))
    hourly, quarterly = full.interval_points
    for point, count in ((hourly, 25), (quarterly, 100)):
        place = full.truths[point.code].clock.stretch(CLOCK_MOVED, CLOCK_MOVED + ONE_DAY)
        assert place.stop - place.start == count
    assert all(file.kind == "intervals" for file in interval_files(full, OCTOBER))
    sent = {
        tuple(line.split(",")[1:4])
        for file in interval_files(full, OCTOBER)
        for line in file.content.decode().splitlines()
        if line.startswith(hourly.code)
    }
    assert len([key for key in sent if key[0].startswith("2025-10-26T") and "+0" in key[0]]) == 25
    again = _market(OCTOBER, 1, frozenset({"Kamila Godzinowa", "Urszula Magazynowa"}))
    assert interval_files(again, OCTOBER) == interval_files(full, OCTOBER)


def test_every_fate_befalls_some_point() -> None:
    full = _market(OCTOBER, 3)
    months = [add_months(OCTOBER, number) for number in range(12)]
    assert {fate(full, point, month) for point in full.interval_points for month in months} == set(Fate)


def test_the_balance_of_hours_keeps_the_difference_of_both_directions() -> None:
    full = _market(date(2025, 5, 1), 1, frozenset({"Urszula Magazynowa"}))
    (point,) = full.interval_points
    taken, fed = balanced_months(full, point, date(2025, 6, 1))
    truth = full.truths[point.code]
    net = sum(taken[date(2025, 5, 1)].values()) - sum(fed[date(2025, 5, 1)].values())
    whole = [truth.total(name, date(2025, 5, 1), date(2025, 6, 1)) for name in ("import", "export")]
    assert Decimal(net) / 1000 == whole[0] - whole[1]
    assert sum(taken[date(2025, 5, 1)].values()) < whole[0] * 1000


def test_net_metering_by_hand_own_zone_first_then_the_dearest_and_twelve_months() -> None:
    """0.8 x 100 = 80 kWh: 30 settle the peak of May, 50 the off-peak; in June 0.8 x 10 = 8 lower it to 12."""
    may, june, later = date(2025, 5, 1), date(2025, 6, 1), date(2026, 5, 1)
    taken = {may: {"peak": 30_000, "offpeak": 60_000}, june: {"peak": 0, "offpeak": 20_000},
             later: {"peak": 5_000, "offpeak": 0}}  # fmt: skip
    fed = {may: {"peak": 100_000, "offpeak": 0}, june: {"peak": 10_000, "offpeak": 0},
           later: {"peak": 0, "offpeak": 0}}  # fmt: skip
    left = list(settled(taken, fed, ratio=Decimal("0.8"), zones=("peak", "offpeak")))
    assert [sum(zones.values()) for zones in left] == [10, 12, 5]


def _play(
    database: str, session: Session, folder: Path, *, full: FullMarket, months: int, rounds: int
) -> None:
    play = FullPlay(full, database=database, inbox=folder)
    play.prepare()
    for step in full_steps(full.market.first, months)[-rounds:]:
        play.step(step)
    end = add_months(full.market.first, months)
    wrong = [one for one in compare(session, full=full, end=end) if not one.is_whole or one.waits]
    assert wrong == []
    proof = prove(session)
    assert (proof.differing, proof.sentences) == (0, ())
    counted = text("select count(*) from operational.documents")
    assert proof.documents == session.execute(counted).scalar_one()


@pytest.mark.slow
@pytest.mark.warehouse
def test_four_months_around_two_changes_are_billed_to_the_kwh_and_proved_to_the_grosz(
    database: str, session: Session, tmp_path: Path
) -> None:
    """October (25 hours) to January (new prices, the cap prolonged, a levy told late)."""
    full = _market(OCTOBER, 4, SMALL)
    _play(database, session, tmp_path, full=full, months=4, rounds=3)
    corrections = text("select count(*) from operational.documents where kind = 'correction'")
    assert session.execute(corrections).scalar_one() > 0
    hours = text(
        "select distinct expected_intervals from raw.interval_determinants where day = :day"
        " and determinant = 'energy' and zone_set = 'all'"
    )
    assert set(session.execute(hours, {"day": CLOCK_MOVED}).scalars()) == {25, 100}
    charged: set[str] = set(
        session.execute(text("select distinct charge_code from operational.document_lines")).scalars()
    )
    assert charged >= {
        "energy_active", "energy_dynamic", "discount", "service_month", "service_once", "gas_fuel",
        "capacity_volumetric", "reactive_inductive", "reactive_capacitive", "exceeded_power", "transitional",
    }  # fmt: skip
    levy = text("select max(price_after) from operational.document_lines where charge_code = 'res_levy'")
    assert session.execute(levy).scalar_one() == Decimal("0.0081")
    lots = text("select count(*) from operational.deposit_entries where kind in ('credit', 'use')")
    assert session.execute(lots).scalar_one() > 0


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.warehouse
def test_twenty_four_months_of_every_product(database: str, session: Session, tmp_path: Path) -> None:
    """Run it by ``make nightly``: ten minutes."""
    full = _market(FIRST_MONTH, MOST_MONTHS)
    _play(database, session, tmp_path, full=full, months=MOST_MONTHS, rounds=MOST_MONTHS + 2)
