"""Writes of the quarantine: a person says what became of a refused row or file."""

from datetime import datetime

from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.kernel.rows import first

RESOLUTIONS = ("fixed", "dismissed")


class NotWaiting(DomainError):
    """The row or file is not in quarantine, or someone dealt with it already."""

    def __init__(self, what: str, number: int) -> None:
        super().__init__("not_waiting", f"{what} {number} is not waiting in quarantine. Reload the list.")


class UnknownResolution(DomainError):
    """A resolution outside the list."""

    def __init__(self, resolution: str) -> None:
        super().__init__(
            "unknown_resolution", f"'{resolution}' is no resolution. Use {' or '.join(RESOLUTIONS)}."
        )


def resolve_row(session: Session, *, rejected_row_id: int, resolution: str, by: str, as_of: datetime) -> None:
    """Mark a refused row as fixed (a corrected file came) or dismissed (it was not needed).

    Raises UnknownResolution, and NotWaiting when the row is not there or was resolved before.
    """
    if resolution not in RESOLUTIONS:
        raise UnknownResolution(resolution)
    done = first(
        session,
        "update raw.rejected_rows set resolved_at = :now, resolved_by = :by, resolution = :resolution"
        " where id = :id and resolved_at is null returning id",
        {"now": as_of, "by": by, "resolution": resolution, "id": rejected_row_id},
    )
    if done is None:
        raise NotWaiting("Row", rejected_row_id)


def resolve_file(session: Session, *, rejected_file_id: int, by: str, as_of: datetime) -> None:
    """Mark a refused file as dealt with; raise NotWaiting when it is not there or was resolved before."""
    done = first(
        session,
        "update raw.rejected_files set resolved_at = :now, resolved_by = :by"
        " where id = :id and resolved_at is null returning id",
        {"now": as_of, "by": by, "id": rejected_file_id},
    )
    if done is None:
        raise NotWaiting("File", rejected_file_id)
