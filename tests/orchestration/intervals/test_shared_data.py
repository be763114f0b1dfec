"""Every public file of meter data lands with the sums that its README and its own lines give."""

from decimal import Decimal
from pathlib import Path

import duckdb
from sqlalchemy.orm import Session

from orchestration.intervals.landing import land_intervals_file
from orchestration.intervals.prices import land_prices_file
from orchestration.intervals.results import LakeResult
from tests.orchestration.intervals.conftest import AS_OF, SITE, Market


def _sums(lake: Path) -> dict[tuple[int, int], tuple[int, Decimal]]:
    rows = duckdb.sql(
        "select supply_point_id, channel, count(*), sum(micro)"
        f" from read_parquet('{lake}/intervals/**/*.parquet') group by all"
    ).fetchall()
    return {(point, channel): (count, Decimal(micro) / 1_000_000) for point, channel, count, micro in rows}


def test_tables_of_real_sites(session: Session, market: Market, lake: Path, shared_data: Path) -> None:
    data = shared_data / "meter"
    home, site, gas = (
        market.point("AUSGRID12"),
        market.point("UKSITE1"),
        market.point("UKGAS01", dso="psg", medium="gas"),
    )
    buildings = market.point("BUILDING1"), market.point("BUILDING2")

    def land(name: str, point: str = "") -> LakeResult:
        found = land_intervals_file(session, path=data / name, as_of=AS_OF, point=point)
        assert found.status == "loaded", found.message
        assert found.rows_rejected == 0
        return found

    land("ausgrid_customer12_30min_2011-07_2012-06.csv", "AUSGRID12")
    land("bdg2_two_buildings_hourly.csv")
    land("opendsm/uk-electricity-hdd-only-hourly-sample-0.csv.gz", "UKSITE1")
    land("opendsm/uk-gas-hdd-only-hourly-sample-0.csv.gz", "UKGAS01")

    sums = _sums(lake)
    assert sums[home, 1] == (17568, Decimal("11876.738"))
    assert sums[home, 2] == (17568, Decimal("2592.808"))
    assert sums[site, 1][0] == sums[gas, 1][0] == 23508
    assert round(sums[site, 1][1], 1) == Decimal("3789.6")
    assert round(sums[gas, 1][1], 1) == Decimal("16878.3")
    assert all(sums[point, 1][1] > 1_000_000 for point in buildings)


def test_messages_of_other_markets(session: Session, market: Market, lake: Path, shared_data: Path) -> None:
    data = shared_data / "meter"
    swiss = market.point("CH1008801234500000000000000113813")
    comma = market.point("US0001062600000001000000022345671")
    sequence = market.point("CH1022201234500000000000000022079")
    for code in ("VABD000163", "NCDE001111", "NDDD001888", "CCCC123456"):
        market.point(code)
    solar, button = market.point("NMI1234567"), market.point("GREENBUTTON")

    for path in [*sorted((data / "mscons").iterdir()), *sorted((data / "nem12").glob("*NEM12*"))]:
        assert land_intervals_file(session, path=path, as_of=AS_OF).rows_rejected == 0, path.name
    found = land_intervals_file(
        session, path=data / "greenbutton" / "testdata.xml", as_of=AS_OF, point="GREENBUTTON"
    )
    accumulated = land_intervals_file(
        session, path=data / "nem12" / "Example_NEM13_consumption_data.csv", as_of=AS_OF
    )

    sums = _sums(lake)
    assert {channel: sums[swiss, channel][1] for channel in (1, 2, 3)} == {
        1: Decimal("3719.25"), 2: Decimal("7.05"), 3: Decimal("1407.3"),
    }  # fmt: skip
    assert sums[comma, 1] == (2976, Decimal("680.282"))
    assert sums[sequence, 1] == (96, Decimal("1479.2"))
    assert sums[solar, 1] == (2976, Decimal("270.738"))  # five minutes became quarters
    assert sums[solar, 2] == (2976, Decimal("589.172"))
    assert found.rows_accepted == 552
    assert sums[button, 1][1] == Decimal("351.425")
    # NEM13 is use between two readings: it goes to the gate of billed volumes, which knows Polish codes only.
    assert (accumulated.kind, [entry.code for entry in accumulated.entries]) == (
        "billed_volumes", ["invalid_supply_point_code"],
    )  # fmt: skip


def test_prices_of_ember(session: Session, shared_data: Path) -> None:
    folder = shared_data / "meter" / "prices"
    daily = land_prices_file(session, path=folder / "ember_pl_day_ahead_daily_to_2024-06.csv", as_of=AS_OF)
    monthly = land_prices_file(session, path=folder / "ember_pl_day_ahead_monthly.csv", as_of=AS_OF)
    again = land_prices_file(session, path=folder / "ember_pl_day_ahead_monthly.csv", as_of=AS_OF)
    assert (daily.rows_accepted, monthly.rows_accepted, again.status) == (3469, 132, "already_loaded")
    assert daily.is_clean
    assert monthly.is_clean


def test_broken_file_is_refused_whole(session: Session, tmp_path: Path) -> None:
    cases = (
        (
            "cut.txt",
            b"UNA:+,? 'UNB+UNOC:3+A:500+B:500+160112:1347+1++TL'UNH+1+MSCONS:D:04B:UN:2.2e'",
            "interval_file_broken",
        ),
        ("broken.csv", b"100,NEM12,200405011135,MDA1,Ret1\n300,20040201,x\n", "interval_file_broken"),
        ("feed.xml", b"<feed xmlns='http://www.w3.org/2005/Atom'><entry>", "interval_file_broken"),
        ("empty.csv", b"", "interval_file_empty"),
        ("other.csv", b"a;b;c\n1;2;3\n", "interval_format_unknown"),
    )
    for name, content, code in cases:
        (tmp_path / name).write_bytes(content)
        found = land_intervals_file(session, path=tmp_path / name, as_of=AS_OF, point=SITE)
        assert (found.status, found.code) == ("refused", code), name
        assert name in found.message
