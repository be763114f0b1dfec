"""Reads of the interval lake: its partitions, its runs, and how complete the days of each distributor are."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class LakePartition:
    """A partition: medium, delivery month and distributor; ``waiting`` files have no determinants yet."""

    medium: str
    delivery_month: date
    dso_code: str
    files: int
    corrections: int
    rows: int
    supply_points: int
    size_bytes: int
    waiting: int
    last_change: datetime


@dataclass(frozen=True, slots=True)
class LakeRun:
    """One computation of determinants."""

    engine: str
    finished_at: datetime
    partitions: int
    supply_point_days: int
    intervals: int
    rows_inserted: int
    rows_superseded: int
    rows_unchanged: int
    phases: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Completeness:
    """Intervals that were there of a day and distributor, as a share of those that the civil day has."""

    day: date
    dso_code: str
    supply_points: int
    intervals: int
    expected: int

    @property
    def share(self) -> Decimal:
        """Return the share, 1 when nothing is missing."""
        return Decimal(self.intervals) / Decimal(self.expected) if self.expected else Decimal(0)


def partitions(session: Session) -> list[LakePartition]:
    """Return all partitions, newest month first."""
    rows = session.execute(
        text(
            """select medium, delivery_month, dso_code, count(*) as files,
              count(*) filter (where is_overlay) as corrections, sum(rows)::bigint as rows,
              max(supply_points) as supply_points, sum(size_bytes)::bigint as size_bytes,
              count(*) filter (where determined_at is null) as waiting, max(recorded_at) as last_change
            from raw.interval_partitions group by 1, 2, 3 order by 2 desc, 1, 3"""
        )
    )
    return [LakePartition(**row._mapping) for row in rows]


def runs(session: Session, *, limit: int = 10) -> list[LakeRun]:
    """Return the newest computations of determinants."""
    rows = session.execute(
        text(
            """select engine, finished_at, partitions, supply_point_days, intervals, rows_inserted,
              rows_superseded, rows_unchanged, phases
            from raw.interval_determinations order by id desc limit :limit"""
        ),
        {"limit": limit},
    )
    return [LakeRun(**row._mapping) for row in rows]


def completeness(session: Session, *, month: date, medium: str = "electricity") -> list[Completeness]:
    """Return how complete each day of a month is per distributor.

    Expected are the intervals of every point that sent any in that month,
    so a point that is missing for a whole day lowers the share of that day.
    """
    rows = session.execute(
        text(
            """with found as (
              select d.day, p.dso_code, p.id, d.intervals, d.expected_intervals
              from raw.interval_determinants d
              join operational.supply_points p on p.code = d.supply_point_code
              where d.determinant = 'energy' and d.zone_set = 'all' and d.superseded_at is null
                and p.medium = :medium and d.day >= :month
                and d.day < cast(:month as date) + interval '1 month'
            ),
            points as (select dso_code, count(distinct id) as points from found group by 1),
            usual as (select dso_code, day, max(expected_intervals) as expected from found group by 1, 2)
            select f.day, f.dso_code, count(*)::integer as supply_points,
              sum(f.intervals)::bigint as intervals,
              (sum(f.expected_intervals) + (p.points - count(*)) * u.expected)::bigint as expected
            from found f join points p using (dso_code) join usual u using (dso_code, day)
            group by f.day, f.dso_code, p.points, u.expected order by 1, 2"""
        ),
        {"month": month, "medium": medium},
    )
    return [Completeness(**row._mapping) for row in rows]


def months(session: Session) -> list[date]:
    """Return the delivery months of the lake, newest first."""
    rows = session.execute(
        text("select distinct delivery_month from raw.interval_partitions order by 1 desc")
    )
    return [row.delivery_month for row in rows]


def waiting_months(session: Session) -> list[tuple[date, int]]:
    """Return the delivery months with files that have no determinants yet, and the newest such file's id."""
    rows = session.execute(
        text(
            "select delivery_month, max(id) as newest from raw.interval_partitions"
            " where determined_at is null group by 1 order by 1"
        )
    )
    return [(row.delivery_month, row.newest) for row in rows]
