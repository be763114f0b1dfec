"""The outbox as a queue: claiming rows, marking what became of them; claims end with the transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.messaging.outgoing import Outgoing
from operational.messaging.rules import MOST_ATTEMPTS, wait_after

TOPIC = "document.issued"

# A new message is due at once, whatever day it is by the caller's clock; only failures wait for their time.
_WAITING = """
      from operational.outbox o
      join operational.documents d on d.id = (o.payload ->> 'document_id')::bigint
      join operational.customers c on c.id = d.customer_id
      join operational.addresses a on a.id = c.address_id
     where o.topic = 'document.issued' and o.sent_at is null and o.failed_at is null
       and (o.attempts = 0 or o.next_attempt_at <= :as_of)"""
_COLUMNS = """
    select o.id as outbox_id, d.id as document_id, o.attempts, d.kind, d.number, d.issue_date, d.due_date,
           d.period_from, d.period_to, d.gross_amount, c.virtual_account, c.language, coalesce(c.email, '') as
           email, c.customer_number, c.name, a.street || ' ' || a.building || case a.flat when '' then '' else
           '/' || a.flat end as street_line, a.postal_code || ' ' || a.city as city_line"""
_BY_EMAIL = " and c.invoice_channel = 'email' and coalesce(c.email, '') <> ''"


def deliver_to_portal(session: Session, *, as_of: datetime, limit: int) -> int:
    """Mark documents that the portal shows anyway: channel EBOK, or e-mail without an address; return how
    many.
    """
    done = session.execute(
        text(f"""
            with claimed as (
              select o.id {_WAITING}
                and (c.invoice_channel = 'ebok' or (c.invoice_channel = 'email' and coalesce(c.email, '') =
                ''))
               order by o.id limit :limit for update of o skip locked)
            update operational.outbox o
               set sent_at = :as_of, attempts = o.attempts + 1, payload = o.payload || '{{"channel": "ebok"}}'
              from claimed where o.id = claimed.id returning o.id"""),
        {"as_of": as_of, "limit": limit},
    )
    return len(done.all())


def claim_email(session: Session, *, as_of: datetime) -> Outgoing | None:
    """Lock the next e-mail that is due; None when there is none that nobody else has."""
    row = session.execute(
        text(f"{_COLUMNS} {_WAITING} {_BY_EMAIL} order by o.id limit 1 for update of o skip locked"),
        {"as_of": as_of},
    ).one_or_none()
    return None if row is None else Outgoing(**row._mapping)


def count_emails(session: Session, *, as_of: datetime) -> int:
    """Count the e-mails that are due."""
    return int(
        session.execute(text(f"select count(*) {_WAITING} {_BY_EMAIL}"), {"as_of": as_of}).scalar_one()
    )


def assign_letters(session: Session, *, batch: str, as_of: datetime, limit: int) -> int:
    """Write a batch name into the rows of letters that have none; return how many.

    The name is committed before the file is written, so a run that was killed makes the same file again.
    """
    done = session.execute(
        text(f"""
            with claimed as (
              select o.id {_WAITING} and c.invoice_channel = 'letter' and not o.payload ? 'letter_batch'
               order by o.id limit :limit for update of o skip locked)
            update operational.outbox o set payload = o.payload || jsonb_build_object('letter_batch',
            cast(:batch as text))
              from claimed where o.id = claimed.id returning o.id"""),
        {"as_of": as_of, "limit": limit, "batch": batch},
    )
    return len(done.all())


def open_batch(session: Session, *, as_of: datetime) -> str | None:
    """Return the name of a letter batch that was assigned and not finished, oldest first."""
    found = session.execute(
        text(
            f"select o.payload ->> 'letter_batch' {_WAITING}"
            " and o.payload ? 'letter_batch' order by o.id limit 1"
        ),
        {"as_of": as_of},
    ).scalar()
    return None if found is None else str(found)


def claim_batch(session: Session, *, batch: str, as_of: datetime) -> list[Outgoing]:
    """Lock all letters of a batch; empty when another process has it."""
    rows = session.execute(
        text(
            f"{_COLUMNS} {_WAITING} and o.payload ->> 'letter_batch' = :batch order by o.id for update of o"
        ),
        {"as_of": as_of, "batch": batch},
    )
    return [Outgoing(**row._mapping) for row in rows]


def mark_sent(session: Session, *, outbox_ids: list[int], channel: str, as_of: datetime) -> None:
    """Say that the rows went out, by which channel."""
    session.execute(
        text("""
            update operational.outbox set sent_at = :as_of, attempts = attempts + 1, last_error = null,
                   payload = payload || jsonb_build_object('channel', cast(:channel as text))
             where id = any(:ids)"""),
        {"as_of": as_of, "channel": channel, "ids": outbox_ids},
    )


def mark_failure(
    session: Session, *, outgoing: Outgoing, reason: str, is_final: bool, as_of: datetime
) -> bool:
    """Count a failed attempt; return True when it was the last one."""
    attempts = outgoing.attempts + 1
    gives_up = is_final or attempts >= MOST_ATTEMPTS
    given: dict[str, Any] = {
        "id": outgoing.outbox_id,
        "attempts": attempts,
        "next": as_of + wait_after(attempts),
        "failed": as_of if gives_up else None,
        "reason": reason[:200],
    }
    session.execute(
        text("""
            update operational.outbox set attempts = :attempts, next_attempt_at = :next, failed_at = :failed,
                   last_error = :reason where id = :id"""),
        given,
    )
    return gives_up
