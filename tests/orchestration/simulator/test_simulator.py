"""The simulator: the same seed gives the same bytes, faults are mended, identifiers are valid."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest

from operational.finance.formats.mt940 import read_mt940
from operational.finance.formats.statements import BalanceVerdict, check_balances
from operational.kernel.calendar import add_months, is_working_day
from operational.kernel.identifiers import (
    is_valid_nip,
    is_valid_nrb,
    is_valid_pesel,
    is_valid_supply_point_code,
)
from operational.metering.formats.detect import read_meter_file
from operational.metering.formats.readings import BilledVolumeRow, RegisterReadingRow, RejectedRow
from orchestration.simulator import bank
from orchestration.simulator.dso import Fate, deliveries, fate
from orchestration.simulator.market import Market, Point
from orchestration.simulator.portfolio import make_market
from orchestration.simulator.shapes import shape
from orchestration.simulator.stories import STORIES

FIRST, LAST = date(2025, 7, 1), date(2026, 7, 14)
ACCOUNT = bank.own_account("99900009")


@pytest.fixture(scope="module")
def market() -> Market:
    return make_market(seed=7, supply_points=120, first=FIRST, last=LAST)[0]


def _digest(seed: int) -> str:
    made, _ = make_market(seed=seed, supply_points=60, first=FIRST, last=LAST)
    digest = hashlib.sha256()
    for month in (FIRST, date(2025, 10, 1)):
        for delivery in deliveries(made, month):
            digest.update(
                delivery.received_at.isoformat().encode() + delivery.name.encode() + delivery.content
            )
    return digest.hexdigest()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    assert _digest(7) == _digest(7)
    assert _digest(7) != _digest(8)


def test_identifiers_of_the_portfolio_are_valid() -> None:
    _, portfolio = make_market(seed=3, supply_points=200, first=FIRST, last=LAST)
    assert all(is_valid_supply_point_code(row.code) for row in portfolio.supply_points)
    assert all(is_valid_nip(row.nip) for row in portfolio.customers if row.nip)
    assert all(is_valid_pesel(row.pesel) for row in portfolio.customers if row.pesel)
    assert len({row.nip for row in portfolio.customers if row.nip}) == sum(
        1 for row in portfolio.customers if row.nip
    )
    assert is_valid_nrb(ACCOUNT)


def test_story_customers_keep_their_numbers() -> None:
    _, portfolio = make_market(seed=99, supply_points=30, first=FIRST, last=LAST)
    numbers = {row.number for row in portfolio.customers}
    assert {story.number for story in STORIES} <= numbers


def test_shares_of_a_year_sum_to_one_over_all_zones() -> None:
    end = FIRST + timedelta(days=364)
    for tariff, zones in ((("tauron", "G12w"), ("peak", "offpeak")), (("pge", "G11"), ("all",))):
        assert shape("home", tariff, zones, FIRST, end).sum() == pytest.approx(1)
    assert shape("heat", ("psg", "W-3.6"), ("all",), FIRST, end).sum() == pytest.approx(1, abs=1e-4)


def test_zones_of_a_day_add_up_to_the_whole_day() -> None:
    zones = shape("home", ("tauron", "G13"), ("morning_peak", "afternoon_peak", "other"), FIRST, LAST)
    whole = shape("home", ("tauron", "G11"), ("all",), FIRST, LAST)
    assert zones.sum(axis=1) == pytest.approx(whole[:, 0])


def _received(
    market: Market, until: date
) -> dict[tuple[str, str, str, date], RegisterReadingRow | BilledVolumeRow]:
    """Read every file up to a month and keep the highest version of each value."""
    best: dict[tuple[str, str, str, date], RegisterReadingRow | BilledVolumeRow] = {}
    month = market.first
    while month <= until:
        for delivery in deliveries(market, month):
            for row in read_meter_file(delivery.content, file_name=delivery.name).rows:
                if isinstance(row, RejectedRow):
                    continue
                if isinstance(row, RegisterReadingRow):
                    key = (row.supply_point_code, row.meter_serial, row.zone_code, row.reading_date)
                else:
                    key = (row.supply_point_code, "", row.zone_code, row.period_from)
                if key not in best or best[key].version < row.version:
                    best[key] = row
        month = add_months(month, 1)
    return best


def test_after_all_files_the_supplier_knows_the_truth(market: Market) -> None:
    found = _received(market, date(2025, 12, 1))
    checked = 0
    for (code, serial, zone, _), row in found.items():
        point = market.by_code.get(code)
        if point is None:
            continue
        if isinstance(row, RegisterReadingRow):
            meter = next(meter for meter in point.meters if meter.serial == serial)
            assert row.value == market.register_value(point, zone, row.reading_date, meter)
        else:
            assert row.quantity == market.used(point, zone, row.period_from, row.period_to)
        checked += 1
    assert checked > 500


def test_register_differences_sum_to_the_true_use(market: Market) -> None:
    for point in market.points:
        for meter in point.meters[:1] if point.mode == "registers" else ():
            end = min(meter.last_day or LAST, (point.end or LAST) - timedelta(days=1))
            for zone in point.zones:
                before = market.register_value(point, zone, point.start - timedelta(days=1), meter)
                shown = (market.register_value(point, zone, end, meter) - before) % 10**meter.digits
                assert shown == int(market.used(point, zone, point.start, end + timedelta(days=1)))


def test_every_fault_happens_and_every_file_is_readable(market: Market) -> None:
    fates = {
        fate(market, point, month)
        for point in market.points
        for month in (FIRST, date(2025, 9, 1), date(2025, 10, 1))
    }
    assert fates == set(Fate) - {Fate.BELOW}
    assert Fate.BELOW in {fate(market, point, date(2026, 6, 1)) for point in market.points}
    rejected, names = [], []
    for delivery in deliveries(market, FIRST):
        names.append(delivery.name)
        rejected += [
            row
            for row in read_meter_file(delivery.content, file_name=delivery.name).rows
            if isinstance(row, RejectedRow)
        ]
    assert rejected
    assert any("_again" in name for name in names)
    assert any("_corrections" in name for name in names)


def _debt(number: int, amount: str = "123.45") -> bank.Debt:
    return bank.Debt(
        number, f"FV/2025/08/{number:06d}", str(100_000 + number), f"Klient {number}", ACCOUNT, date(2025, 8,
        20),
        Decimal(amount), Decimal(amount),
    )  # fmt: skip


def test_statements_add_up_and_cover_every_banking_day() -> None:
    debts = [_debt(number) for number in range(1, 80)]
    files = bank.statements(
        debts,
        seed=5,
        start=date(2025, 8, 6),
        end=date(2025, 9, 6),
        account=ACCOUNT,
        balance=Decimal(100),
        stories={},
    )
    assert all(is_working_day(file.received_at.date()) for file in files)
    assert len(files) == 22  # 15 August is a holiday
    balance = Decimal(100)
    for file in files:
        (statement,) = read_mt940(file.content, file_name=file.name)
        assert check_balances(statement).verdict is BalanceVerdict.ADDS_UP
        assert statement.opening is not None
        assert statement.closing is not None
        assert statement.opening.amount == balance
        balance = statement.closing.amount


def test_the_same_debts_give_the_same_statements() -> None:
    def files(seed: int) -> list[bytes]:
        made = bank.statements(
            [_debt(number) for number in range(1, 80)], seed=seed, start=date(2025, 8, 6), end=date(2025, 9,
            6),
            account=ACCOUNT, balance=Decimal(100), stories={},
        )  # fmt: skip
        return [file.content for file in made]

    assert files(5) == files(5)
    assert files(5) != files(6)


def test_story_customers_pay_in_their_way() -> None:
    stories = {
        "100001": "over_payer",
        "100002": "partial_payer",
        "100003": "late_payer",
        "100004": "unmatched_payer",
    }
    files = bank.statements(
        [_debt(number) for number in range(1, 5)], seed=5, start=date(2025, 8, 6), end=date(2025, 10, 6),
        account=ACCOUNT, balance=Decimal(0), stories=stories,
    )  # fmt: skip
    lines = {
        line.payer_name: line
        for file in files
        for line in read_mt940(file.content, file_name=file.name)[0].lines
        if line.amount > 0
    }
    assert lines["Klient 1"].amount == 200
    assert lines["Klient 2"].amount == Decimal("74.07")
    assert lines["Klient 3"].booking_date > date(2025, 8, 20)
    assert not lines["Klient 4"].virtual_account
    assert "FV" not in lines["Klient 4"].title


def test_supply_points_of_a_market_differ_only_by_seed() -> None:
    def uses(seed: int) -> list[tuple[str, int]]:
        made, _ = make_market(seed=seed, supply_points=40, first=FIRST, last=LAST)
        return [(point.group, point.annual_kwh) for point in made.points]

    assert uses(1) == uses(1)
    assert uses(1) != uses(2)


def test_an_ended_supply_uses_nothing_afterwards(market: Market) -> None:
    ended = [point for point in market.points if point.end and point.end < LAST]
    assert ended

    def after(point: Point) -> Decimal:
        assert point.end is not None
        return sum((market.used(point, zone, point.end, LAST) for zone in point.zones), Decimal(0))

    assert all(after(point) == 0 for point in ended)
