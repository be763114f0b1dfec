"""The benchmark of interval data: generated files, landed and turned into determinants, phase by phase.

Figures are wall seconds of this process; they mean little without the machine, so it is printed.
Never part of a test: a slow machine is not a wrong program.
"""

import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import duckdb
import psutil
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel import db, roles, server
from operational.kernel.calendar import add_months, days_in_month, start_of_day
from operational.kernel.settings import reset_settings
from operational.migrations import migrate
from operational.reference.operations import load_reference_data
from orchestration.bench import machine
from orchestration.intervals.determining import determine
from orchestration.intervals.engines import DUCKDB
from orchestration.intervals.landing import land_intervals_file

ACTOR = "system:bench"
DISTRIBUTORS = ("pge", "tauron", "enea", "energa")
_AS_OF = datetime(2026, 7, 1, 12, tzinfo=UTC)
_TERMS_KNOWN = datetime(2024, 1, 1, tzinfo=UTC)
_MEBIBYTE = 1024 * 1024
_POINTS = text(
    """
  with place as (
    insert into operational.addresses (street, building, postal_code, city)
    values ('Lipowa', '1', '00-001', 'Warszawa') returning id
  ), points as (
    insert into operational.supply_points (code, medium, dso_code, address_id, created_by)
    select '5903220' || lpad(n::text, 11, '0'), 'electricity',
      (cast(:dsos as text[]))[1 + n * :count / :points], place.id, 'system:bench'
    from generate_series(0, :points - 1) n, place returning id, code
  )
  insert into operational.supply_point_terms (supply_point_id, tariff_group, phases, contracted_power_kw,
    annual_kwh, customer_class, valid_from, recorded_at)
  select id, case id % 10 when 0 then 'C12a' when 1 then 'G12' when 2 then 'G12w' else 'G11' end, 1,
    case id % 10 when 0 then 30 end, 4000, case id % 10 when 0 then 'business' else 'household' end,
    date '2020-01-01', :as_of
  from points"""
)
_ROWS = """
  select '5903220' || lpad(point::varchar, 11, '0') as supply_point_code,
    strftime(starts_at, '%Y-%m-%dT%H:%M:%SZ') as starts_at, 15 as minutes, channel,
    printf('%d.%03d', micro // 1000, micro % 1000) as value, 'kWh' as unit, {version} as version
  from (
    select p.point, s.starts_at, 'import' as channel,
      (hash(p.point, s.starts_at) % 2000 + {more})::bigint as micro
    from range({first}, {last}) p (point),
      range(timestamp '{start}', timestamp '{end}', interval 15 minute) s (starts_at)
    union all
    select p.point, s.starts_at, 'export', (hash(p.point, s.starts_at, 7) % 1500)::bigint
    from range({first}, {last}, 10) p (point),
      range(timestamp '{start}', timestamp '{end}', interval 15 minute) s (starts_at)
  )"""


@dataclass(slots=True)
class IntervalBench:
    """Seconds per phase, rows, and what they were measured on."""

    engine: str
    intervals: int = 0
    supply_points: int = 0
    machine: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    peak_memory_mib: int = 0

    @property
    def rates(self) -> dict[str, float]:
        """Return millions of intervals a second: to Parquet, to determinants, and to rows in PostgreSQL."""
        millions, seconds = self.intervals / 1e6, self.seconds
        computing = ("plan", "dimensions", "read", "compute")
        return {
            "CSV to validated Parquet": millions / seconds["landing"],
            "Parquet to determinants": millions
            / sum(seconds[f"determinants, of it {name}"] for name in computing),
            "Parquet to rows in PostgreSQL": millions / seconds["determinants"],
        }


def run_interval_bench(
    *, intervals: int, engine: str = "duckdb", month: date = date(2026, 3, 1)
) -> IntervalBench:
    """Land ``intervals`` values of a month in CSV files, compute their determinants, then correct one day.

    Another engine than DuckDB is compared with it row by row.

    One point of ten feeds in, one of ten is a business with control of power; four distributors. Scratch
    database and scratch folder, removed at the end.
    """
    with _server(engine) as address:
        return _run(intervals, address, engine, month)


@contextmanager
def _server(engine: str) -> Iterator[str]:
    """Start Sail in this process for ``sail``; other engines are there already."""
    if engine != "sail":
        yield engine
        return
    from pysail.spark import SparkConnectServer

    started = SparkConnectServer()
    started.start()
    try:
        yield f"sc://127.0.0.1:{started.listening_address[1]}"
    finally:
        started.stop()


def _run(intervals: int, address: str, engine: str, month: date) -> IntervalBench:
    server.ensure_running()
    database = f"bench_{uuid.uuid4().hex[:10]}"
    quarters = days_in_month(month) * 96
    points = max(10, round(intervals / quarters / 1.1 / 10) * 10)
    bench = IntervalBench(engine, supply_points=points, machine=machine())
    roles.create_database(database)
    try:
        migrate(database)
        with TemporaryDirectory() as scratch, _lake(Path(scratch) / "lake"):
            _prepare(database, points)
            files = _files(bench, Path(scratch), points, month)
            with _peak(bench):
                _land(bench, database, files, "")
                _determine(bench, database, address, "")
            _determine(bench, database, address, "again: ")
            if engine != DUCKDB:
                _compare(bench, database)
            _correct(bench, database, address, Path(scratch), points=points, month=month)
    finally:
        db.dispose_engines(database)
        roles.drop_database(database)
    return bench


def _prepare(database: str, points: int) -> None:
    with db.open_session("app", actor=ACTOR, database=database) as session:
        load_reference_data(session, as_of=_TERMS_KNOWN)
        make_points(session, points=points)


def make_points(session: Session, *, points: int) -> None:
    """Add supply points with terms: one of ten a business with control of power, four distributors."""
    given = {"dsos": list(DISTRIBUTORS), "count": len(DISTRIBUTORS), "points": points, "as_of": _TERMS_KNOWN}
    session.execute(_POINTS, given)


def _files(bench: IntervalBench, folder: Path, points: int, month: date) -> list[Path]:
    started = monotonic()
    start, end = start_of_day(month), start_of_day(add_months(month, 1))
    paths = []
    for place in range(len(DISTRIBUTORS)):
        first, last = points * place // len(DISTRIBUTORS), points * (place + 1) // len(DISTRIBUTORS)
        path = folder / f"{DISTRIBUTORS[place]}.csv"
        bench.intervals += write_intervals(path, first=first, last=last, start=start, end=end)
        paths.append(path)
    bench.seconds["generate files (not measured)"] = monotonic() - started
    bench.rows["intervals"] = bench.intervals
    bench.rows["CSV MiB"] = sum(path.stat().st_size for path in paths) // _MEBIBYTE
    return paths


def write_intervals(
    path: Path, *, first: int, last: int, start: datetime, end: datetime, version: int = 1
) -> int:
    """Write a CSV file of made intervals (long layout) for points ``first`` to ``last``; return its rows."""
    given: dict[str, object] = {
        "first": -(-first // 10) * 10, "last": last, "version": version, "more": version - 1,
    }  # fmt: skip
    given |= {"start": f"{start:%Y-%m-%d %H:%M}", "end": f"{end:%Y-%m-%d %H:%M}"}
    with duckdb.connect(config={"memory_limit": "2GB", "temp_directory": str(path.parent / "spill")}) as duck:
        rows = duck.execute(f"copy ({_ROWS.format(**given)}) to '{path}' (header, delimiter ',')").fetchall()
    return int(rows[0][0])


def _land(bench: IntervalBench, database: str, files: list[Path], label: str) -> None:
    started = monotonic()
    phases: dict[str, float] = {}
    for path in files:
        with db.open_session("app", actor=ACTOR, database=database) as session:
            found = land_intervals_file(session, path=path, as_of=_AS_OF)
        if not found.is_clean:
            raise RuntimeError(f"{path.name}: {found.message or found.entries[:3]}")
        for name, seconds in found.seconds.items():
            phases[name] = phases.get(name, 0.0) + seconds
    bench.seconds[f"{label}landing"] = monotonic() - started
    bench.seconds |= {f"{label}landing, of it {name}": seconds for name, seconds in phases.items()}


def _determine(bench: IntervalBench, database: str, engine: str, label: str) -> None:
    started = monotonic()
    with db.open_session("app", actor=ACTOR, database=database) as session:
        found = determine(session, as_of=_AS_OF, engine=engine)
    bench.seconds[f"{label}determinants"] = monotonic() - started
    bench.seconds |= {
        f"{label}determinants, of it {name}": seconds for name, seconds in found.seconds.items()
    }
    bench.rows[f"{label}determinants written"] = found.written.inserted


def _compare(bench: IntervalBench, database: str) -> None:
    """Compute everything once more with DuckDB: a row that it finds otherwise would be written."""
    with db.open_session("app", actor=ACTOR, database=database) as session:
        found = determine(session, as_of=_AS_OF, engine=DUCKDB, full=True)
    bench.rows["determinants equal to those of DuckDB"] = found.written.unchanged
    bench.rows["determinants other than those of DuckDB"] = found.written.inserted + found.written.superseded


def _correct(
    bench: IntervalBench, database: str, address: str, folder: Path, *, points: int, month: date
) -> None:
    """One day of one distributor comes again with other values."""
    path = folder / "correction.csv"
    day = month.replace(day=10)
    count = write_intervals(
        path, first=0, last=points // len(DISTRIBUTORS), start=start_of_day(day),
        end=start_of_day(day.replace(day=11)), version=2,
    )  # fmt: skip
    bench.rows["corrected intervals"] = count
    _land(bench, database, [path], "corrected day: ")
    _determine(bench, database, address, "corrected day: ")


@contextmanager
def _lake(folder: Path) -> Iterator[None]:
    """Let the lake be in a scratch folder while the block runs."""
    before = os.environ.get("IRIS_LAKE_FOLDER")
    os.environ["IRIS_LAKE_FOLDER"] = str(folder)
    reset_settings()
    try:
        yield
    finally:
        if before is None:
            del os.environ["IRIS_LAKE_FOLDER"]
        else:
            os.environ["IRIS_LAKE_FOLDER"] = before
        reset_settings()


@contextmanager
def _peak(bench: IntervalBench) -> Iterator[None]:
    """Watch the memory of this process until the block ends."""
    done = threading.Event()

    def watch() -> None:
        own = psutil.Process()
        while not done.is_set():
            bench.peak_memory_mib = max(bench.peak_memory_mib, own.memory_info().rss // _MEBIBYTE)
            sleep(0.1)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
