"""Consents of a customer: given and withdrawn, each with channel, source and day; nothing is overwritten.

The consent in force for a kind is the row that none superseded (GDPR art. 7(1):
the seller must be able to show when and how consent was given; art. 7(3): withdrawing is as easy as giving).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.customers.operations import CustomerNotFound
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows


class ConsentKind(StrEnum):
    """What a customer agrees to."""

    MARKETING_EMAIL = "marketing_email"
    MARKETING_SMS = "marketing_sms"
    MARKETING_PHONE = "marketing_phone"
    EINVOICE = "einvoice"
    PROFILING = "profiling"


class ConsentChannel(StrEnum):
    """How a consent was given or withdrawn, as offered on the screen; other words are kept as they come."""

    OFFICE = "office"
    PHONE = "phone"
    EMAIL = "email"
    LETTER = "letter"
    PORTAL = "portal"
    CONTRACT = "contract"


class InvalidConsent(DomainError):
    """A consent that cannot be recorded."""


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent (or its withdrawal) as given; `superseded_at` None means in force."""

    id: int
    kind: str
    channel: str
    granted: bool
    given_on: date
    source: str
    recorded_at: datetime
    superseded_at: datetime | None
    recorded_by: str


def give(
    session: Session,
    *,
    customer_id: int,
    kind: str,
    channel: str,
    granted: bool,
    given_on: date,
    source: str,
    paper_id: int | None = None,
) -> int | None:
    """Record that a customer gave (or refused, withdrew) a consent; return the id of the new row.

    The same decision as the one in force, given on the same day or before it,
    adds nothing and returns None, so a form sent twice leaves one row.
    A decision older than the one in force is kept as history only.
    Raises InvalidConsent for an unknown kind or an empty channel or source, CustomerNotFound.
    """
    if kind not in set(ConsentKind):
        raise InvalidConsent(
            "unknown_consent", f"There is no consent '{kind}'. Use {', '.join(ConsentKind)}."
        )
    if not channel.strip() or not source.strip():
        raise InvalidConsent("consent_without_source", "Say how and where the consent was given.")
    locked = first(
        session, "select id from operational.customers where id = :id for update", {"id": customer_id}
    )
    if locked is None:
        raise CustomerNotFound(customer_id)
    current = first(
        session,
        "select id, granted, given_on from operational.consents"
        " where customer_id = :customer and kind = :kind and superseded_at is null",
        {"customer": customer_id, "kind": kind},
    )
    if current and current.granted == granted and current.given_on >= given_on:
        return None
    is_older = bool(current and current.given_on > given_on)
    if current and not is_older:
        session.execute(
            text("update operational.consents set superseded_at = clock_timestamp() where id = :id"),
            {"id": current.id},
        )
    return int(
        session.execute(
            text(
                "insert into operational.consents (customer_id, kind, channel, granted, given_on, source,"
                " paper_id, superseded_at)"
                " values (:customer, :kind, :channel, :granted, :day, :source, :paper,"
                " case when :older then clock_timestamp() end) returning id"
            ),
            {
                "customer": customer_id, "kind": kind, "channel": channel.strip()[:40], "granted": granted,
                "day": given_on, "source": source.strip()[:200], "paper": paper_id, "older": is_older,
            },
        ).scalar_one()
    )  # fmt: skip


def history(session: Session, *, customer_id: int) -> list[Consent]:
    """Return every consent of a customer, the newest decision of each kind first."""
    found = rows(
        session,
        "select id, kind, channel, granted, given_on, source, recorded_at, superseded_at, recorded_by"
        " from operational.consents where customer_id = :id"
        " order by superseded_at is not null, given_on desc, id desc",
        {"id": customer_id},
    )
    return [Consent(*row) for row in found]


def in_force(session: Session, *, customer_id: int) -> dict[str, Consent]:
    """Return the consent in force for each kind that the customer ever decided on."""
    found = history(session, customer_id=customer_id)
    return {consent.kind: consent for consent in reversed(found) if consent.superseded_at is None}
