"""Reads of messaging: the state of the queue, messages one by one and about something, letter batches."""

from collections.abc import Mapping
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
class MessageRow:
    """A message of a list: to whom, about what, by which channel, and what became of it."""

    id: int
    public_id: str
    key: str
    template_code: str
    name_pl: str
    name_en: str
    channel: str
    language: str
    status: str
    customer_public_id: str
    customer_number: str
    customer_name: str
    document_public_id: str | None
    document_number: str | None
    created_at: datetime
    created_by: str
    attempts: int
    next_attempt_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    failed_at: datetime | None
    last_error: str
    read_at: datetime | None
    is_secret: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One step in the life of a message."""

    kind: str
    channel: str
    occurred_at: datetime
    reference: str
    detail: str
    recorded_by: str


@dataclass(frozen=True, slots=True)
class Count:
    """Messages of one channel and status; ``oldest_at`` is when the oldest of them was queued."""

    channel: str
    status: str
    count: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class BadAddress:
    """An address that bounced."""

    id: int
    channel: str
    address: str
    reason: str
    marked_at: datetime
    customer_number: str | None
    customer_name: str | None
    customer_public_id: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of letters."""

    id: int
    public_id: str
    name: str
    made_at: datetime
    made_by: str
    letters: int
    pages: int
    pdf_sha256: str
    index_sha256: str
    reprint_of: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class BatchLetter:
    """A letter of a batch with its pages."""

    position: int
    page_from: int
    pages: int
    message_public_id: str
    name_pl: str
    name_en: str
    customer_number: str
    customer_name: str
    document_number: str | None


_ROWS = """
    select m.id, m.public_id::text as public_id, m.key, m.template_code, t.name_pl, t.name_en, m.channel,
           m.language, m.status, c.public_id::text as customer_public_id, c.customer_number,
           c.name as customer_name, d.public_id::text as document_public_id, d.number as document_number,
           m.created_at, m.created_by, m.attempts, m.next_attempt_at, m.sent_at, m.delivered_at, m.failed_at,
           m.last_error, r.read_at, t.is_secret
      from operational.messages m
      join operational.message_templates t on t.code = m.template_code
      join operational.customers c on c.id = m.customer_id
      left join operational.documents d on d.id = m.document_id
      left join operational.notice_reads r on r.message_id = m.id"""


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


def counts(session: Session, *, since: datetime) -> list[Count]:
    """Return counts by channel and status: everything open, and what was finished since an instant.

    Documents that have no message yet count as waiting e-mails, letters or notices only after the next run.
    """
    rows = session.execute(
        text("""
            select channel, status, count(*) as count, min(created_at) as oldest_at from operational.messages
             where status in ('waiting', 'held', 'failed') or coalesce(sent_at, failed_at, created_at) >=
               :since
             group by channel, status order by channel, status"""),
        {"since": since},
    )
    return [Count(**row._mapping) for row in rows]


def unexpanded(session: Session) -> int:
    """Count the issued documents whose message has not been made yet."""
    found = session.execute(
        text("""
            select count(*) from operational.outbox o
             where o.topic = 'document.issued' and o.sent_at is null and o.failed_at is null
               and not exists (select from operational.messages m where m.key = o.key)""")
    )
    return int(found.scalar_one())


def messages(
    session: Session, *, channel: str = "", status: str = "", template: str = "", customer: str = "",
    offset: int = 0, limit: int = 51,
) -> list[MessageRow]:  # fmt: skip
    """Return messages, newest first; empty filters mean all. ``customer`` is a customer number."""
    given = {
        "channel": channel, "status": status, "template": template, "customer": customer, "offset": offset,
        "limit": limit,
    }  # fmt: skip
    conditions = [
        wanted
        for value, wanted in (
            (channel, "m.channel = :channel"),
            (status, "m.status = :status"),
            (template, "m.template_code = :template"),
            (customer, "c.customer_number = :customer"),
        )
        if value
    ]
    where = f" where {' and '.join(conditions)}" if conditions else ""
    rows = session.execute(
        text(f"{_ROWS}{where} order by m.created_at desc, m.id desc offset :offset limit :limit"), given
    )
    return [MessageRow(**row._mapping) for row in rows]


def message(session: Session, *, public_id: str) -> MessageRow | None:
    """Return one message, or None."""
    row = session.execute(text(f"{_ROWS} where m.public_id = :id"), {"id": public_id}).one_or_none()
    return None if row is None else MessageRow(**row._mapping)


def messages_of_customer(session: Session, *, customer_id: int, limit: int = 50) -> list[MessageRow]:
    """Return a customer's messages, newest first."""
    rows = session.execute(
        text(f"{_ROWS} where m.customer_id = :id order by m.created_at desc, m.id desc limit :limit"),
        {"id": customer_id, "limit": limit},
    )
    return [MessageRow(**row._mapping) for row in rows]


def messages_of_document(session: Session, *, document_id: int) -> list[MessageRow]:
    """Return the messages about a document, in the order they came to be."""
    rows = session.execute(text(f"{_ROWS} where m.document_id = :id order by m.id"), {"id": document_id})
    return [MessageRow(**row._mapping) for row in rows]


def messages_about(
    session: Session, *, customer_id: int, references: Mapping[str, str | int]
) -> list[MessageRow]:
    """Return a customer's messages that carry all given references (of `NewMessage.references`), oldest
    first.
    """
    import json

    wanted = json.dumps({name: str(value) for name, value in references.items()})
    rows = session.execute(
        text(f"{_ROWS} where m.customer_id = :customer and m.refs @> cast(:wanted as jsonb) order by m.id"),
        {"customer": customer_id, "wanted": wanted},
    )
    return [MessageRow(**row._mapping) for row in rows]


def events(session: Session, *, message_id: int) -> list[Event]:
    """Return what happened to a message, in order."""
    rows = session.execute(
        text("""
            select kind, channel, occurred_at, reference, detail, recorded_by from operational.message_events
             where message_id = :id order by id"""),
        {"id": message_id},
    )
    return [Event(**row._mapping) for row in rows]


def bad_addresses(session: Session, *, limit: int = 100) -> list[BadAddress]:
    """Return the addresses that are not used any more, newest first."""
    rows = session.execute(
        text("""
            select b.id, b.channel, b.address, b.reason, b.marked_at, c.customer_number,
                   c.name as customer_name, c.public_id::text as customer_public_id
              from operational.bad_addresses b
              left join operational.messages m on m.id = b.message_id
              left join operational.customers c on c.id = m.customer_id
             where b.cleared_at is null order by b.marked_at desc limit :limit"""),
        {"limit": limit},
    )
    return [BadAddress(**row._mapping) for row in rows]


_BATCHES = """
    select b.id, b.public_id::text as public_id, b.name, b.made_at, b.made_by, b.letters, b.pages,
           encode(b.pdf_sha256, 'hex') as pdf_sha256, encode(b.index_sha256, 'hex') as index_sha256,
           o.name as reprint_of, b.reason
      from operational.letter_batches b left join operational.letter_batches o on o.id = b.reprint_of"""


def batches(session: Session, *, offset: int = 0, limit: int = 51) -> list[Batch]:
    """Return batches of letters, newest first."""
    rows = session.execute(
        text(f"{_BATCHES} order by b.id desc offset :offset limit :limit"), {"offset": offset, "limit": limit}
    )
    return [Batch(**row._mapping) for row in rows]


def batch(session: Session, *, public_id: str) -> Batch | None:
    """Return one batch, or None."""
    row = session.execute(text(f"{_BATCHES} where b.public_id = :id"), {"id": public_id}).one_or_none()
    return None if row is None else Batch(**row._mapping)


def batch_letters(session: Session, *, batch_id: int, limit: int = 1000) -> list[BatchLetter]:
    """Return the letters of a batch in order."""
    rows = session.execute(
        text("""
            select i.position, i.page_from, i.pages, m.public_id::text as message_public_id, t.name_pl,
              t.name_en,
                   c.customer_number, c.name as customer_name, d.number as document_number
              from operational.letter_batch_items i
              join operational.messages m on m.id = i.message_id
              join operational.message_templates t on t.code = m.template_code
              join operational.customers c on c.id = m.customer_id
              left join operational.documents d on d.id = m.document_id
             where i.batch_id = :id order by i.position limit :limit"""),
        {"id": batch_id, "limit": limit},
    )
    return [BatchLetter(**row._mapping) for row in rows]


def batch_file(session: Session, *, batch_id: int, kind: str) -> bytes:
    """Return the stored PDF or index of a batch (``kind``: pdf, csv)."""
    column = {"pdf": "pdf", "csv": "index_csv"}[kind]
    content: bytes = session.execute(
        text(f"select {column} from operational.letter_batches where id = :id"), {"id": batch_id}
    ).scalar_one()
    return bytes(content)


def batches_of_message(session: Session, *, message_id: int) -> list[Batch]:
    """Return the batches that a letter was printed in, the first print first."""
    rows = session.execute(
        text(f"""{_BATCHES} where b.id in (
                   select batch_id from operational.letter_batch_items where message_id = :id) order by
                     b.id"""),
        {"id": message_id},
    )
    return [Batch(**row._mapping) for row in rows]
