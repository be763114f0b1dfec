"""Writes of messaging: delivering what waits in the outbox.

Delivery is at least once: a message is marked in the transaction that locked it, after the server took it.
The fixed Message-ID lets the receiver drop the double that a crash in between can make.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.operations import store_rendition
from operational.documents.rendering import render_batch
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings
from operational.messaging import queue
from operational.messaging.channels.letters import write_batch
from operational.messaging.channels.smtp import DeliveryFailed, SmtpChannel

LETTERS_PER_BATCH = 300
_PORTAL_BATCH = 5000
_log = logging.getLogger(__name__)


class MessageNotFailed(DomainError):
    """The message is not among the failed ones."""

    def __init__(self, outbox_id: int) -> None:
        super().__init__(
            "message_not_failed", f"Message {outbox_id} has not failed. Reload the list of messages."
        )


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """Counts of one delivery run; ``held`` e-mails wait because no SMTP server is set (IRIS_SMTP_HOST)."""

    portal: int = 0
    emails: int = 0
    letters: int = 0
    letter_batches: tuple[str, ...] = ()
    retried: int = 0
    failed: int = 0
    held: int = 0


def deliver_outbox(
    *, session_factory: Callable[[], Session], as_of: datetime, limit: int = 10_000
) -> DeliveryResult:
    """Deliver at most ``limit`` e-mails and letters that are due at the instant ``as_of``; all portal
    notices.

    Every message is a transaction of its own, so the run can be killed and started again at any moment, and
    several may work at once. Failures are counted and tried again later; nothing raises because of one
    message.
    """
    portal = _deliver_to_portal(session_factory, as_of)
    emails = _deliver_emails(session_factory, as_of, limit)
    batches = _deliver_letters(session_factory, as_of, limit)
    return DeliveryResult(
        portal=portal,
        letters=sum(batches.values()),
        letter_batches=tuple(batches),
        **emails,
    )


def _deliver_to_portal(session_factory: Callable[[], Session], as_of: datetime) -> int:
    total = 0
    while True:
        with session_factory() as session, session.begin():
            count = queue.deliver_to_portal(session, as_of=as_of, limit=_PORTAL_BATCH)
        total += count
        if count < _PORTAL_BATCH:
            return total


def _deliver_emails(session_factory: Callable[[], Session], as_of: datetime, limit: int) -> dict[str, int]:
    counts = {"emails": 0, "retried": 0, "failed": 0, "held": 0}
    settings = get_settings()
    if not settings.smtp_host:
        with session_factory() as session:
            counts["held"] = queue.count_emails(session, as_of=as_of)
        return counts
    with SmtpChannel(settings) as channel:
        for _ in range(limit):
            with session_factory() as session, session.begin():
                outcome = _deliver_next_email(session, channel, as_of)
            if outcome is None:
                break
            counts[outcome] += 1
    return counts


def _deliver_next_email(session: Session, channel: SmtpChannel, as_of: datetime) -> str | None:
    outgoing = queue.claim_email(session, as_of=as_of)
    if outgoing is None:
        return None
    try:
        rendition = store_rendition(session, document_id=outgoing.document_id)
        channel.send(outgoing, rendition.content)
    except DeliveryFailed as error:
        gave_up = queue.mark_failure(
            session, outgoing=outgoing, reason=error.message, is_final=error.is_final, as_of=as_of
        )
        _log.warning("e-mail of document %s not sent: %s", outgoing.number, error.message)
        return "failed" if gave_up else "retried"
    queue.mark_sent(session, outbox_ids=[outgoing.outbox_id], channel="email", as_of=as_of)
    return "emails"


def _deliver_letters(session_factory: Callable[[], Session], as_of: datetime, limit: int) -> dict[str, int]:
    """Finish batches of earlier runs, then make new ones; return letters per batch name."""
    done: dict[str, int] = {}
    left = limit
    while left > 0:
        with session_factory() as session, session.begin():
            batch = queue.open_batch(session, as_of=as_of)
            if batch is None or batch in done:
                batch = f"letters-{as_of:%Y%m%d-%H%M%S}-{uuid4().hex[:6]}"
                if not queue.assign_letters(
                    session, batch=batch, as_of=as_of, limit=min(left, LETTERS_PER_BATCH)
                ):
                    return done
        with session_factory() as session, session.begin():
            letters = queue.claim_batch(session, batch=batch, as_of=as_of)
            if letters:
                pages = render_batch(session, document_ids=[letter.document_id for letter in letters])
                write_batch(batch, letters, pages)
                ids = [letter.outbox_id for letter in letters]
                queue.mark_sent(session, outbox_ids=ids, channel="letter", as_of=as_of)
        done[batch] = len(letters)
        left -= max(len(letters), 1)
    return done


def try_again(session: Session, *, outbox_id: int, as_of: datetime) -> None:
    """Put a failed message back into the queue, e.g. with a new address; raise MessageNotFailed."""
    changed = session.execute(
        text("""
            update operational.outbox set failed_at = null, attempts = 0, next_attempt_at = :as_of
             where id = :id and failed_at is not null and sent_at is null returning id"""),
        {"id": outbox_id, "as_of": as_of},
    ).scalar()
    if changed is None:
        raise MessageNotFailed(outbox_id)
