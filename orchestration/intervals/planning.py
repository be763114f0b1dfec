"""What is to be computed: new Parquet files, and days that changed masks, holidays, prices or terms touch.

A partition none of whose files went through the determinants is computed whole; otherwise only the points and
days that a new file holds or a change names.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import md5
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.intervals import registry
from orchestration.intervals.lake import first_row, list_literal, text_literal
from orchestration.intervals.registry import Partition

_SQL = Path(__file__).with_name("sql")
INTERVALS_AT_ONCE = 25_000_000
"""Intervals computed in one step; larger partitions go by ranges of days, so that memory stays bounded."""
MOST_DAYS = 400
"""Days of one step, since masks and prices are expanded for all of them."""
_LATE = timedelta(hours=1)
"""Transactions that ended after the last computation may carry an earlier instant: looked at once more."""


@dataclass(slots=True)
class Task:
    """Partitions of one medium that are computed in one step, and what of them is to be computed.

    ``dirty`` are Parquet files of supply_point_id and day, empty when the partitions are computed whole;
    ``points`` are the supply points then, None for all or many of them.
    ``is_new`` when no determinant of these partitions can exist yet.
    """

    medium: str
    dso_codes: set[str]
    files: list[Partition]
    waiting: list[int] = field(default_factory=list)
    is_new: bool = False
    dirty: list[Path] = field(default_factory=list)
    points: set[int] | None = None
    first_day: date = date.min
    last_day: date = date.max
    rows: int = 0

    @property
    def paths(self) -> list[Path]:
        """Return the Parquet files that have days of this task."""
        return [
            one.path
            for one in self.files
            if one.first_day <= self.last_day and self.first_day <= one.last_day
        ]

    @property
    def overlays(self) -> list[Path]:
        """Return the files among them that hold keys of others."""
        wanted = set(self.paths)
        return [one.path for one in self.files if one.is_overlay and one.path in wanted]


def holidays_mark(session: Session) -> str:
    """Return a digest of the holidays, so that a change of them is seen."""
    days: Sequence[date] = (
        session.execute(text("select day from operational.holidays order by day")).scalars().all()
    )
    return md5(",".join(str(day) for day in days).encode(), usedforsecurity=False).hexdigest()


def plan(
    session: Session,
    duck: duckdb.DuckDBPyConnection,
    passing: Path,
    *,
    lake: Path,
    full: bool = False,
    month: date | None = None,
) -> list[Task]:
    """Return the partitions that need computing, in the order of time; an empty list when nothing changed.

    ``full`` computes every partition whole, as after an update of the program;
    ``month`` looks at one delivery month only.
    """
    waiting = _waiting(session)
    last = session.execute(
        text("select known_at, holidays_md5 from raw.interval_determinations order by id desc limit 1")
    ).one_or_none()
    changes = pa.table({}) if last is None or full else _changes(session, last.known_at - _LATE)
    everything = full or (last is not None and last.holidays_md5 != holidays_mark(session))
    places = set(waiting) | (_all_places(session) if everything or changes.num_rows else set())
    if month is not None:
        places = {place for place in places if place[1] == month}
    if changes.num_rows:
        duck.register("changes", changes)
    files: dict[tuple[str, date, str], list[Partition]] = defaultdict(list)
    for one in registry.partitions(session, folder=lake, places=places):
        files[one.medium, one.delivery_month, one.dso_code].append(one)
    tasks = []
    for place in sorted(places, key=lambda found: (found[1], found[0], found[2])):
        task = Task(place[0], {place[2]}, files=files[place], waiting=waiting.get(place, []))
        task.is_new = len(task.waiting) == len(task.files)
        if everything or task.is_new:
            _whole(task)
            tasks.append(task)
        elif _partly(duck, passing, task, has_changes=bool(changes.num_rows)):
            tasks.append(task)
    return _together(tasks)


def _together(tasks: list[Task]) -> list[Task]:
    """Merge small tasks of neighbouring months: a step has a price of its own, whatever its size."""
    merged: list[Task] = []
    for task in sorted(tasks, key=lambda one: (one.medium, one.is_new, not one.dirty, one.first_day)):
        last = merged[-1] if merged else None
        if last is None or not _fits(last, task):
            merged.append(task)
            continue
        last.dso_codes |= task.dso_codes
        last.files += task.files
        last.waiting += task.waiting
        last.dirty += task.dirty
        last.points = None if last.points is None or task.points is None else last.points | task.points
        last.rows += task.rows
        last.first_day, last.last_day = min(last.first_day, task.first_day), max(last.last_day, task.last_day)
    return merged


def _fits(one: Task, other: Task) -> bool:
    alike = (one.medium, one.is_new, not one.dirty) == (other.medium, other.is_new, not other.dirty)
    days = (max(one.last_day, other.last_day) - min(one.first_day, other.first_day)).days
    return alike and one.rows + other.rows <= INTERVALS_AT_ONCE and days <= MOST_DAYS


def _waiting(session: Session) -> dict[tuple[str, date, str], list[int]]:
    found: dict[tuple[str, date, str], list[int]] = defaultdict(list)
    for row in session.execute(
        text(
            "select id, medium, delivery_month, dso_code from raw.interval_partitions"
            " where determined_at is null order by id"
        )
    ):
        found[row.medium, row.delivery_month, row.dso_code].append(row.id)
    return dict(found)


def _all_places(session: Session) -> set[tuple[str, date, str]]:
    rows = session.execute(
        text("select distinct medium, delivery_month, dso_code from raw.interval_partitions")
    )
    return {(row.medium, row.delivery_month, row.dso_code) for row in rows}


def _changes(session: Session, since: datetime) -> pa.Table:
    """Return ranges of days that changed terms, masks and prices touch, per supply point or for all."""
    statement = text((_SQL / "changes.sql").read_text(encoding="utf-8"))
    rows = session.execute(statement, {"since": since}).all()
    return pa.table(
        {
            "supply_point_id": pa.array([row.supply_point_id for row in rows], pa.int64()),
            "dso_code": pa.array([row.dso_code for row in rows], pa.string()),
            "feeding_only": pa.array([row.feeding_only for row in rows], pa.bool_()),
            "day_from": pa.array([row.day_from for row in rows], pa.date32()),
            "day_to": pa.array([row.day_to for row in rows], pa.date32()),
        }
    )


def _whole(task: Task) -> None:
    task.first_day = min(one.first_day for one in task.files)
    task.last_day = max(one.last_day for one in task.files)
    task.rows = sum(one.rows for one in task.files)


def _partly(duck: duckdb.DuckDBPyConnection, passing: Path, task: Task, *, has_changes: bool) -> bool:
    """Write the points and days to be computed; return whether there are any."""
    parts = []
    new = [one.path for one in task.files if one.id in task.waiting]
    if new:
        parts.append(f"select distinct supply_point_id, day from read_parquet({list_literal(new)})")
    if has_changes:
        paths = [one.path for one in task.files]
        parts.append(_changed_days(paths, next(iter(task.dso_codes))))
    dirty = passing / f"dirty_{uuid4().hex[:12]}.parquet"
    duck.execute(f"copy ({' union '.join(parts)}) to {text_literal(dirty)} (format parquet)")
    source = f"read_parquet({text_literal(dirty)})"
    found = first_row(duck, f"select min(day), max(day), count(*) from {source}")
    if found is None or not found[2]:
        return False
    task.dirty = [dirty]
    task.first_day, task.last_day, task.rows = found[0], found[1], found[2] * _USUAL_INTERVALS
    points = duck.execute(
        f"select distinct supply_point_id from {source} limit {_MOST_POINTS + 1}"
    ).fetchall()
    task.points = {int(row[0]) for row in points} if len(points) <= _MOST_POINTS else None
    return True


_USUAL_INTERVALS = 96
_MOST_POINTS = 20_000


def _changed_days(paths: Sequence[Path], dso_code: str) -> str:
    source = f"read_parquet({list_literal(list(paths))})"
    return f"""select k.supply_point_id, k.day
      from (select supply_point_id, day, max(channel = 2) as feeds from {source} group by all) k
      where exists (select 1 from changes c
        where (c.supply_point_id is null or c.supply_point_id = k.supply_point_id)
          and (c.dso_code is null or c.dso_code = {text_literal(dso_code)})
          and (k.feeds or not c.feeding_only) and k.day >= c.day_from and k.day < c.day_to)"""
