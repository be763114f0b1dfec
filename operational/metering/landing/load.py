"""Land a distributor's file: one transaction from bytes to facts and quarantine."""

import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.identifiers import is_valid_supply_point_code
from operational.metering.formats.detect import MeterFile, read_meter_file
from operational.metering.formats.readings import MeterFileError, RejectedRow
from operational.metering.formats.table import decode_table
from operational.metering.landing import judging
from operational.metering.landing.results import IngestResult

_STORED_LINE = 5000


class ConfirmedCodes:
    """Supply point codes of the register whose check digit is wrong: a person has entered them so.

    Looked up at the first wrong digit only, then remembered.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._codes: frozenset[str] | None = None

    def __contains__(self, code: object) -> bool:
        """Return whether this code stands in the register in spite of its check digit."""
        if self._codes is None:
            rows = self._session.execute(text("select code from operational.supply_points"))
            codes = (str(row[0]) for row in rows)
            self._codes = frozenset(code for code in codes if not is_valid_supply_point_code(code))
        return code in self._codes


def land_readings_file(
    session: Session,
    *,
    content: bytes,
    name: str,
    as_of: datetime,
    refusals: Mapping[int, RejectedRow] | None = None,
) -> IngestResult:
    """Take a file of readings or billed volumes: facts from the good rows, quarantine for the others.

    Writes raw.files, raw rows, raw.rejected_rows and operational.readings or billed_volumes with recorded_at
    = `as_of`; the highest version of a reading holds, older ones are closed, also when they come late. The
    same bytes a second time write nothing. A file that cannot be read as a whole goes to raw.rejected_files
    and no error is raised: the result says `refused`. `refusals` are rows (by line number) that an earlier
    check has refused; they go to quarantine. The caller commits; nothing is kept of a file when it rolls
    back.
    """
    judging.serialise_landings(session)
    sha256 = hashlib.sha256(content).hexdigest()
    if known := _known_file(session, name=name, sha256=sha256):
        return known
    try:
        file = read_meter_file(content, file_name=name, confirmed_codes=ConfirmedCodes(session))
        rows, rejected = _sorted_out(file, refusals or {})
    except MeterFileError as error:
        return _refuse(session, error, name=name, sha256=sha256, as_of=as_of)
    judging.judge(session, record=file.record, rows=rows, as_of=as_of)
    rejected = sorted([*rejected, *judging.refused(session)], key=lambda row: row.row_no)
    accepted, duplicate = judging.counts(session)
    result = IngestResult(
        "loaded", name, sha256, kind=file.record.value, format=file.layout.name,
        rows_read=accepted + duplicate + len(rejected), rows_accepted=accepted,
        rows_rejected=len(rejected), rows_duplicate=duplicate,
    )  # fmt: skip
    file_id = _file(session, result, size=len(content), as_of=as_of)
    judging.record_accepted(session, record=file.record, file_id=file_id, as_of=as_of)
    kept = _with_content(rejected, content, file, name) if rejected else []
    _quarantine(session, file_id, kept)
    _settle_refused_file(session, sha256=sha256, as_of=as_of)
    return replace(result, file_id=file_id, rejected=tuple(kept))


def shown_content(content: str) -> str:
    """Return the row itself of what the quarantine keeps: the header, a line break, and the row as it
    came."""
    return content.split("\n", 1)[-1]


def _sorted_out(
    file: MeterFile, refusals: Mapping[int, RejectedRow]
) -> tuple[list[judging.FactRow], list[RejectedRow]]:
    rows: list[judging.FactRow] = []
    rejected: list[RejectedRow] = []
    for row in file.rows:
        if isinstance(row, RejectedRow):
            rejected.append(row)
        elif row.row_no in refusals:
            rejected.append(refusals[row.row_no])
        else:
            rows.append(row)
    return rows, rejected


def _known_file(session: Session, *, name: str, sha256: str) -> IngestResult | None:
    row = session.execute(
        text(
            "select id as file_id, kind, format, rows_read, rows_accepted, rows_rejected, rows_duplicate"
            " from raw.files where sha256 = :sha256"
        ),
        {"sha256": sha256},
    ).one_or_none()
    return IngestResult("already_loaded", name, sha256, **row._mapping) if row else None


def _refuse(
    session: Session, error: MeterFileError, *, name: str, sha256: str, as_of: datetime
) -> IngestResult:
    place = "" if error.line_no is None else f"Line {error.line_no}: "
    session.execute(
        text(
            "insert into raw.rejected_files (sha256, name, received_at, code, reason, cure)"
            " values (:sha256, :name, :as_of, :code, :reason, :cure) on conflict (sha256, code) do nothing"
        ),
        {"sha256": sha256, "name": name, "as_of": as_of, "code": error.code, "reason": place + error.what,
         "cure": error.cure},
    )  # fmt: skip
    return IngestResult("refused", name, sha256, code=error.code, message=error.message)


def _file(session: Session, result: IngestResult, *, size: int, as_of: datetime) -> int:
    given = {"size": size, "as_of": as_of} | asdict(replace(result, rejected=()))
    return int(
        session.execute(
            text(
                "insert into raw.files (sha256, name, kind, format, size_bytes, received_at, rows_read,"
                " rows_accepted, rows_rejected, rows_duplicate, loaded_by)"
                " values (:sha256, :name, :kind, :format, :size, :as_of, :rows_read,"
                " :rows_accepted, :rows_rejected, :rows_duplicate, operational.actor()) returning id"
            ),
            given,
        ).scalar_one()
    )


def _with_content(
    rejected: Iterable[RejectedRow], content: bytes, file: MeterFile, name: str
) -> list[RejectedRow]:
    """Give each row its header and line as they came, so that it can be judged again without the file."""
    decoded = decode_table(content, file.layout, file_name=name, max_bytes=len(content))
    lines = [line.rstrip("\n") for line in io.StringIO(decoded, newline=None)]
    header = lines[0].lstrip("\ufeff")
    return [
        RejectedRow(
            row.row_no, f"{header}\n{lines[row.row_no - 1][:_STORED_LINE]}", row.code, row.reason, row.cure
        )
        for row in rejected
    ]


def _quarantine(session: Session, file_id: int, rejected: Sequence[RejectedRow]) -> None:
    if rejected:
        session.execute(
            text(
                "insert into raw.rejected_rows (file_id, row_no, content, code, reason, cure)"
                " values (:file_id, :row_no, :content, :code, :reason, :cure)"
            ),
            [
                {"file_id": file_id, "row_no": row.row_no, "content": row.content, "code": row.code,
                 "reason": row.reason, "cure": row.cure}
                for row in rejected
            ],
        )  # fmt: skip


def _settle_refused_file(session: Session, *, sha256: str, as_of: datetime) -> None:
    """A file that was refused before and is read now (a new layout) needs nobody's attention any more."""
    session.execute(
        text(
            "update raw.rejected_files set resolved_at = :as_of, resolved_by = operational.actor()"
            " where sha256 = :sha256 and resolved_at is null"
        ),
        {"sha256": sha256, "as_of": as_of},
    )
