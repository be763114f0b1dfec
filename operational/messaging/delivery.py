"""Delivery of the queue: one transaction per message, locked with skip locked, handed over, then marked.

Before a server is spoken to, the handover is written in a transaction of its own. A process that dies in
between leaves a handover without an outcome: the message is *in doubt*. The next run asks the
channel where it can (SMS: the same idx is refused when it was taken before)
and repeats under the same Message-ID where it cannot (SMTP): see docs/messages.md.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.operations import store_rendition
from operational.kernel.calendar import civil_day
from operational.kernel.settings import Settings, get_settings
from operational.messaging import letters, queue, receipts
from operational.messaging.channels.smsapi import SmsChannel
from operational.messaging.channels.smtp import SmtpChannel
from operational.messaging.outgoing import DeliveryFailed, File, Outgoing, Ready, Receipt
from operational.messaging.rules import ChannelRule
from operational.messaging.texts import common_values

_BATCH = 5000
_log = logging.getLogger(__name__)
Factory = Callable[[], Session]


class Channel(Protocol):
    """A way out of the house that hands over one message at a time."""

    def reference(self, outgoing: Outgoing) -> str:
        """Return what identifies the message at the receiver, the same on every attempt."""
        ...

    def send(self, ready: Ready) -> Receipt:
        """Hand a message over; raise DeliveryFailed."""
        ...

    def close(self) -> None:
        """End the connection."""
        ...


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """Counts of one delivery run.

    ``held``: e-mails and SMS that wait because no server is set. ``throttled``: over the channel's
    rate, they go with the next run. ``replaced``: went on to another channel.
    ``confirmed``, ``bounced``: reports that came back meanwhile. ``recalled``: not sent, because the debts
    they ask for were paid or are protected meanwhile.
    """

    portal: int = 0
    emails: int = 0
    sms: int = 0
    letters: int = 0
    letter_batches: tuple[str, ...] = ()
    retried: int = 0
    failed: int = 0
    replaced: int = 0
    held: int = 0
    throttled: int = 0
    confirmed: int = 0
    bounced: int = 0
    recalled: int = 0


def deliver_outbox(
    *, session_factory: Factory, as_of: datetime, limit: int = 10_000, with_letters: bool = True
) -> DeliveryResult:
    """Deliver at most ``limit`` messages per channel that are due at the instant ``as_of``; all notices.

    Every e-mail and SMS is a transaction of its own: the run can be killed and started again at any moment,
    and several may work at once. Failures are counted and tried again later; nothing raises because of one
    message. Without ``with_letters`` letters wait for the run that makes the day's batch.
    """
    _repeat(session_factory, lambda session: queue.expand_documents(session, as_of=as_of, limit=_BATCH))
    _repeat(session_factory, lambda session: queue.expand_requests(session, as_of=as_of, limit=_BATCH))
    counts = dict.fromkeys(
        ("email", "sms", "retried", "failed", "replaced", "held", "throttled", "recalled"), 0
    )
    with session_factory() as session, session.begin():
        counts["recalled"] += queue.recall_overtaken(session, as_of=as_of)
    settings = get_settings()
    confirmed, bounced = take_reports(session_factory, as_of=as_of)
    channels: dict[str, Channel | None] = {"email": _smtp(settings), "sms": _sms(settings)}
    for name, channel in channels.items():
        if channel is None:
            with session_factory() as session:
                counts["held"] += queue.count_due(session, channel=name, as_of=as_of)
            continue
        try:
            _Sending(session_factory, name, channel, settings, as_of).run(limit, counts)
        finally:
            channel.close()
    portal = _repeat(
        session_factory, lambda session: queue.deliver_to_portal(session, as_of=as_of, limit=_BATCH)
    )
    batches = (
        letters.print_batches(session_factory, common=common_values(settings), as_of=as_of, limit=limit)
        if with_letters
        else {}
    )
    emails, sms = counts.pop("email"), counts.pop("sms")
    return DeliveryResult(
        portal=portal, emails=emails, sms=sms, letters=sum(batches.values()), letter_batches=tuple(batches),
        confirmed=confirmed,
        bounced=bounced,
        **counts,
    )  # fmt: skip


def take_reports(session_factory: Factory, *, as_of: datetime) -> tuple[int, int]:
    """Work what came back since the last run: bounces of e-mails and reports of SMS; return how many messages
    arrived and how many came back.
    """
    settings = get_settings()
    bounced = confirmed = failed = 0
    if settings.bounce_folder is not None:
        bounced = receipts.take_bounces(session_factory, folder=settings.bounce_folder, as_of=as_of)
    sms = _sms(settings)
    if sms is not None:
        confirmed, failed = receipts.take_sms_reports(session_factory, channel=sms, as_of=as_of)
    return confirmed, bounced + failed


def _smtp(settings: Settings) -> SmtpChannel | None:
    return SmtpChannel(settings) if settings.smtp_host else None


def _sms(settings: Settings) -> SmsChannel | None:
    return SmsChannel(settings) if settings.sms_token.get_secret_value() else None


def _repeat(session_factory: Factory, step: Callable[[Session], int]) -> int:
    total = 0
    while True:
        with session_factory() as session, session.begin():
            count = step(session)
        total += count
        if count < _BATCH:
            return total


class _Sending:
    """One run over one channel."""

    def __init__(
        self, session_factory: Factory, name: str, channel: Channel, settings: Settings, as_of: datetime
    ) -> None:
        self._sessions = session_factory
        self._name = name
        self._channel = channel
        self._common = common_values(settings)
        self._as_of = as_of
        self._is_stopped = False

    def run(self, limit: int, counts: dict[str, int]) -> None:
        """Deliver until nothing is due, the rate is used up or the server fails; add to ``counts``."""
        for _ in range(limit):
            with self._sessions() as session, session.begin():
                rule = queue.channel_rule(session, channel=self._name, on=civil_day(self._as_of))
                used = queue.handed_over(session, channel=self._name, as_of=self._as_of)
                if used >= rule.per_minute:
                    counts["throttled"] += queue.count_due(session, channel=self._name, as_of=self._as_of)
                    return
                outcome = self._next(session, rule)
            if outcome is None:
                return
            counts[outcome] += 1
            if self._is_stopped:
                return

    def _next(self, session: Session, rule: ChannelRule) -> str | None:
        found = queue.claim(session, channel=self._name, as_of=self._as_of)
        if not found:
            return None
        outgoing = found[0]
        # A payment may have come since the run began; the message is locked, so nobody sends it meanwhile.
        if "action_id" in outgoing.refs and queue.recall_overtaken(
            session, as_of=self._as_of, message_ids=[outgoing.message_id]
        ):
            return "recalled"
        address = outgoing.address
        if not address or queue.is_bad_address(session, channel=self._name, address=address):
            reason = "the address is marked as bad" if address else "the customer has no address"
            return self._give_up(session, outgoing, reason, kind="refused")
        since = outgoing.doubt_since
        if since is not None and self._name == "sms" and not rule.is_known(since, self._as_of):
            # The provider has forgotten the idx, so sending again could reach the customer twice.
            return self._give_up(
                session, outgoing, "handed over with unknown outcome too long ago", kind="in_doubt",
                may_replace=False,
            )  # fmt: skip
        try:
            ready = self._ready(session, outgoing)
            self._note_handover(outgoing)
            receipt = self._channel.send(ready)
        except DeliveryFailed as error:
            return self._failed(session, outgoing, rule, error)
        detail = "the provider had it already" if receipt.was_known else ""
        queue.mark_sent(
            session, outgoing=outgoing, reference=receipt.reference, address=address, detail=detail,
            as_of=self._as_of,
        )  # fmt: skip
        return self._name

    def _ready(self, session: Session, outgoing: Outgoing) -> Ready:
        if outgoing.version_id is None:
            raise DeliveryFailed(f"no text of {outgoing.template_code} for this channel", is_final=True)
        return Ready(outgoing, outgoing.text(self._common), files_of(session, outgoing))

    def _note_handover(self, outgoing: Outgoing) -> None:
        """Write down, committed by itself, that the message is about to leave."""
        with self._sessions() as session, session.begin():
            queue.add_event(
                session, message_id=outgoing.message_id, channel=self._name, kind="handover",
                as_of=self._as_of, reference=self._channel.reference(outgoing),
                detail="again, the outcome of the last handover is unknown" if outgoing.doubt_since else "",
            )  # fmt: skip

    def _failed(self, session: Session, outgoing: Outgoing, rule: ChannelRule, error: DeliveryFailed) -> str:
        _log.warning("%s %s not sent: %s", self._name, outgoing.number or outgoing.key, error.message)
        self._is_stopped = error.stops_channel
        if error.is_address:
            queue.mark_bad_address(
                session, channel=self._name, address=outgoing.address, reason=error.message,
                message_id=outgoing.message_id, as_of=self._as_of,
            )  # fmt: skip
        if not error.is_final:
            kind = "in_doubt" if error.is_uncertain else "deferred"
            kind = "misconfigured" if error.is_configuration else kind
            if queue.mark_deferred(
                session, outgoing=outgoing, rule=rule, reason=error.message, kind=kind,
                counts=not error.stops_channel, as_of=self._as_of,
            ):  # fmt: skip
                return "retried"
        may_replace = not error.is_uncertain
        return self._give_up(
            session, outgoing, error.message, kind="refused" if may_replace else "in_doubt",
            may_replace=may_replace,
        )  # fmt: skip

    def _give_up(
        self, session: Session, outgoing: Outgoing, reason: str, *, kind: str, may_replace: bool = True
    ) -> str:
        return queue.give_up(
            session, message_id=outgoing.message_id, reason=reason, kind=kind, may_replace=may_replace,
            as_of=self._as_of,
        )  # fmt: skip


def files_of(session: Session, outgoing: Outgoing) -> list[File]:
    """Return the PDFs of a message: the document it is about, then the attachments it came with."""
    found: list[File] = []
    if outgoing.attaches_document and outgoing.document_id is not None:
        rendition = store_rendition(session, document_id=outgoing.document_id)
        found.append(File(f"{outgoing.number.replace('/', '-')}.pdf", rendition.content))
    for one in outgoing.files:
        content: bytes = session.execute(
            text("select content from operational.message_files where sha256 = :digest"),
            {"digest": bytes.fromhex(one["sha256"])},
        ).scalar_one()
        found.append(File(one["name"], bytes(content)))
    return found
