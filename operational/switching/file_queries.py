"""Reads of files that were sent and received, and of those that were refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file sent or received."""

    public_id: str
    direction: str
    channel: str
    dso_code: str
    name: str
    messages: int
    repeated: int
    day: date
    sent_at: datetime | None
    recorded_at: datetime


def files(session: Session, *, direction: str = "", offset: int = 0, limit: int = 51) -> list[FileRow]:
    """Return files, newest first."""
    found = rows(
        session,
        "select public_id::text, direction, channel, dso_code, name, messages, repeated, day, "
        "sent_at, recorded_at"
        " from operational.switching_files where :direction = '' or direction = :direction"
        " order by id desc offset :offset limit :limit",
        {"direction": direction, "offset": offset, "limit": limit},
    )
    return [FileRow(*row) for row in found]


def file_content(session: Session, *, public_id: str) -> tuple[str, bytes] | None:
    """Return name and bytes of a file; None when there is none."""
    row = first(
        session,
        "select name, content from operational.switching_files where public_id::text = :id",
        {"id": public_id},
    )
    return None if row is None else (row.name, bytes(row.content))


def rejected_files(session: Session, *, limit: int = 50) -> Sequence[Any]:
    """Return the refused files that nobody has settled, newest first."""
    return session.execute(
        text("""select name, received_at, code, reason, cure from raw.rejected_files
                where resolved_at is null and code like 'switch%' order by id desc limit :limit"""),
        {"limit": limit},
    ).all()
