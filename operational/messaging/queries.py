"""Reads of messaging: what became of each document's message, and the state of the whole outbox."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Delivery:
    """The message of one document; ``state`` is waiting, sent or failed, ``channel`` empty while it waits."""

    outbox_id: int
    document_id: int
    state: str
    channel: str
    created_at: datetime
    sent_at: datetime | None
    failed_at: datetime | None
    next_attempt_at: datetime
    attempts: int
    last_error: str


@dataclass(frozen=True, slots=True)
class OutboxState:
    """Counts of the outbox and the age of the oldest waiting row, for the monitor."""

    waiting: int
    due: int
    sent: int
    failed: int
    oldest_waiting_at: datetime | None


@dataclass(frozen=True, slots=True)
class FailedMessage:
    """A message that needs a person."""

    outbox_id: int
    number: str
    customer_number: str
    attempts: int
    failed_at: datetime
    last_error: str


def deliveries(session: Session, *, document_ids: list[int]) -> dict[int, Delivery]:
    """Return the delivery of each document that has an outbox row, by document id."""
    rows = session.execute(
        text("""
            select o.id as outbox_id, (o.payload ->> 'document_id')::bigint as document_id,
                   case when o.sent_at is not null then 'sent' when o.failed_at is not null then 'failed'
                        else 'waiting' end as state,
                   coalesce(o.payload ->> 'channel', '') as channel, o.created_at, o.sent_at, o.failed_at,
                   o.next_attempt_at, o.attempts, coalesce(o.last_error, '') as last_error
              from operational.outbox o
             where o.topic = 'document.issued' and (o.payload ->> 'document_id')::bigint = any(:ids)"""),
        {"ids": document_ids},
    )
    return {row.document_id: Delivery(**row._mapping) for row in rows}


def outbox_state(session: Session, *, as_of: datetime) -> OutboxState:
    """Return the counts of all messages; ``due`` are those to be tried at the instant ``as_of``."""
    row = session.execute(
        text("""
            select count(*) filter (where sent_at is null and failed_at is null) as waiting,
                   count(*) filter (where sent_at is null and failed_at is null
                                    and (attempts = 0 or next_attempt_at <= :as_of)) as due,
                   count(*) filter (where sent_at is not null) as sent,
                   count(*) filter (where failed_at is not null) as failed,
                   min(created_at) filter (where sent_at is null and failed_at is null) as oldest_waiting_at
              from operational.outbox"""),
        {"as_of": as_of},
    ).one()
    return OutboxState(**row._mapping)


def failed_messages(session: Session, *, limit: int = 100) -> list[FailedMessage]:
    """Return the messages that were given up, newest first."""
    rows = session.execute(
        text("""
            select o.id as outbox_id, d.number, c.customer_number, o.attempts, o.failed_at,
                   coalesce(o.last_error, '') as last_error
              from operational.outbox o
              join operational.documents d on d.id = (o.payload ->> 'document_id')::bigint
              join operational.customers c on c.id = d.customer_id
             where o.failed_at is not null and o.sent_at is null order by o.failed_at desc limit :limit"""),
        {"limit": limit},
    )
    return [FailedMessage(**row._mapping) for row in rows]
