"""Loading of reference data: idempotent, checked before the first write, never overwriting a version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.reference.tables import DATA, TABLES, Row, Table, read_table
from operational.reference.validation import validate

# Who records values that a reload must not undo: people, and files of market prices.
_OTHERS = ("staff:", "system:lake")


@dataclass(frozen=True, slots=True)
class LoadCounts:
    """What a load did to one table; ``kept`` counts keys changed by staff, which a file does not undo."""

    inserted: int = 0
    closed: int = 0
    unchanged: int = 0
    kept: int = 0


def load_reference_data(session: Session, *, as_of: datetime, folder: Path = DATA) -> dict[str, LoadCounts]:
    """Bring all reference tables to the state of the CSV files in ``folder``; return counts per table.

    A value that changed, or is no longer in the file under its key, is closed at ``as_of`` and the new one
    inserted; keys that are not in the file stay. Raises ReferenceDataError (file, row) for holes, overlaps,
    unknown codes and numbers out of bounds, before anything is written. A second run inserts nothing.
    """
    files = {table.name: read_table(table, folder) for table in TABLES}
    validate([(table, files[table.name]) for table in TABLES])
    return {
        table.name: (
            _load_versions(session, table, files[table.name], as_of)
            if table.versioned
            else _load_plain(session, table, files[table.name])
        )
        for table in TABLES
    }


def _load_plain(session: Session, table: Table, rows: Sequence[Row]) -> LoadCounts:
    found = session.execute(
        text(f"select {', '.join(table.columns)} from operational.{table.name}")
    ).mappings()
    current = {tuple(row[column] for column in table.key): dict(row) for row in found}
    wanted = {tuple(row.values[column] for column in table.key): dict(row.values) for row in rows}
    changed = [values for key, values in wanted.items() if current.get(key) != values]
    if changed:
        updates = ", ".join(
            f"{column} = excluded.{column}" for column in table.columns if column not in table.key
        )
        session.execute(
            text(
                f"insert into operational.{table.name} ({', '.join(table.columns)}) "
                f"values ({_places(table.columns)}) "
                f"on conflict ({', '.join(table.key)}) do update set {updates}"
            ),
            changed,
        )
    return LoadCounts(inserted=len(changed), unchanged=len(wanted) - len(changed))


def _load_versions(session: Session, table: Table, rows: Sequence[Row], as_of: datetime) -> LoadCounts:
    columns = tuple(table.columns)
    wanted = {tuple(row.values[column] for column in columns) for row in rows}
    keys = {tuple(row.values[column] for column in table.key) for row in rows}
    current: dict[tuple[Any, ...], int] = {}
    theirs: set[tuple[Any, ...]] = set()
    for found in session.execute(text(_current_sql(table))).mappings():
        key = tuple(found[column] for column in table.key)
        if key in keys:
            current[tuple(found[column] for column in columns)] = found["id"]
            if found["recorded_by"].startswith(_OTHERS):
                theirs.add(key)
    position = [columns.index(column) for column in table.key]

    def is_theirs(values: tuple[Any, ...]) -> bool:
        return tuple(values[index] for index in position) in theirs

    closing = [number for values, number in current.items() if values not in wanted and not is_theirs(values)]
    new = [values for values in wanted if values not in current and not is_theirs(values)]
    if closing:
        session.execute(
            text(f"update operational.{table.name} set superseded_at = :at where id = any(:ids)"),
            {"at": as_of, "ids": closing},
        )
    if new:
        new.sort(key=repr)
        session.execute(
            text(
                f"insert into operational.{table.name} ({', '.join(columns)}, recorded_at) "
                f"values ({_places(columns)}, :recorded_at)"
            ),
            [dict(zip(columns, values, strict=True)) | {"recorded_at": as_of} for values in new],
        )
    unchanged = len([values for values in wanted if values in current])
    return LoadCounts(len(new), len(closing), unchanged, len(theirs))


def _current_sql(table: Table) -> str:
    # Ranges are compared as text, so both sides must be written the way PostgreSQL writes them.
    shown = ", ".join(f"{c}::text as {c}" if c == "annual_kwh_range" else c for c in table.columns)
    return f"select id, recorded_by, {shown} from operational.{table.name} where superseded_at is null"


def _places(columns: Any) -> str:
    return ", ".join(f"cast(:{c} as numrange)" if c == "annual_kwh_range" else f":{c}" for c in columns)
