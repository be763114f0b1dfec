"""What comes back after a message left: bounces of e-mails (RFC 3464) and delivery reports of SMS.

Each report is worked once: a bounce by the hash of its file, an SMS report by the state of its message.
"""

import logging
import mailbox
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import Message
from hashlib import sha256
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.messaging import queue
from operational.messaging.channels.smsapi import SmsChannel
from operational.messaging.outgoing import DeliveryFailed

_MOST_BYTES = 5_000_000
_REPORTS_AT_ONCE = 100
ASK_FOR = timedelta(days=3)
_log = logging.getLogger(__name__)
Factory = Callable[[], Session]


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a delivery status notification says of one message: action, status code, our Message-ID."""

    message_id: str
    action: str
    status_code: str

    @property
    def is_bad_address(self) -> bool:
        """Tell whether the address itself failed: 5.1.x, or another lasting failure of it (5.2.1)."""
        return self.action == "failed" and (
            self.status_code.startswith("5.1.") or self.status_code == "5.2.1"
        )


def parse_bounce(content: bytes) -> Bounce | None:
    """Return what a notification says, None when the mail is none; never raises on bad mail."""
    try:
        found = message_from_bytes(content, policy=policy.compat32)
        if found.get_content_type() != "multipart/report":
            return None
        return _read_report(found)
    except (ValueError, LookupError, AttributeError, TypeError):
        return None


def _read_report(report: Message) -> Bounce | None:
    action = status = original = ""
    for part in report.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in part.get_payload():
                if isinstance(block, Message) and block.get("Action"):
                    action = str(block["Action"]).strip().lower()
                    status = str(block.get("Status") or "").strip()[:20]
        elif kind == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                original = str(message_from_bytes(payload).get("Message-ID") or "")
        elif part is not report and part.get("Message-ID") and kind not in ("multipart/report",):
            original = original or str(part["Message-ID"])
    if action not in ("failed", "delayed", "delivered", "relayed", "expanded"):
        return None
    return Bounce(original.strip()[:300], action, status)


def take_bounces(session_factory: Factory, *, folder: Path, as_of: datetime) -> int:
    """Work every new mail of a Maildir and file it under read; return the number of bounced messages."""
    if not (folder / "new").is_dir():
        return 0
    box = mailbox.Maildir(folder, create=False)
    bounced = 0
    for name in sorted(box.keys()):
        mail = box.get_message(name)
        if mail.get_subdir() != "new":
            continue
        content = box.get_bytes(name)[:_MOST_BYTES]
        with session_factory() as session, session.begin():
            bounced += take_bounce(session, content=content, as_of=as_of)
        mail.set_subdir("cur")
        mail.add_flag("S")
        box[name] = mail
    return bounced


def take_bounce(session: Session, *, content: bytes, as_of: datetime) -> bool:
    """Apply one notification, once: mark the address, pass the message on; return True for a bounce."""
    said = parse_bounce(content)
    found = None
    if said is not None:
        found = session.execute(
            text("""
                select id, channel, sent_to, status from operational.messages
                 where provider_reference = :reference and channel = 'email' and :reference <> ''
                   for no key update"""),
            {"reference": said.message_id},
        ).one_or_none()
    is_new = session.execute(
        text("""
            insert into operational.message_bounces (sha256, message_id, action, status_code, received_at)
            values (:digest, :message_id, :action, :status, :as_of) on conflict do nothing returning 1"""),
        {
            "digest": sha256(content).digest(), "message_id": found.id if found else None,
            "action": said.action if said else "unreadable", "status": said.status_code if said else "",
            "as_of": as_of,
        },
    ).scalar()  # fmt: skip
    if not is_new or said is None or found is None or found.status not in ("sent", "delivered"):
        return False
    if said.action in ("delivered", "relayed"):
        _mark_delivered(session, found.id, as_of, said.status_code)
        return False
    if said.action != "failed":
        return False
    if said.is_bad_address:
        queue.mark_bad_address(
            session, channel="email", address=found.sent_to, reason=f"bounced, {said.status_code}",
            message_id=found.id, as_of=as_of,
        )  # fmt: skip
    queue.give_up(
        session, message_id=found.id, reason=f"bounced, {said.status_code or 'no code'}", kind="bounced",
        may_replace=True, as_of=as_of,
    )  # fmt: skip
    return True


def _mark_delivered(session: Session, message_id: int, as_of: datetime, detail: str) -> None:
    row = session.execute(
        text("""
            update operational.messages set status = 'delivered', delivered_at = :as_of
             where id = :id and status = 'sent' returning channel"""),
        {"id": message_id, "as_of": as_of},
    ).one_or_none()
    if row is not None:
        queue.add_event(
            session, message_id=message_id, channel=row.channel, kind="delivered", as_of=as_of, detail=detail
        )


def take_sms_reports(session_factory: Factory, *, channel: SmsChannel, as_of: datetime) -> tuple[int, int]:
    """Ask the provider about SMS of the last three days; return how many arrived, how many failed."""
    delivered = failed = 0
    after = 0
    while True:
        with session_factory() as session, session.begin():
            rows = session.execute(
                text("""
                    select id, provider_reference from operational.messages
                     where channel = 'sms' and status = 'sent' and sent_at > :since and id > :after
                       and provider_reference <> '' and provider_reference not like 'idx:%'
                     order by id limit :limit for no key update skip locked"""),
                {"since": as_of - ASK_FOR, "after": after, "limit": _REPORTS_AT_ONCE},
            ).all()
            if not rows:
                return delivered, failed
            after = rows[-1].id
            ids = {row.provider_reference: row.id for row in rows}
            try:
                reports = channel.reports(list(ids))
            except DeliveryFailed as error:
                _log.warning("reports of SMS not read: %s", error.message)
                return delivered, failed
            for report in reports:
                if report.reference in ids and report.state == "delivered":
                    _mark_delivered(session, ids[report.reference], as_of, str(report.code))
                    delivered += 1
                elif report.reference in ids and report.state == "failed":
                    queue.give_up(
                        session, message_id=ids[report.reference], kind="bounced", may_replace=True,
                        reason=f"SMSAPI: not delivered, {report.code}", as_of=as_of,
                    )  # fmt: skip
                    failed += 1
