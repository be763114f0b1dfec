"""Messages of issued notes: each note of interest or recovery costs goes to its customer once, as PDF.

Issuing leaves a row in the outbox in its own transaction; here such rows become messages, some at a time,
since every note is drawn. The key of the message is the note's number, so a repeated run queues nothing.
"""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.ledger.printing import note_pdf
from operational.kernel.settings import Settings
from operational.messaging.operations import Attachment, NewMessage, queue_messages

AT_ONCE = 100
_WAITING = text("""
  select o.id as outbox_id, o.key, n.public_id::text as public_id, n.kind, n.number, n.customer_id, n.amount,
    n.due_date
  from operational.outbox o
  join operational.interest_notes n on n.id = (o.payload ->> 'note_id')::bigint
  where o.topic = 'note.issued' and o.sent_at is null and o.failed_at is null
    and not exists (select from operational.messages m where m.key = o.key)
  order by o.id limit :limit for no key update of o skip locked""")
_LINK = text("""
  update operational.messages m set outbox_id = o.id
  from operational.outbox o where o.id = any(:ids) and m.key = o.key and m.outbox_id is null""")
_TEMPLATES = {"interest_note": "interest.note", "compensation_note": "interest.compensation"}


def queue_notes(session: Session, *, settings: Settings, as_of: datetime, limit: int = AT_ONCE) -> int:
    """Queue the messages of at most ``limit`` issued notes, each with its PDF; return how many.

    They reach the customer by the channel of invoices. The caller commits, and calls again until nothing is
    left.
    """
    rows = session.execute(_WAITING, {"limit": limit}).all()
    messages = [
        NewMessage(
            key=row.key,
            customer_id=row.customer_id,
            template=_TEMPLATES[row.kind],
            variables={"number": row.number, "amount": row.amount, "due_date": row.due_date},
            references={"note": row.public_id},
            attachments=(
                Attachment(
                    f"{row.number.replace('/', '-')}.pdf",
                    note_pdf(session, public_id=row.public_id, settings=settings)[1],
                ),
            ),
        )
        for row in rows
    ]
    if messages:
        queue_messages(session, messages=messages, as_of=as_of)
        session.execute(_LINK, {"ids": [row.outbox_id for row in rows]})
    return len(messages)
