"""The same expressions on DuckDB and on a Spark Connect server (Sail) give the same rows, digit for digit."""

import importlib.util
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import start_of_day
from orchestration.bench_intervals import DISTRIBUTORS, make_points, write_intervals
from orchestration.intervals.determining import determine
from orchestration.intervals.landing import land_intervals_file
from orchestration.intervals.prices import land_prices_file
from tests.conftest import require
from tests.orchestration.intervals.conftest import AS_OF, Market

POINTS = 60
DYNAMIC = "590322000000000021"  # one of the points that make_points adds
FIRST, AFTER = start_of_day(date(2026, 3, 1)), start_of_day(date(2026, 4, 1))
KINDS = {
    "energy", "balanced_import", "balanced_export", "capacity_hours", "capacity_other_hours", "index_value",
    "export_value", "peak_power",
}  # fmt: skip
_ROWS = text(
    """select supply_point_code, day, determinant, zone_set, zone_code, index_code, rank, quantity, unit,
      intervals, expected_intervals, estimated_intervals
    from raw.interval_determinants where superseded_at is null"""
)


def _land_prices(session: Session, folder: Path) -> None:
    """Land a month of RCE by quarters and of RDN by hours: awkward digits, some below zero."""
    lines = ["index_code,starts_at,price,unit"]
    for code, minutes in (("RCE", 15), ("RDN", 60)):
        for place in range(int((AFTER - FIRST) / timedelta(minutes=minutes))):
            moment = FIRST + timedelta(minutes=minutes * place)
            price = f"{place * 79 % 900 - 90}.{place * 37 % 100:02}"
            lines.append(f"{code},{moment:%Y-%m-%dT%H:%M:%SZ},{price},PLN/MWh")
        path = folder / f"{code}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        assert land_prices_file(session, path=path, as_of=AS_OF).is_clean
        del lines[1:]


def _land_intervals(session: Session, folder: Path) -> int:
    """Land March, with the change of the clock, and a correction of two days; return the intervals."""
    march, correction = folder / "march.csv", folder / "correction.csv"
    rows = write_intervals(march, first=0, last=POINTS, start=FIRST, end=AFTER)
    start, end = start_of_day(date(2026, 3, 28)), start_of_day(date(2026, 3, 30))
    write_intervals(correction, first=0, last=POINTS // 4, start=start, end=end, version=2)
    for path in (march, correction):
        assert land_intervals_file(session, path=path, as_of=AS_OF).rows_rejected == 0
    return rows


def test_both_engines_agree(session: Session, tmp_path: Path) -> None:
    if importlib.util.find_spec("pysail") is None:
        require("pysail, a Spark Connect server to compare with, is not installed. Cure: pip install pysail")
    from pysail.spark import SparkConnectServer

    make_points(session, points=POINTS)
    price_list = Market(session).contract(DYNAMIC, "DYN")
    session.execute(
        text(
            "insert into operational.price_formulas"
            " (price_list_id, index_code, floor_pln_per_mwh, valid_from) values (:id, 'RDN', 0, '2020-01-01')"
        ),
        {"id": price_list},
    )
    _land_prices(session, tmp_path)
    assert _land_intervals(session, tmp_path) > 190_000
    places = session.execute(text("select distinct dso_code from raw.interval_partitions"))
    assert set(places.scalars()) == set(DISTRIBUTORS)

    session.commit()
    determine(session, as_of=AS_OF, engine="duckdb")
    duck = {tuple(row) for row in session.execute(_ROWS)}
    session.rollback()

    server = SparkConnectServer()
    server.start()
    try:
        determine(session, as_of=AS_OF, engine=f"sc://127.0.0.1:{server.listening_address[1]}")
    finally:
        server.stop()
    spark = {tuple(row) for row in session.execute(_ROWS)}
    assert {row[2] for row in duck} >= KINDS
    assert len(duck) > POINTS * 31
    assert duck == spark
