"""One computation of determinants: plan, run the expressions partition by partition, write what changed."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from time import monotonic

import duckdb
import ibis.expr.types as ir
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.intervals import dimensions, engines, registry, writing
from orchestration.intervals.engines import Engine
from orchestration.intervals.expressions import EXPORT, Dimensions, current, determinants
from orchestration.intervals.lake import connection, first_row, folder, list_literal, passing_folder
from orchestration.intervals.planning import INTERVALS_AT_ONCE, Task, holidays_mark, plan
from orchestration.intervals.writing import Written


@dataclass(slots=True)
class Determination:
    """What one computation did."""

    engine: str
    partitions: int = 0
    intervals: int = 0
    written: Written = field(default_factory=Written)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Add the wall seconds of a phase."""
        started = monotonic()
        yield
        self.seconds[phase] += monotonic() - started

    def each_timed(self, phase: str, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Yield the batches; what the engine needs for each counts for a phase."""
        while True:
            with self.timed(phase):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch


def determine(
    session: Session,
    *,
    as_of: datetime,
    engine: str | None = None,
    full: bool = False,
    month: date | None = None,
    threads: int | None = None,
) -> Determination:
    """Compute the determinants of all that changed since the last time, and write what is different.

    Rows of raw.interval_determinants get recorded_at = ``as_of``. ``engine`` overrides the setting, ``full``
    computes everything, ``month`` looks at one delivery month and leaves what waits of the others. The caller
    commits. A second run writes nothing.
    """
    registry.one_at_a_time(session)
    with (
        passing_folder() as passing,
        connection(passing, threads=threads) as duck,
        engines.opened(passing, address=engine, threads=threads) as chosen,
    ):
        result = Determination(chosen.name)
        with result.timed("plan"):
            tasks = plan(session, duck, passing, lake=folder(), full=full, month=month)
        for number, task in enumerate(tasks):
            place = passing / f"dimensions_{number}"
            _compute(session, duck, chosen, task, result, place=place, as_of=as_of)
        if tasks and month is None:
            _record(session, result, as_of=as_of)
        elif tasks:
            _record(session, result, as_of=_last_known(session) or as_of)
        _close_gaps(session, as_of=as_of)
    return result


def _compute(
    session: Session,
    duck: duckdb.DuckDBPyConnection,
    engine: Engine,
    task: Task,
    result: Determination,
    *,
    place: Path,
    as_of: datetime,
) -> None:
    with result.timed("dimensions"):
        kept = dimensions.make(
            session, duck, place, medium=task.medium, dso_codes=task.dso_codes,
            first_day=task.first_day, last_day=task.last_day, points=task.points,
        )  # fmt: skip
    found = kept.read(engine)
    for first_day, last_day in _ranges(task):
        with result.timed("read"):
            count, with_export = _facts(duck, task, first_day, last_day)
        if not count:
            continue
        with result.timed("compute"):
            rows = _expression(engine, task, found, first_day, last_day, with_export=with_export)
        computing = result.seconds["compute"]
        with result.timed("copy"):
            writing.copy_in(session, result.each_timed("compute", engine.batches(rows)))
        result.seconds["copy"] -= result.seconds["compute"] - computing
        with result.timed("write"):
            result.written.add(writing.merge(session, as_of=as_of, is_new=task.is_new))
        result.intervals += count
    session.execute(
        text("update raw.interval_partitions set determined_at = :as_of where id = any(:ids)"),
        {"as_of": as_of, "ids": task.waiting},
    )
    result.partitions += len(task.files)


def _ranges(task: Task) -> Iterator[tuple[date, date]]:
    """Cut the days of a large partition into steps of bounded size."""
    days = (task.last_day - task.first_day).days + 1
    steps = max(1, -(-task.rows // INTERVALS_AT_ONCE))
    length = -(-days // steps)
    for offset in range(0, days, length):
        first_day = task.first_day + timedelta(days=offset)
        yield first_day, min(first_day + timedelta(days=length - 1), task.last_day)


def _facts(duck: duckdb.DuckDBPyConnection, task: Task, first_day: date, last_day: date) -> tuple[int, bool]:
    """Return how many intervals a step reads, and whether any is fed in."""
    source = (
        f"read_parquet({list_literal(task.paths)}) where day between date '{first_day}' and date '{last_day}'"
    )
    if task.dirty:
        dirty = f"read_parquet({list_literal(task.dirty)})"
        source = f"(select * from {source}) t semi join {dirty} d using (supply_point_id, day)"
    found = first_row(duck, f"select count(*), coalesce(max(channel = {EXPORT}), false) from {source}")
    return (int(found[0]), bool(found[1])) if found else (0, False)


def _expression(
    engine: Engine, task: Task, found: Dimensions, first_day: date, last_day: date, *, with_export: bool
) -> ir.Table:
    def chosen(paths: list[Path]) -> ir.Table:
        table = engine.read(paths)
        table = table.filter(table.day >= first_day, table.day <= last_day)
        if task.dirty:
            table = table.semi_join(engine.read(task.dirty), ["supply_point_id", "day"])
        return table

    contested = None
    if task.overlays:
        contested = engine.keep(chosen(task.overlays).select("supply_point_id", "day", "channel").distinct())
    return determinants(current(chosen(task.paths), contested), found, engine, with_export=with_export)


def _last_known(session: Session) -> datetime | None:
    found: datetime | None = session.execute(
        text("select known_at from raw.interval_determinations order by id desc limit 1")
    ).scalar_one_or_none()
    return found


def _record(session: Session, result: Determination, *, as_of: datetime) -> None:
    session.execute(
        text(
            """insert into raw.interval_determinations (engine, known_at, holidays_md5, partitions,
              supply_point_days, intervals, rows_inserted, rows_superseded, rows_unchanged, phases)
            values (:engine, :as_of, :holidays, :partitions, :days, :intervals, :inserted, :superseded,
              :unchanged, :phases)"""
        ),
        {
            "engine": result.engine, "as_of": as_of, "holidays": holidays_mark(session),
            "partitions": result.partitions, "days": result.written.point_days, "intervals": result.intervals,
            "inserted": result.written.inserted, "superseded": result.written.superseded,
            "unchanged": result.written.unchanged,
            "phases": json.dumps({name: round(seconds, 3) for name, seconds in result.seconds.items()}),
        },
    )  # fmt: skip


def _close_gaps(session: Session, *, as_of: datetime) -> None:
    """Close entries of missing intervals whose days are complete now."""
    statement = text((Path(__file__).with_name("sql") / "close_gaps.sql").read_text(encoding="utf-8"))
    session.execute(statement, {"as_of": as_of})
