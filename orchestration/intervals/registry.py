"""What PostgreSQL keeps of the lake: files, partitions, quarantine; the supply points of the register."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.intervals.results import Entry, LakeResult

_LOCK = 7_401_007


@dataclass(frozen=True, slots=True)
class Partition:
    """One Parquet file of the lake, as it stands in the registry."""

    medium: str
    delivery_month: date
    dso_code: str
    path: Path
    first_day: date
    last_day: date
    is_overlay: bool = False
    rows: int = 0
    id: int = 0


def one_at_a_time(session: Session) -> None:
    """Let landings and determinations of the lake wait for each other until the transaction ends."""
    session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def supply_points(session: Session) -> pa.Table:
    """Return id, code, dso_code and medium of all supply points."""
    rows = session.execute(text("select id, code, dso_code, medium from operational.supply_points")).all()
    return pa.table(
        {
            "id": pa.array([row.id for row in rows], pa.int32()),
            "code": pa.array([row.code for row in rows], pa.string()),
            "dso_code": pa.array([row.dso_code for row in rows], pa.string()),
            "medium": pa.array([row.medium for row in rows], pa.string()),
        }
    )


def known_file(session: Session, *, name: str, sha256: str) -> LakeResult | None:
    """Return the result of a file that was taken before, None for a new one."""
    row = session.execute(
        text(
            "select id, kind, format, rows_read, rows_accepted, rows_rejected, rows_duplicate"
            " from raw.files where sha256 = :sha256"
        ),
        {"sha256": sha256},
    ).one_or_none()
    if row is None:
        return None
    return LakeResult(
        "already_loaded", name, sha256, row.id, row.kind, row.format, row.rows_read, row.rows_accepted,
        row.rows_rejected, row.rows_duplicate,
    )  # fmt: skip


def times_taken(session: Session, *, sha256: str) -> int:
    """Return how often a file was taken, repetitions included."""
    found = session.execute(
        text("select count(*) from raw.files where sha256 = :sha256 or sha256 like :sha256 || '#%'"),
        {"sha256": sha256},
    )
    return int(found.scalar_one())


def record_file(session: Session, result: LakeResult, *, size: int, as_of: datetime) -> int:
    """Write the row of a file; the same bytes refused before need nobody's attention any more."""
    found = session.execute(
        text(
            "insert into raw.files (sha256, name, kind, format, size_bytes, received_at, rows_read,"
            " rows_accepted, rows_rejected, rows_duplicate, loaded_by)"
            " values (:sha256, :name, :kind, :format, :size, :as_of,"
            " :rows_read, :rows_accepted, :rows_rejected, :rows_duplicate, operational.actor()) returning id"
        ),
        {
            "sha256": result.sha256, "name": result.name, "kind": result.kind, "format": result.format,
            "size": size, "as_of": as_of, "rows_read": result.rows_read,
            "rows_accepted": result.rows_accepted, "rows_rejected": result.rows_rejected,
            "rows_duplicate": result.rows_duplicate,
        },
    )  # fmt: skip
    session.execute(
        text(
            "update raw.rejected_files set resolved_at = :as_of, resolved_by = operational.actor()"
            " where sha256 = :sha256 and resolved_at is null"
        ),
        {"sha256": result.sha256, "as_of": as_of},
    )
    return int(found.scalar_one())


def refuse_file(session: Session, result: LakeResult, *, as_of: datetime) -> LakeResult:
    """Put a whole file in quarantine."""
    reason, _, cure = result.message.partition(". ")
    session.execute(
        text(
            "insert into raw.rejected_files (sha256, name, received_at, code, reason, cure)"
            " values (:sha256, :name, :as_of, :code, :reason, :cure) on conflict (sha256, code) do nothing"
        ),
        {
            "sha256": result.sha256, "name": result.name, "as_of": as_of, "code": result.code,
            "reason": reason + ".", "cure": cure or "Ask the sender for a corrected file.",
        },
    )  # fmt: skip
    return result


def quarantine(session: Session, file_id: int, entries: Sequence[Entry]) -> None:
    """Write the entries of a file."""
    if entries:
        session.execute(
            text(
                "insert into raw.rejected_rows (file_id, row_no, content, code, reason, cure)"
                " values (:file_id, :row_no, :content, :code, :reason, :cure)"
            ),
            [
                {"file_id": file_id, "row_no": one.row_no, "content": one.content, "code": one.code,
                 "reason": one.reason, "cure": one.cure}
                for one in entries
            ],
        )  # fmt: skip


def overlapping(
    session: Session,
    *,
    folder: Path,
    medium: str,
    month: date,
    dso_code: str,
    first_day: date,
    last_day: date,
) -> list[Partition]:
    """Return the Parquet files of a partition that have days in common with ``first_day`` to ``last_day``."""
    return [
        one
        for one in partitions(session, folder=folder, places=[(medium, month, dso_code)])
        if one.first_day <= last_day and first_day <= one.last_day
    ]


def partitions(session: Session, *, folder: Path, places: Iterable[tuple[str, date, str]]) -> list[Partition]:
    """Return the Parquet files of partitions (medium, month, distributor), oldest first."""
    wanted = list(places)
    rows = session.execute(
        text(
            """select p.id, p.medium, p.delivery_month, p.dso_code, p.path, p.first_day, p.last_day,
              p.is_overlay, p.rows
            from raw.interval_partitions p
            join unnest(cast(:media as text[]), cast(:months as date[]), cast(:dsos as text[]))
              w (medium, month, dso)
              on w.medium = p.medium and w.month = p.delivery_month and w.dso = p.dso_code order by p.id"""
        ),
        {
            "media": [one[0] for one in wanted],
            "months": [one[1] for one in wanted],
            "dsos": [one[2] for one in wanted],
        },
    ).all()  # fmt: skip
    return [
        Partition(
            row.medium, row.delivery_month, row.dso_code, folder / row.path, row.first_day, row.last_day,
            row.is_overlay, row.rows, row.id,
        )
        for row in rows
    ]  # fmt: skip
