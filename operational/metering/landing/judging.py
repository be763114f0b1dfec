"""Stage rows of a file in temporary tables, judge them by sets, and record those that pass."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from typing import Any

from psycopg import Connection
from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from operational.kernel.calendar import civil_day
from operational.metering.formats.readings import BilledVolumeRow, RecordKind, RegisterReadingRow, RejectedRow
from operational.metering.landing import readings, volumes
from operational.metering.landing.messages import refusal_text

FactRow = RegisterReadingRow | BilledVolumeRow


def serialise_landings(session: Session) -> None:
    """Wait for other landings of this database to end: versions are compared before they are written."""
    session.execute(text("select pg_advisory_xact_lock(hashtext('iris.metering.landing'))"))


def judge(session: Session, *, record: RecordKind, rows: Sequence[FactRow], as_of: datetime) -> None:
    """Leave the rows in pg_temp.judged, each with `status` accepted or duplicate, or with a `code` of
    refusal."""
    rules = readings if record is RecordKind.READINGS else volumes
    _stage(session, rules.STAGED, rows)
    for statement in rules.JUDGEMENT:
        session.execute(text(statement), {"today": civil_day(as_of)} if ":today" in statement else {})
    if record is RecordKind.VOLUMES:
        while _changed(session, volumes.OVERLAPPING):
            pass


def counts(session: Session) -> tuple[int, int]:
    """Return how many judged rows are accepted and how many are duplicates."""
    row = session.execute(
        text(
            "select count(*) filter (where status = 'accepted'), count(*) filter (where status = 'duplicate')"
            " from pg_temp.judged where code is null"
        )
    ).one()
    return int(row[0]), int(row[1])


def refused(session: Session) -> list[RejectedRow]:
    """Return the refused rows in the order of the file, without their content."""
    # Named columns: readings and volumes differ in theirs, and a prepared `select *` may not change its
    # result.
    columns: str = session.execute(
        text(
            "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute "
            "where attrelid = 'pg_temp.judged'::regclass and attnum > 0 and not attisdropped"
        )
    ).scalar_one()
    found = session.execute(
        text(f"select {columns} from pg_temp.judged where code is not null order by row_no")
    ).mappings()
    return [
        RejectedRow(row["row_no"], "", row["code"], *refusal_text(row["code"], dict(row))) for row in found
    ]


def record_accepted(session: Session, *, record: RecordKind, file_id: int, as_of: datetime) -> None:
    """Write the rows that passed to raw and the accepted ones to the facts; close the versions they
    replace."""
    rules = readings if record is RecordKind.READINGS else volumes
    for statement in rules.RECORDING:
        session.execute(text(statement), {"file_id": file_id, "as_of": as_of})


def _changed(session: Session, statement: str) -> int:
    result = session.execute(text(statement))
    assert isinstance(result, CursorResult)  # noqa: S101  an update always answers with a cursor
    return result.rowcount


def _stage(session: Session, columns: str, rows: Sequence[FactRow]) -> None:
    driver: Any = session.connection().connection.driver_connection
    assert isinstance(driver, Connection)  # noqa: S101  the engine of this house is psycopg
    with driver.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.landing, pg_temp.judged")
        cursor.execute(f"create temp table landing ({columns}) on commit drop".encode())
        with cursor.copy("copy pg_temp.landing from stdin") as copy:
            for row in rows:
                copy.write_row(astuple(row))
        cursor.execute("analyze pg_temp.landing")
