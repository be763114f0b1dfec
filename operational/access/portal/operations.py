"""Writes of portal log-ins. Every function takes a session of the role iris_auth, which sees no customer
data.

The cookie holds a token of 256 random bits, the database its SHA-256. `expires_at` moves with every request,
so the look-up that row-level security makes knows the idle limit too: an idle session opens nothing, whatever
the app does.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.access import passwords, rules
from operational.kernel.errors import DomainError

IDLE_LIFETIME: Final = timedelta(minutes=15)
SESSION_LIFETIME: Final = timedelta(hours=12)
_LONGEST_LOGIN = 100


class PortalLoginTaken(DomainError):
    """Another customer uses this log-in already."""

    def __init__(self, login: str) -> None:
        super().__init__(
            "login_taken", f"The log-in '{login}' belongs to another account. Choose another one."
        )


@dataclass(frozen=True, slots=True)
class PortalLogIn:
    """What came of an attempt: a token on success, otherwise how long to wait (zero: just wrong)."""

    token: str | None
    wait: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class PortalSession:
    """Whose session a token opens."""

    customer_id: int
    customer_user_id: int


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a session token."""
    return hashlib.sha256(token.encode()).digest()


def log_in(session: Session, *, login: str, password: str, address: str, as_of: datetime) -> PortalLogIn:
    """Check an e-mail or customer number with a password and start a session; commit in every case.

    Answer and time are the same for an unknown account, a wrong password and a disabled account. After a few
    failures the account (known or not) and the address must wait, longer each time and never for good.
    """
    account = login.strip().lower()[:_LONGEST_LOGIN]
    wait = _wait(session, account=account, address=address, as_of=as_of)
    if wait:
        return PortalLogIn(None, wait)
    user = _account(session, account)
    matches = passwords.verify_password(user.password_hash if user else passwords.dummy_hash(), password)
    is_good = bool(user and matches and user.is_active)
    _record(session, account=account, address=address, is_good=is_good, as_of=as_of)
    if not is_good or user is None:
        return PortalLogIn(None)
    if passwords.needs_rehash(user.password_hash):
        session.execute(
            text("update operational.customer_users set password_hash = :hash where id = :id"),
            {"hash": passwords.hash_password(password), "id": user.id},
        )
    token = secrets.token_urlsafe(32)
    session.execute(
        text("""
            insert into sec.web_sessions (token_hash, customer_user_id, customer_id, created_at, last_seen_at,
            expires_at) values (:hash, :user, :customer, :now, :now, :until)"""),
        {
            "hash": token_hash(token),
            "user": user.id,
            "customer": user.customer_id,
            "now": as_of,
            "until": as_of + IDLE_LIFETIME,
        },
    )
    return PortalLogIn(token)


def _account(session: Session, account: str) -> Row[Any] | None:
    """Return the account of a log-in; a customer number counts when only one account belongs to it."""
    rows = session.execute(
        text("""
            select id, customer_id, login, password_hash, is_active from operational.customer_users
             where login = :login or lower(customer_number) = :login order by (login = :login) desc, id limit
             2"""),
        {"login": account},
    ).all()
    if not rows or (rows[0].login != account and len(rows) > 1):
        return None
    return rows[0]


def _wait(session: Session, *, account: str, address: str, as_of: datetime) -> timedelta:
    waits = []
    subjects = (
        (f"account:{account}", rules.FREE_ATTEMPTS_PER_ACCOUNT),
        (f"address:{address}", rules.FREE_ATTEMPTS_PER_ADDRESS),
    )
    for subject, free in subjects:
        failed: list[datetime] = list(
            session.execute(
                text("""
                select a.attempted_at from sec.login_attempts a
                 where a.realm = 'ebok' and a.subject = :subject and not a.was_successful and a.attempted_at >
                 :since
                   and not exists (select 1 from sec.login_attempts b where b.realm = a.realm
                        and b.subject = a.subject and b.was_successful and b.attempted_at > a.attempted_at)
                 order by a.attempted_at desc limit 40"""),
                {"subject": subject, "since": as_of - rules.ATTEMPT_WINDOW},
            ).scalars()
        )
        waits.append(rules.wait_before_next_attempt(failed, free_attempts=free, as_of=as_of))
    return max(waits)


def _record(session: Session, *, account: str, address: str, is_good: bool, as_of: datetime) -> None:
    """Note the attempt; a success forgives the account only, so that one good account cannot clear an
    address.
    """
    subjects = [f"account:{account}"] if is_good else [f"account:{account}", f"address:{address}"]
    session.execute(
        text("""
            insert into sec.login_attempts (realm, subject, attempted_at, was_successful)
            values ('ebok', :subject, :now, :good)"""),
        [{"subject": subject, "now": as_of, "good": is_good} for subject in subjects],
    )


def resume(session: Session, *, token: str, as_of: datetime) -> PortalSession | None:
    """Continue the session of a token and move its idle limit; None when it ended or the account was
    disabled.
    """
    row = session.execute(
        text("""
            update sec.web_sessions s
               set last_seen_at = :now, expires_at = least(s.created_at + :lifetime, :now + :idle)
              from operational.customer_users u
             where u.id = s.customer_user_id and u.is_active and s.token_hash = :hash and s.revoked_at is null
               and s.expires_at > :now and s.created_at + :lifetime > :now
            returning s.customer_id, s.customer_user_id"""),
        {"now": as_of, "hash": token_hash(token), "lifetime": SESSION_LIFETIME, "idle": IDLE_LIFETIME},
    ).one_or_none()
    return None if row is None else PortalSession(row.customer_id, row.customer_user_id)


def log_out(session: Session, *, token: str, as_of: datetime) -> bool:
    """End the session of a token in the database; False when it had ended."""
    ended = session.execute(
        text("""
            update sec.web_sessions set revoked_at = :now
             where token_hash = :hash and revoked_at is null returning customer_id"""),
        {"now": as_of, "hash": token_hash(token)},
    ).scalar()
    return ended is not None


def create_account(session: Session, *, customer_id: int, login: str, password: str) -> int:
    """Make a log-in for a customer (role iris_app); raise WeakPassword or PortalLoginTaken; return its id.

    The customer number works as a log-in beside it without a row of its own.
    """
    passwords.check_strength(password)
    name = login.strip().lower()[:_LONGEST_LOGIN]
    made = session.execute(
        text("""
            insert into operational.customer_users (customer_id, login, password_hash) values (:customer,
            :login, :hash) on conflict (login) do nothing returning id"""),
        {"customer": customer_id, "login": name, "hash": passwords.hash_password(password)},
    ).scalar()
    if made is None:
        raise PortalLoginTaken(name)
    return int(made)
