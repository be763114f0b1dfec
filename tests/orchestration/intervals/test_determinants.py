"""Determinants worked by hand: zones, capacity hours, prices, hourly balance, peaks, reactive energy."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.intervals.determining import determine
from orchestration.intervals.landing import land_intervals_file
from orchestration.intervals.prices import land_factors_file, land_prices_file
from tests.orchestration.intervals.conftest import AS_OF, BUSINESS, HOME, Market

WIDE = "supply_point_code,starts_at,minutes,import_kwh,export_kwh,inductive_kvarh,capacitive_kvarh"
LATER = AS_OF + timedelta(days=1)


def _land(session: Session, folder: Path, lines: list[str]) -> None:
    path = folder / "wide.csv"
    path.write_text("\n".join([WIDE, *lines]) + "\n", encoding="utf-8")
    assert land_intervals_file(session, path=path, as_of=AS_OF).rows_rejected == 0


def _day(code: str, day: str, hours: int, minutes: int, row: str) -> list[str]:
    """Return the rows of a civil day that begins at the given instant in UTC."""
    start = datetime.fromisoformat(day)
    steps = hours * 60 // minutes
    return [
        f"{code},{start + timedelta(minutes=minutes * step):%Y-%m-%dT%H:%M:%SZ},{minutes},{row}"
        for step in range(steps)
    ]


_DAYS = (
    ("2026-03-10 23:00", 24, 14, 10, (15, 9)),   # Wednesday: 6-13, 15-22 dear; 7-22 of the capacity fee
    ("2026-03-28 23:00", 23, 0, 23, (0, 0)),     # Sunday of 23 hours: all cheap, no working day
    ("2025-10-25 22:00", 25, 0, 25, (0, 0)),     # Sunday of 25 hours
    ("2025-12-23 23:00", 24, 0, 24, (0, 0)),     # Christmas Eve, a Wednesday, is a day off since 2025
)  # fmt: skip


def test_zones_and_capacity_hours(session: Session, market: Market, tmp_path: Path) -> None:
    """Each day at a household of its own, all of them in one file."""
    homes = [f"59031060000000020{place}" for place in range(len(_DAYS))]
    rows = []
    for code, (start, hours, *_) in zip(homes, _DAYS, strict=True):
        market.point(code, group="G12w")
        rows += _day(code, start, hours, 15, "0.25,,,")
    _land(session, tmp_path, rows)
    determine(session, as_of=LATER)
    for code, (start, hours, peak, offpeak, capacity) in zip(homes, _DAYS, strict=True):
        zones = {zone: int(kwh) for zone, kwh in market.sums(code, "energy", zones="dso:pge:G12w").items()}
        assert zones == {zone: kwh for zone, kwh in (("peak", peak), ("offpeak", offpeak)) if kwh}, start
        assert sum(market.sums(code, "capacity_hours").values()) == capacity[0], start
        assert sum(market.sums(code, "capacity_other_hours").values()) == capacity[1], start
        assert list(market.days(code).values()) == [(hours * 4, hours * 4)], start


def test_seller_has_a_mask_of_his_own(session: Session, market: Market, tmp_path: Path) -> None:
    """A price list with hours 0-12 morning and 12-24 evening, beside the zones of the distributor."""
    market.contract(HOME, "HALVES")
    for zone, first, last in (("morning", 0, 12), ("evening", 12, 24)):
        session.execute(
            text(
                """insert into operational.zone_masks (dso_code, tariff_group, zone_code, season_from,
                  season_to, day_type, hour_from, hour_to, source, confidence)
                values ('seller', 'HALVES', :zone, '01-01', '12-31', 'all', :first, :last, 'test', 'high')"""
            ),
            {"zone": zone, "first": first, "last": last},
        )
    _land(session, tmp_path, _day(HOME, "2026-03-28 23:00", 23, 60, "1,,,"))
    determine(session, as_of=LATER)
    assert market.sums(HOME, "energy", zones="seller:HALVES") == {"morning": 11, "evening": 12}


def test_balance_of_hours_and_its_value(session: Session, market: Market, tmp_path: Path) -> None:
    """Golden rule of GC09: quarters of an hour are balanced with each other, hours are not."""
    start = datetime(2026, 6, 10, 22, tzinfo=UTC)
    rows = []
    for quarter in range(96):
        taken, given = ("0.5", "0.2") if quarter < 4 else ("0.1", "0.4") if quarter < 8 else ("0", "0")
        rows.append(
            f"{HOME},{start + timedelta(minutes=15 * quarter):%Y-%m-%dT%H:%M:%SZ},15,{taken},{given},,"
        )
    _land(session, tmp_path, rows)
    prices = tmp_path / "rce.csv"
    lines = [
        f"{start + timedelta(minutes=15 * quarter):%Y-%m-%d %H:%M};{-100 if quarter == 4 else 400},00;;"
        for quarter in range(96)
    ]
    prices.write_text("\n".join(["dtime_utc;rce_pln;business_date;period", *lines]) + "\n", encoding="utf-8")
    assert land_prices_file(session, path=prices, as_of=AS_OF).is_clean
    determine(session, as_of=LATER)
    assert market.sums(HOME, "balanced_import", zones="all") == {"all": Decimal("1.2")}
    assert market.sums(HOME, "balanced_export", zones="all") == {"all": Decimal("1.2")}
    values = market.sums(HOME, "export_value")
    assert values["RCE"] == Decimal("0.36")  # 1.2 kWh x mean of 0, 400, 400, 400 PLN/MWh
    assert values["RCE60"] == Decimal("0.33")  # 1.2 kWh x mean of -100, 400, 400, 400


def test_dynamic_price_and_its_hole(session: Session, market: Market, tmp_path: Path) -> None:
    price_list = market.contract(HOME, "DYN")
    session.execute(
        text(
            "insert into operational.price_formulas"
            " (price_list_id, index_code, floor_pln_per_mwh, valid_from) values (:id, 'RDN', 0, '2020-01-01')"
        ),
        {"id": price_list},
    )
    _land(session, tmp_path, _day(HOME, "2025-10-25 22:00", 25, 15, "0.25,,,"))
    labels = ["1", "2", "3", "2A", *(str(hour) for hour in range(4, 25))]
    file = tmp_path / "rdn.csv"
    head = "Data dostawy;Godzina;Fixing I Kurs (PLN/MWh)"
    # 25 hours: 100, 200, ... PLN/MWh, the first one negative (floor 0), hour 24 not there yet
    rows = [
        f"26.10.2025;{label};{-50 if place == 0 else 100 * place},00"
        for place, label in enumerate(labels[:-1])
    ]
    iso = [row.replace("26.10.2025", "2025-10-26") for row in rows]
    file.write_text("\n".join([head, *iso]) + "\n", encoding="utf-8")
    assert land_prices_file(session, path=file, as_of=AS_OF).is_clean
    determine(session, as_of=LATER)
    expected = sum(range(24)) * Decimal("0.1")
    assert market.sums(HOME, "index_value", zones="all") == {"RDN:floor0": expected}
    assert _counts(session) == (96, 100)

    file.write_text(f"{head}\n2025-10-26;24;2400,00\n", encoding="utf-8")
    land_prices_file(session, path=file, as_of=LATER)
    determine(session, as_of=LATER)
    assert market.sums(HOME, "index_value", zones="all") == {"RDN:floor0": expected + Decimal("2.4")}
    assert _counts(session) == (100, 100)


def _counts(session: Session) -> tuple[int, int]:
    row = session.execute(
        text(
            "select intervals, expected_intervals from raw.interval_determinants"
            " where determinant = 'index_value' and superseded_at is null"
        )
    ).one()
    return row.intervals, row.expected_intervals


def test_peaks_and_reactive_energy_of_a_business(session: Session, market: Market, tmp_path: Path) -> None:
    start = datetime(2026, 3, 9, 23, tzinfo=UTC)
    peaks = {4: "6.25", 5: "5.5", 40: "7.5"}  # 25 and 22 kW in hour 1, 30 kW in hour 10; contracted are 20 kW
    rows = [
        f"{BUSINESS},{start + timedelta(minutes=15 * place):%Y-%m-%dT%H:%M:%SZ},15,"
        f"{peaks.get(place, '1')},,0.5,0.125"
        for place in range(96)
    ]
    _land(session, tmp_path, rows)
    determine(session, as_of=LATER)
    found = session.execute(
        text(
            "select rank, quantity from raw.interval_determinants"
            " where determinant = 'peak_power' order by rank"
        )
    ).all()
    assert [(row.rank, row.quantity) for row in found] == [(1, 30), (2, 25)]
    assert market.sums(BUSINESS, "reactive_inductive", zones="all") == {"all": 48}
    assert market.sums(BUSINESS, "reactive_capacitive", zones="all") == {"all": 12}


def test_conversion_factors(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "factors.csv"
    lines = [
        "Obszar (ORCS);Miesiąc;Współczynnik konwersji (kWh/m3)",
        "T-1;2030-01;11,123",
        "T-1;2030-02;39,000",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = land_factors_file(session, path=file, as_of=AS_OF)
    assert (found.rows_accepted, [entry.code for entry in found.entries]) == (1, ["factor_out_of_range"])
    row = session.execute(
        text(
            "select factor_kwh_per_m3, valid_from::text, valid_to::text"
            " from operational.gas_conversion_factors where area_code = 'T-1'"
        )
    ).one()
    assert tuple(row) == (Decimal("11.123"), "2030-01-01", "2030-02-01")


def test_prices_out_of_range_and_with_a_hole(session: Session, tmp_path: Path) -> None:
    file = tmp_path / "rce.csv"
    lines = [
        "dtime_utc;rce_pln;business_date;period",
        "2026-03-01 00:00;400,00;;",
        "2026-03-01 00:15;99999,00;;",
        "2026-03-01 00:30;400,00;;",
    ]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    found = land_prices_file(session, path=file, as_of=AS_OF)
    assert [entry.code for entry in found.entries] == ["price_out_of_range", "price_series_hole"]
    assert found.rows_accepted == 2
