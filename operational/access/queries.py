"""Reads of staff users and their sessions."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from operational.access import rules
from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class StaffUser:
    """A member of staff as pages show them; ``role`` decides what they may do."""

    id: int
    login: str
    name: str
    role: str
    is_active: bool
    language: str
    row_version: int
    last_seen_at: datetime | None = None

    @property
    def initials(self) -> str:
        """Return up to two initials for the avatar."""
        return "".join(word[0] for word in self.name.split()[:2]).upper() or "?"


_COLUMNS = "u.id, u.login, u.name, u.role, u.is_active, u.language, u.row_version"


def staff_of_session(session: Session, *, token_hash: bytes, as_of: datetime) -> StaffUser | None:
    """Return the active user of a live session: not revoked, not expired, not idle for an hour."""
    row = first(
        session,
        f"select {_COLUMNS}, s.last_seen_at from operational.staff_sessions s"
        " join operational.staff_users u on u.id = s.staff_user_id"
        " where s.token_hash = :hash and s.revoked_at is null and s.expires_at > :now"
        " and s.last_seen_at > :idle and u.is_active",
        {"hash": token_hash, "now": as_of, "idle": as_of - rules.IDLE_LIFETIME},
    )
    return StaffUser(*row) if row else None


def staff_users(session: Session) -> list[StaffUser]:
    """Return all staff users by name, with the moment each was last seen."""
    found = rows(
        session,
        f"select {_COLUMNS}, max(s.last_seen_at) from operational.staff_users u"
        " left join operational.staff_sessions s on s.staff_user_id = u.id"
        " group by u.id order by u.is_active desc, u.name, u.id",
    )
    return [StaffUser(*row) for row in found]


def staff_user(session: Session, *, staff_user_id: int) -> StaffUser | None:
    """Return one staff user, or None."""
    row = first(
        session,
        f"select {_COLUMNS}, null::timestamptz from operational.staff_users u where u.id = :id",
        {"id": staff_user_id},
    )
    return StaffUser(*row) if row else None
