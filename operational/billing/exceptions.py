"""Writes on the queue of exceptions: hold, release, close. Reached through ``operations``."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.billing import queries
from operational.billing.limits import GUARDS, HOLD
from operational.kernel.calendar import civil_day
from operational.kernel.errors import DomainError


class ExceptionClosed(DomainError):
    """The exception was resolved, or changed, by someone else."""

    def __init__(self, found: queries.BillingException) -> None:
        state = (
            f"was resolved as '{found.resolution}' by {found.resolved_by}"
            if found.resolution
            else "was changed"
        )
        super().__init__(
            "row_version_conflict", f"Exception {found.id} {state} meanwhile. Reload the queue of exceptions."
        )


class CannotRelease(DomainError):
    """The scope cannot be computed, so there is nothing to release."""

    def __init__(self, found: queries.BillingException) -> None:
        super().__init__(
            "cannot_release",
            f"Exception {found.id} ({found.code}) cannot be released: the bill cannot be computed. "
            f"{found.cure}",
        )


class HoldWithoutReason(DomainError):
    """A hold that nobody could explain later."""

    def __init__(self) -> None:
        super().__init__(
            "hold_without_reason", "Write why the billing is held; the reason is shown in the queue."
        )


class HoldInThePast(DomainError):
    """A hold that would end before it begins."""

    def __init__(self, day: date) -> None:
        super().__init__(
            "hold_in_the_past", f"The hold would end on {day}, which is not after today. Choose a later day."
        )


def release_exception(session: Session, *, exception_id: int, as_of: datetime) -> None:
    """Let a scope that a guard parked be billed with the very amount it was parked with; the caller commits.

    It is billed when its run is issued again, or in the next run. Raises ExceptionClosed, CannotRelease.
    """
    found = queries.exception(session, exception_id=exception_id)
    _resolve(session, found, "released", found.row_version, as_of)


def resolve_exception(
    session: Session,
    *,
    exception_public_id: str,
    resolution: str,
    as_of: datetime,
    row_version: int | None = None,
) -> None:
    """Close an exception as ``released`` (bill it), ``fixed`` (data corrected) or ``dismissed`` (nothing to
    do).

    The caller commits. A blocking one that is not released comes back with the next run unless its cause is
    gone. ``row_version`` is what the person saw. Raises ExceptionClosed when it changed meanwhile,
    CannotRelease.
    """
    if resolution not in {"released", "fixed", "dismissed"}:
        raise DomainError(
            "wrong_resolution",
            f"'{resolution}' is no way to close an exception. Choose 'released', 'fixed' or 'dismissed'.",
        )
    found = queries.exception_by_public_id(session, public_id=exception_public_id)
    _resolve(session, found, resolution, found.row_version if row_version is None else row_version, as_of)


def hold_scope(
    session: Session,
    *,
    reason: str,
    as_of: datetime,
    scope_key: str | None = None,
    supply_point_id: int | None = None,
    customer_id: int | None = None,
    hold_until: date | None = None,
) -> int:
    """Keep a scope, a supply point or a whole customer from being billed until the hold is released.

    Give one of the three. ``hold_until`` is the day on which the hold ends by itself. Returns the exception's
    id; the caller commits. Raises HoldWithoutReason, HoldInThePast.
    """
    if not reason.strip():
        raise HoldWithoutReason
    if hold_until is not None and hold_until <= civil_day(as_of):
        raise HoldInThePast(hold_until)
    added = session.execute(
        text(
            "insert into operational.billing_exceptions (scope_key, supply_point_id, customer_id, code, "
            "severity,"
            " message, cure, opened_at, hold_until) values (:scope_key, :supply_point_id, :customer_id, "
            ":code, "
            "'blocking',"
            " :reason, 'Release the hold when the matter is settled.', :as_of, :hold_until) returning id"
        ),
        {
            "scope_key": scope_key,
            "supply_point_id": supply_point_id,
            "customer_id": customer_id,
            "code": HOLD,
            "reason": reason.strip(),
            "as_of": as_of,
            "hold_until": hold_until,
        },
    )
    return int(added.scalar_one())


def open_review(
    session: Session,
    *,
    document_id: int,
    code: str,
    message: str,
    cure: str,
    as_of: datetime,
    stake: Decimal | None = None,
) -> int:
    """Ask for a look at what a document billed, one exception per scope of it; return how many are new.

    Billing goes on meanwhile: when the data are corrected, the next run corrects the document by itself.
    ``stake`` is the amount concerned in PLN (default: the gross of the document). The caller commits.
    """
    added: Any = session.execute(
        text(
            "insert into operational.billing_exceptions (scope_key, supply_point_id, customer_id, code,"
            " severity, message, cure, amount_at_stake, opened_at)"
            " select s.scope_key, s.supply_point_id, s.customer_id, :code, 'review', :message, :cure,"
            " coalesce(cast(:stake as numeric), d.gross_amount), :as_of"
            " from operational.documents d join operational.billing_scopes s on s.id in"
            " (select l.scope_id from operational.document_lines l where l.document_id = d.id)"
            " where d.id = :document on conflict do nothing"
        ),
        {
            "document": document_id, "code": code, "message": message, "cure": cure, "stake": stake,
            "as_of": as_of,
        },
    )  # fmt: skip
    return int(added.rowcount)


def _resolve(
    session: Session, found: queries.BillingException, resolution: str, row_version: int, as_of: datetime
) -> None:
    if resolution == "released" and found.code not in (*GUARDS, HOLD) and not found.rule_code:
        raise CannotRelease(found)
    result: Any = session.execute(
        text(
            "update operational.billing_exceptions set resolved_at = :as_of, resolved_by = "
            "operational.actor(),"
            " resolution = :resolution, row_version = row_version + 1"
            " where id = :id and resolved_at is null and row_version = :row_version"
        ),
        {"id": found.id, "resolution": resolution, "as_of": as_of, "row_version": row_version},
    )
    if not result.rowcount:
        raise ExceptionClosed(queries.exception(session, exception_id=found.id))
