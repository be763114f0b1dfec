"""Duplicates of documents: the same number and content, the word DUPLIKAT and the day of the duplicate.

VAT Act art. 106l: a lost or damaged invoice is issued again on request. Nothing is numbered or booked.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.rendering import render_duplicate
from operational.kernel.calendar import civil_day
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows


class DuplicateRefused(DomainError):
    """A duplicate that cannot be issued."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A duplicate that was issued."""

    public_id: str
    document_id: int
    issued_on: date
    reason: str
    issued_by: str


_FIELDS = (
    "select public_id::text, document_id, issued_on, reason, issued_by from operational.document_duplicates"
)


def issue_duplicate(session: Session, *, document_id: int, reason: str, as_of: datetime) -> Duplicate:
    """Issue a duplicate of an issued document, dated with the day of ``as_of``; the caller commits.

    Raises DuplicateRefused without a reason, or for a day before the document's own.
    """
    if not reason.strip():
        raise DuplicateRefused("duplicate_without_reason", "Write who asked for the duplicate and why.")
    day = civil_day(as_of)
    issued: date = session.execute(
        text("select issue_date from operational.documents where id = :id"), {"id": document_id}
    ).scalar_one()
    if day < issued:
        raise DuplicateRefused(
            "duplicate_too_early",
            f"The document is of {issued}; a duplicate cannot bear the earlier day {day}.",
        )
    public_id: str = session.execute(
        text(
            "insert into operational.document_duplicates (document_id, issued_on, reason, issued_at)"
            " values (:id, :day, :reason, :as_of) returning public_id::text"
        ),
        {"id": document_id, "day": day, "reason": reason.strip(), "as_of": as_of},
    ).scalar_one()
    found = duplicate(session, public_id=public_id)
    if found is None:
        raise LookupError(public_id)
    return found


def duplicate(session: Session, *, public_id: str) -> Duplicate | None:
    """Return a duplicate, or None."""
    row = first(session, f"{_FIELDS} where public_id = cast(:id as uuid)", {"id": public_id})
    return Duplicate(*row) if row else None


def duplicates(session: Session, *, document_id: int) -> list[Duplicate]:
    """Return the duplicates of a document, the oldest first."""
    return [
        Duplicate(*row)
        for row in rows(session, f"{_FIELDS} where document_id = :id order by id", {"id": document_id})
    ]


def duplicate_pdf(session: Session, *, found: Duplicate) -> bytes:
    """Return the PDF of a duplicate, byte for byte the same every time."""
    return render_duplicate(session, document_id=found.document_id, issued_on=found.issued_on)
