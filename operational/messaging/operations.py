"""Writes of messaging: putting messages into the queue, and what a person may do to one of them.

Delivery is in `delivery.py`, letter batches in `letters.py`, texts in `template_operations.py`.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.messaging.delivery import DeliveryResult, deliver_outbox
from operational.messaging.texts import BadVariables, Value, stored

__all__ = [
    "Attachment",
    "BadVariables",
    "DeliveryResult",
    "NewMessage",
    "QueueResult",
    "UnknownTemplate",
    "cancel_message",
    "clear_bad_address",
    "deliver_outbox",
    "hold_messages",
    "queue_messages",
    "release_messages",
    "retry_messages",
]
CHANNELS = ("email", "sms", "ebok", "letter")


class UnknownTemplate(DomainError):
    """A message names a template or channel that does not exist."""


class MessageNotChanged(DomainError):
    """None of the messages is in the state that the act needs."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF that goes with a message (a note, a confirmation) and is kept as it was sent."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class NewMessage:
    """One message to a customer.

    ``key`` makes a second time impossible (`reminder:<case>:<step>`). ``template`` is a code of
    `message_templates`, ``variables`` exactly the declared ones: money as Decimal (PLN), days as date,
    periods as (first day, day after the last). An empty ``channel`` means the template's own, else the
    customer's; an empty ``language`` the customer's; an empty ``recipient`` the address in the customer's
    file at the moment of sending. ``references`` are ids of other rooms, found again by
    `queries.messages_about`.
    """

    key: str
    customer_id: int
    template: str
    variables: Mapping[str, Value] = field(default_factory=dict)
    channel: str = ""
    language: str = ""
    document_id: int | None = None
    references: Mapping[str, str | int] = field(default_factory=dict)
    recipient: str = ""
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class QueueResult:
    """What became of the messages: how many are new, how many were there before under the same key."""

    queued: int
    duplicates: int
    ids: Mapping[str, int]


def queue_messages(session: Session, *, messages: Sequence[NewMessage], as_of: datetime) -> QueueResult:
    """Put messages into the queue in two statements, whatever their number; each key is queued once.

    Nothing is sent here: delivery follows the commit. A key that is known already is left as it was.
    Raises UnknownTemplate or BadVariables before anything is written.
    """
    declared = _declared(session)
    rows = [{"position": at, **_row(message, declared)} for at, message in enumerate(messages)]
    _keep_files(session, messages)
    added = session.execute(
        text("""
            insert into operational.messages (key, template_code, channel, language, customer_id, document_id,
                   variables, refs, files, recipient, priority, created_at, next_attempt_at)
            select n.key, n.template_code,
                   coalesce(nullif(n.channel, ''), t.default_channel,
                            case when c.invoice_channel = 'email' and coalesce(c.email, '') = '' then 'ebok'
                                 else c.invoice_channel end),
                   coalesce(nullif(n.language, ''), c.language), n.customer_id, n.document_id, n.variables,
                   n.refs, n.files, n.recipient, t.priority, :as_of, :as_of
              from jsonb_to_recordset(cast(:rows as jsonb)) as n(
                   position int, key text, template_code text, channel text, language text,
                   customer_id bigint, document_id bigint, variables jsonb, refs jsonb, files jsonb,
                   recipient text)
              join operational.message_templates t on t.code = n.template_code
              join operational.customers c on c.id = n.customer_id
             order by n.position on conflict (key) do nothing returning id"""),
        {"rows": json.dumps(rows), "as_of": as_of},
    ).all()
    found = session.execute(
        text("select key, id from operational.messages where key = any(:keys)"),
        {"keys": [message.key for message in messages]},
    )
    ids = {row.key: int(row.id) for row in found}
    lost = next((message for message in messages if message.key not in ids), None)
    if lost is not None:
        raise UnknownTemplate(
            "message_customer", f"Customer {lost.customer_id} of message {lost.key} does not exist."
        )
    return QueueResult(len(added), len(messages) - len(added), ids)


def _declared(session: Session) -> dict[str, dict[str, str]]:
    rows = session.execute(text("select code, variables from operational.message_templates"))
    return {row.code: dict(row.variables) for row in rows}


def _row(message: NewMessage, declared: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    if message.template not in declared or (message.channel and message.channel not in CHANNELS):
        raise UnknownTemplate(
            "message_template",
            f"Message {message.key}: there is no template {message.template} or channel {message.channel!r}."
            f" Templates: {', '.join(sorted(declared))}.",
        )
    return {
        "key": message.key,
        "template_code": message.template,
        "channel": message.channel,
        "language": message.language,
        "customer_id": message.customer_id,
        "document_id": message.document_id,
        "variables": stored(message.variables, declared[message.template], template=message.template),
        "refs": {name: str(value) for name, value in message.references.items()},
        "files": [
            {"name": one.name, "sha256": hashlib.sha256(one.content).hexdigest()}
            for one in message.attachments
        ],
        "recipient": message.recipient,
    }


def _keep_files(session: Session, messages: Sequence[NewMessage]) -> None:
    files = {hashlib.sha256(one.content).digest(): one.content for m in messages for one in m.attachments}
    if files:
        session.execute(
            text("""
                insert into operational.message_files (sha256, content, media_type)
                values (:sha256, :content, 'application/pdf') on conflict do nothing"""),
            [{"sha256": digest, "content": content} for digest, content in sorted(files.items())],
        )


def hold_messages(session: Session, *, message_ids: Sequence[int], reason: str, as_of: datetime) -> int:
    """Keep waiting messages back until they are released; return how many. Raise MessageNotChanged."""
    return _move(session, message_ids, ("waiting",), "held", kind="held", reason=reason, as_of=as_of)


def release_messages(session: Session, *, message_ids: Sequence[int], as_of: datetime) -> int:
    """Let held messages go out; return how many. Raise MessageNotChanged."""
    return _move(session, message_ids, ("held",), "waiting", kind="released", as_of=as_of)


def retry_messages(session: Session, *, message_ids: Sequence[int], as_of: datetime) -> int:
    """Put failed messages back into the queue, due at once; return how many. Raise MessageNotChanged."""
    return _move(session, message_ids, ("failed",), "waiting", kind="retried", as_of=as_of)


def cancel_message(session: Session, *, message_id: int, reason: str, as_of: datetime) -> int:
    """Give up a message that has not gone out, e.g. a reminder of what was paid meanwhile."""
    return _move(
        session, [message_id], ("waiting", "held", "failed"), "cancelled", kind="cancelled", reason=reason,
        as_of=as_of,
    )  # fmt: skip


def _move(
    session: Session, ids: Sequence[int], before: Sequence[str], after: str, *, kind: str, as_of: datetime,
    reason: str = "",
) -> int:  # fmt: skip
    moved = session.execute(
        text("""
            with moved as (
              update operational.messages
                 set status = :after, next_attempt_at = :as_of,
                     attempts = case when :after = 'waiting' then 0 else attempts end,
                     failed_at = case when :after = 'waiting' then null else failed_at end,
                     last_error = case when :reason <> '' then :reason
                                   when :after = 'waiting' then '' else last_error end
               where id = any(:ids) and status = any(:before) returning id, channel)
            insert into operational.message_events (message_id, kind, channel, occurred_at, detail)
            select id, :kind, channel, :as_of, :reason from moved order by id returning message_id"""),
        {
            "ids": list(ids), "before": list(before), "after": after, "kind": kind, "reason": reason[:200],
            "as_of": as_of,
        },
    ).all()  # fmt: skip
    if not moved:
        raise MessageNotChanged(
            "message_not_changed",
            f"No chosen message is {' or '.join(before)}. Reload the list and choose again.",
        )
    return len(moved)


def clear_bad_address(session: Session, *, bad_address_id: int, actor: str, as_of: datetime) -> None:
    """Say that an address marked as bad works again, so that messages go there; raise MessageNotChanged."""
    changed = session.execute(
        text("""
            update operational.bad_addresses set cleared_at = :as_of, cleared_by = :actor
             where id = :id and cleared_at is null returning id"""),
        {"id": bad_address_id, "actor": actor, "as_of": as_of},
    ).scalar()
    if changed is None:
        raise MessageNotChanged("message_not_changed", "The address was cleared before. Reload the page.")
