"""Second try of quarantined rows, once what they lacked is there, and their resolution by a person."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.metering import quarantine
from operational.metering.formats.detect import read_meter_file
from operational.metering.formats.layouts import Layout, load_layouts
from operational.metering.formats.readings import MeterFileError, RecordKind, RejectedRow
from operational.metering.landing import judging
from operational.metering.landing.load import ConfirmedCodes
from operational.metering.landing.results import RetryResult

_WAITING = """
  select f.id as file_id, f.name, f.format, r.id, r.row_no, r.content, r.code, r.reason, r.cure
  from raw.rejected_rows r join raw.files f on f.id = r.file_id
  where r.resolved_at is null and f.kind in ('register_readings', 'billed_volumes')
    and (cast(:file_id as bigint) is null or f.id = :file_id)
  order by f.received_at, f.id, r.row_no"""


def retry_rejected_rows(session: Session, *, file_id: int | None = None, as_of: datetime) -> RetryResult:
    """Judge quarantined rows of readings and volumes again, of one file or of all, oldest file first.

    A row that passes now becomes a fact with recorded_at = `as_of` and leaves the quarantine with the
    resolution `accepted` (or `duplicate`, when the fact came another way); the others stay as they are. The
    caller commits.
    """
    judging.serialise_landings(session)
    waiting = session.execute(text(_WAITING), {"file_id": file_id}).all()
    tried = accepted = duplicate = 0
    rejected: list[RejectedRow] = []
    for _, group in groupby(waiting, key=lambda row: row.file_id):
        rows = list(group)
        passed, stays = _retry_file(session, rows, as_of=as_of)
        tried += len(rows)
        accepted += sum(status == "accepted" for status in passed.values())
        duplicate += sum(status == "duplicate" for status in passed.values())
        rejected += stays
    return RetryResult(tried, accepted, duplicate, tuple(rejected))


def resolve_rejected_row(session: Session, *, row_id: int, resolution: str, as_of: datetime) -> None:
    """Say that a quarantined row needs no more attention: `fixed` (came corrected) or `dismissed`.

    Raises quarantine.NotWaiting and quarantine.UnknownResolution. The one who acts is the session's actor.
    """
    who = str(session.execute(text("select operational.actor()")).scalar_one())
    quarantine.resolve_row(session, rejected_row_id=row_id, resolution=resolution, by=who, as_of=as_of)


def _retry_file(
    session: Session, waiting: list[Any], *, as_of: datetime
) -> tuple[dict[int, str], list[RejectedRow]]:
    """Return status by line for the rows that passed, and the rows that stay."""
    layout = next((known for known in load_layouts() if known.name == waiting[0].format), None)
    stays: list[RejectedRow] = []
    rows: list[judging.FactRow] = []
    for row in waiting:
        read = _read_again(session, row, layout)
        stays.append(read) if isinstance(read, RejectedRow) else rows.append(read)
    if not rows or layout is None:
        return {}, stays
    judging.judge(session, record=layout.record, rows=rows, as_of=as_of)
    content = {row.row_no: row.content for row in waiting}
    stays += [replace(row, content=content[row.row_no]) for row in judging.refused(session)]
    found = session.execute(text("select row_no, status from pg_temp.judged where code is null")).all()
    passed: dict[int, str] = {int(row.row_no): str(row.status) for row in found}
    judging.record_accepted(
        session, record=RecordKind(layout.record), file_id=waiting[0].file_id, as_of=as_of
    )
    _leave_quarantine(
        session, ((row.id, passed[row.row_no]) for row in waiting if row.row_no in passed), as_of
    )
    return passed, sorted(stays, key=lambda row: row.row_no)


def _read_again(session: Session, row: Any, layout: Layout | None) -> judging.FactRow | RejectedRow:
    """Read one quarantined row by its own header; a row of a layout that is gone stays as it is."""
    same = RejectedRow(row.row_no, row.content, row.code, row.reason, row.cure)
    if layout is None or "\n" not in row.content:
        return same
    try:
        data = f"{row.content}\n".encode(layout.encodings[0])
        file = read_meter_file(
            data, file_name=row.name, layouts=(layout,), confirmed_codes=ConfirmedCodes(session)
        )
        read = next(file.rows, same)
    except (MeterFileError, UnicodeEncodeError):
        return same
    if isinstance(read, RejectedRow):
        return replace(read, row_no=row.row_no, content=row.content)
    return replace(read, row_no=row.row_no)


def _leave_quarantine(session: Session, rows: Iterable[tuple[int, str]], as_of: datetime) -> None:
    given = [{"id": row_id, "resolution": status, "as_of": as_of} for row_id, status in rows]
    if given:
        session.execute(
            text(
                "update raw.rejected_rows set resolved_at = :as_of, resolved_by = operational.actor(),"
                " resolution = :resolution where id = :id"
            ),
            given,
        )
