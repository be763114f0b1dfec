"""Writes of access: log-in and log-out of staff, staff users and their passwords.

A session's token is 256 random bits that only the browser keeps; the database holds its SHA-256.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.access import passwords, rules
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows


class LoginTaken(DomainError):
    """Another user has this log-in already."""

    def __init__(self, login: str) -> None:
        super().__init__("login_taken", f"The log-in '{login}' belongs to another user. Choose another one.")


class StaffUserNotFound(DomainError):
    """No staff user has this number."""

    def __init__(self, staff_user_id: int) -> None:
        super().__init__(
            "staff_user_not_found", f"There is no staff user {staff_user_id}. Reload the list of users."
        )


class InvalidStaffUser(DomainError):
    """A user's data that cannot be stored: role, log-in or name."""


class StaffUserChanged(DomainError):
    """Someone else changed the user in the meantime."""

    def __init__(self, login: str) -> None:
        super().__init__(
            "row_version_conflict", f"User '{login}' was changed meanwhile. Reload the page and try again."
        )


@dataclass(frozen=True, slots=True)
class LogInResult:
    """What came of an attempt: a token on success, otherwise how long to wait (zero: just wrong)."""

    token: str | None
    staff_user_id: int | None
    wait: timedelta = timedelta(0)


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a session token."""
    return hashlib.sha256(token.encode()).digest()


def log_in(session: Session, *, login: str, password: str, address: str, as_of: datetime) -> LogInResult:
    """Check a log-in and start a session of 12 hours; commit in every case, so that failures count.

    The answer and its time are the same for an unknown account, a wrong password
      and a disabled account. Too many
    failures of the account or the address make the caller wait, without looking at the password.
    """
    account = login.strip().lower()[:100]
    wait = _wait(session, account=account, address=address, as_of=as_of)
    if wait:
        return LogInResult(None, None, wait)
    user = first(
        session,
        "select id, password_hash, is_active from operational.staff_users where login = :login",
        {"login": account},
    )
    matches = passwords.verify_password(user.password_hash if user else passwords.dummy_hash(), password)
    is_good = bool(user and matches and user.is_active)
    _record_attempt(session, account=account, address=address, is_good=is_good, as_of=as_of)
    if not is_good or user is None:
        return LogInResult(None, None)
    token = secrets.token_urlsafe(32)
    session.execute(
        text(
            "insert into operational.staff_sessions (token_hash, staff_user_id, created_at, "
            "last_seen_at, expires_at)"
            " values (:hash, :user, :now, :now, :until)"
        ),
        {"hash": token_hash(token), "user": user.id, "now": as_of, "until": as_of + rules.SESSION_LIFETIME},
    )
    return LogInResult(token, int(user.id))


def _wait(session: Session, *, account: str, address: str, as_of: datetime) -> timedelta:
    waits = []
    # A success clears the account's failures, not the address's: one's own log-in must not buy more guesses.
    subjects = (
        (f"account:{account}", rules.FREE_ATTEMPTS_PER_ACCOUNT, True),
        (f"address:{address}", rules.FREE_ATTEMPTS_PER_ADDRESS, False),
    )
    for subject, free, forgives in subjects:
        failed = rows(
            session,
            "select attempted_at from sec.login_attempts a where realm = 'staff' and subject = :subject"
            " and not was_successful and attempted_at > :since and not (:forgives and exists ("
            "  select 1 from sec.login_attempts b where b.realm = a.realm and b.subject = a.subject"
            "  and b.was_successful and b.attempted_at > a.attempted_at)) order by attempted_at desc "
            "limit 40",
            {"subject": subject, "since": as_of - rules.ATTEMPT_WINDOW, "forgives": forgives},
        )
        failed_at = [row.attempted_at for row in failed]
        waits.append(rules.wait_before_next_attempt(failed_at, free_attempts=free, as_of=as_of))
    return max(waits)


def _record_attempt(session: Session, *, account: str, address: str, is_good: bool, as_of: datetime) -> None:
    session.execute(
        text(
            "insert into sec.login_attempts (realm, subject, attempted_at, was_successful)"
            " values ('staff', :account, :now, :good), ('staff', :address, :now, :good)"
        ),
        {"account": f"account:{account}", "address": f"address:{address}", "now": as_of, "good": is_good},
    )


def touch_session(session: Session, *, token: str, as_of: datetime) -> None:
    """Remember that the session was used; called at most once a minute."""
    session.execute(
        text("update operational.staff_sessions set last_seen_at = :now where token_hash = :hash"),
        {"now": as_of, "hash": token_hash(token)},
    )


def log_out(session: Session, *, token: str, as_of: datetime) -> None:
    """End a session on the server; a second log-out changes nothing."""
    session.execute(
        text(
            "update operational.staff_sessions set revoked_at = :now where token_hash = :hash and "
            "revoked_at is null"
        ),
        {"now": as_of, "hash": token_hash(token)},
    )


def create_staff_user(session: Session, *, login: str, name: str, role: str, password: str) -> int:
    """Create a staff user and return their number.

    Raises LoginTaken, InvalidStaffUser and WeakPassword.
    """
    cleaned = login.strip().lower()
    if not cleaned or not name.strip():
        raise InvalidStaffUser("missing_value", "A user needs a log-in and a name. Fill in both.")
    if role not in set(rules.Role):
        raise InvalidStaffUser(
            "unknown_role", f"'{role}' is not a role. Choose one of {', '.join(rules.Role)}."
        )
    passwords.check_strength(password)
    created = first(
        session,
        "insert into operational.staff_users (login, name, role, password_hash)"
        " values (:login, :name, :role, :hash) on conflict (login) do nothing returning id",
        {"login": cleaned, "name": name.strip(), "role": role, "hash": passwords.hash_password(password)},
    )
    if created is None:
        raise LoginTaken(cleaned)
    return int(created.id)


def set_staff_user_active(
    session: Session, *, staff_user_id: int, is_active: bool, row_version: int, as_of: datetime
) -> None:
    """Enable or disable a user; disabling ends all their sessions at once.

    Raises StaffUserNotFound, and StaffUserChanged when ``row_version`` is not the current one.
    """
    user = first(session, "select login from operational.staff_users where id = :id", {"id": staff_user_id})
    if user is None:
        raise StaffUserNotFound(staff_user_id)
    changed = first(
        session,
        "update operational.staff_users set is_active = :active, row_version = row_version + 1"
        " where id = :id and row_version = :version returning id",
        {"active": is_active, "id": staff_user_id, "version": row_version},
    )
    if changed is None:
        raise StaffUserChanged(str(user.login))
    if not is_active:
        end_sessions(session, staff_user_id=staff_user_id, as_of=as_of)


def set_password(session: Session, *, staff_user_id: int, password: str, as_of: datetime) -> None:
    """Give a user a new password and end all their sessions; raise WeakPassword or StaffUserNotFound."""
    passwords.check_strength(password)
    changed = first(
        session,
        "update operational.staff_users set password_hash = :hash, row_version = row_version + 1"
        " where id = :id returning id",
        {"hash": passwords.hash_password(password), "id": staff_user_id},
    )
    if changed is None:
        raise StaffUserNotFound(staff_user_id)
    end_sessions(session, staff_user_id=staff_user_id, as_of=as_of)


def end_sessions(session: Session, *, staff_user_id: int, as_of: datetime) -> None:
    """Revoke every live session of a user."""
    session.execute(
        text(
            "update operational.staff_sessions set revoked_at = :now"
            " where staff_user_id = :id and revoked_at is null"
        ),
        {"now": as_of, "id": staff_user_id},
    )


def set_language(session: Session, *, staff_user_id: int, language: str) -> None:
    """Remember the language a user chose (pl or en)."""
    session.execute(
        text("update operational.staff_users set language = :language where id = :id"),
        {"language": language, "id": staff_user_id},
    )
