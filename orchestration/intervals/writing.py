"""Determinants to PostgreSQL by COPY: a changed value is a new version, an unchanged one writes nothing."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.intervals.expressions import COLUMNS

_SQL = Path(__file__).with_name("sql")


@dataclass(slots=True)
class Written:
    """Rows of one or more writes; ``points_days`` counts supply points times days."""

    inserted: int = 0
    superseded: int = 0
    unchanged: int = 0
    point_days: int = 0

    def add(self, other: "Written") -> None:
        """Add another write."""
        self.inserted += other.inserted
        self.superseded += other.superseded
        self.unchanged += other.unchanged
        self.point_days += other.point_days


def copy_in(session: Session, batches: Iterator[pa.RecordBatch]) -> int:
    """Fill the temporary table ``incoming`` from batches of determinants; return the rows."""
    session.execute(text((_SQL / "incoming.sql").read_text(encoding="utf-8")))
    connection: Any = session.connection().connection.cursor()
    rows = 0
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    with (
        connection as cursor,
        cursor.copy(f"copy incoming ({', '.join(COLUMNS)}) from stdin (format csv, null '\\N')") as copy,
    ):
        for batch in batches:
            if batch.num_rows:
                target = io.BytesIO()
                pyarrow.csv.write_csv(pa.Table.from_batches([batch]).select(list(COLUMNS)), target, options)
                copy.write(target.getvalue())
                rows += batch.num_rows
    return rows


def merge(session: Session, *, as_of: datetime, is_new: bool) -> Written:
    """Bring raw.interval_determinants to what ``incoming`` says of its points and days.

    ``is_new`` when no determinant of these points and days can exist yet.
    """
    written = Written()
    written.point_days = int(
        session.execute(
            text("select count(*) from (select distinct supply_point_id, day from incoming) t")
        ).scalar_one()
    )
    if not is_new:
        session.execute(text("analyze incoming"))
        statement = text((_SQL / "supersede.sql").read_text(encoding="utf-8"))
        written.superseded = session.execute(statement, {"as_of": as_of}).rowcount  # type: ignore[attr-defined]  # a result of DML
    name = "insert_new.sql" if is_new else "insert_changed.sql"
    statement = text((_SQL / name).read_text(encoding="utf-8"))
    written.inserted = session.execute(statement, {"as_of": as_of}).rowcount  # type: ignore[attr-defined]  # a result of DML
    total = int(session.execute(text("select count(*) from incoming")).scalar_one())
    written.unchanged = total - written.inserted
    return written
