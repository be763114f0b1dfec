"""The same expressions on DuckDB and on a Spark Connect server (Sail) give the same determinants, row for row."""  # noqa: E501

import importlib.util
from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import start_of_day
from orchestration.bench_intervals import DISTRIBUTORS, make_points, write_intervals
from orchestration.intervals.determining import determine
from orchestration.intervals.landing import land_intervals_file
from tests.conftest import require
from tests.orchestration.intervals.conftest import AS_OF

POINTS = 320
_ROWS = text(
    """select supply_point_code, day, determinant, zone_set, zone_code, index_code, rank, quantity, unit, intervals,
      expected_intervals, estimated_intervals from raw.interval_determinants where superseded_at is null"""  # noqa: E501
)


def test_both_engines_agree(session: Session, tmp_path: Path) -> None:
    if importlib.util.find_spec("pysail") is None:
        require(
            "pysail is not installed, so there is no Spark Connect server to compare with. Cure: pip install pysail"  # noqa: E501
        )
    from pysail.spark import SparkConnectServer

    make_points(session, points=POINTS)
    path = tmp_path / "march.csv"
    rows = write_intervals(
        path, first=0, last=POINTS, start=start_of_day(date(2026, 3, 1)), end=start_of_day(date(2026, 4, 1))
    )
    correction = tmp_path / "correction.csv"
    write_intervals(
        correction, first=0, last=40, start=start_of_day(date(2026, 3, 28)), end=start_of_day(date(2026, 3, 30)),  # noqa: E501
        version=2,
    )  # fmt: skip
    for file in (path, correction):
        assert land_intervals_file(session, path=file, as_of=AS_OF).rows_rejected == 0
    assert rows > 1_000_000
    assert len(DISTRIBUTORS) == len(
        {row.dso_code for row in session.execute(text("select dso_code from raw.interval_partitions"))}
    )

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
    assert len(duck) > POINTS * 31
    assert duck == spark
