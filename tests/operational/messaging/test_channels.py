"""SMS against a server, bounces, letters of text, fallbacks, doubt after a kill: once to every customer."""

import io
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.messaging import delivery, letters, operations, queries, receipts
from operational.messaging.channels.letters import read_index
from operational.messaging.operations import Attachment, NewMessage, queue_messages
from orchestration.simulator.smsapi import Answer, Provider
from tests.factories import supply
from tests.operational.messaging.conftest import NOW, Inbox, deliver

Factory = sessionmaker[Session]
LATER = timedelta(hours=2)


def customers(factory: Factory, count: int, **columns: object) -> list[int]:
    """Make customers with a telephone of their own."""
    made = []
    with factory() as session, session.begin():
        start = session.execute(text("select count(*) from operational.customers")).scalar_one()
        for at in range(start + 1, start + count + 1):
            given = {"phone": f"+48 600 100 {200 + at}", "invoice_channel": "email", **columns}
            made.append(supply.make_customer(session, at, **given).id)
    return made


def reminders(ids: list[int], channel: str = "sms", **more: object) -> list[NewMessage]:
    """Return one reminder to each customer."""
    values = {"documents": "FV/1, 10.00 zł", "amount": Decimal("10.00"), "days": 7}
    return [
        NewMessage(f"reminder:{one}:{channel}", one, "reminder.overdue", values, channel=channel, **more)
        for one in ids
    ]


def queue(factory: Factory, messages: list[NewMessage]) -> operations.QueueResult:
    """Queue messages and commit."""
    with factory() as session, session.begin():
        return queue_messages(session, messages=messages, as_of=NOW)


def states(factory: Factory) -> Counter[tuple[str, str]]:
    """Count messages by channel and status."""
    with factory() as session:
        rows = session.execute(text("select channel, status from operational.messages"))
        return Counter((row.channel, row.status) for row in rows)


def test_a_key_is_queued_once_and_wrong_messages_are_refused_whole(factory: Factory) -> None:
    one, two = customers(factory, 2, language="en")
    first = queue(factory, reminders([one]))
    again = queue(factory, reminders([one, two]))
    assert (first.queued, again.queued, again.duplicates) == (1, 1, 1)
    assert again.ids[f"reminder:{one}:sms"] == first.ids[f"reminder:{one}:sms"]
    good = reminders([one], "email", references={"case": 7})
    for wrong in (
        NewMessage("w1", one, "no.such"),
        NewMessage("w2", one, "reminder.overdue", {"amount": Decimal(1)}),
        NewMessage("w3", one, "interest.note", {"number": "N", "amount": "1", "due_date": date(2026, 1, 1)}),
        NewMessage("w4", 10**9, "complaint.answer", {"case_number": "R/1", "answer": "x"}),
    ):
        with pytest.raises((operations.UnknownTemplate, operations.BadVariables)):
            queue(factory, [*good, wrong])
    assert states(factory) == {("sms", "waiting"): 2}
    queue(factory, good)
    with factory() as session:
        (row,) = queries.messages_about(session, customer_id=one, references={"case": 7})
    assert (row.channel, row.language, row.status) == ("email", "en", "waiting")


def test_sms_go_once_whatever_the_service_answers(factory: Factory, provider: Provider) -> None:
    ids = customers(factory, 5)
    (bad,) = customers(factory, 1, phone="+48 600 100 000")
    (none,) = customers(factory, 1, phone=None)
    queue(factory, reminders([*ids, bad, none]))
    provider.answers.extend([Answer.SILENT_AFTER_ACCEPT, Answer.RATE_LIMIT])
    first = deliver(factory)
    assert (first.sms, first.retried) == (0, 2)
    assert len(provider.messages) == 1
    provider.answers.extend([Answer.NO_POINTS])
    assert deliver(factory, NOW + timedelta(minutes=10)).retried == 1
    provider.answers.extend([Answer.BROKEN])
    deliver(factory, NOW + timedelta(minutes=20))
    last = deliver(factory, NOW + LATER)
    assert Counter(one.number for one in provider.messages) == {f"4860010020{at}": 1 for at in range(1, 6)}
    assert states(factory) == {("sms", "sent"): 1, ("sms", "delivered"): 4, ("sms", "replaced"): 2,
                               ("ebok", "sent"): 2}  # fmt: skip
    assert last.failed == 0
    text_sent = provider.messages[0].message
    assert "10,00 zł" in text_sent
    assert "\u00a0" not in text_sent


def test_reports_that_an_sms_did_not_arrive_send_it_another_way(factory: Factory, provider: Provider) -> None:
    queue(factory, reminders(customers(factory, 1, phone="600 700 111")))
    assert deliver(factory).sms == 1
    again = deliver(factory, NOW + LATER)
    assert (again.bounced, again.portal) == (1, 1)
    assert states(factory) == {("sms", "replaced"): 1, ("ebok", "sent"): 1}


def test_an_sms_in_doubt_for_longer_than_the_service_remembers_waits_for_a_person(
    factory: Factory, provider: Provider
) -> None:
    queue(factory, reminders(customers(factory, 1)))
    provider.answers.append(Answer.SILENT_AFTER_ACCEPT)
    assert deliver(factory).retried == 1
    assert deliver(factory, NOW + timedelta(days=2)).failed == 1
    assert len(provider.messages) == 1


WORKER = """
    import sys
    from datetime import UTC, datetime
    from pydantic import SecretStr
    from operational.kernel import db
    from operational.kernel.settings import get_settings
    from operational.messaging import delivery
    database, smtp_port, sms_url, token = sys.argv[1:]
    changed = get_settings().model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": int(smtp_port),
        "sms_url": sms_url, "sms_token": SecretStr(token)})
    delivery.get_settings = lambda: changed
    factory = db.session_factory("app", database, actor="system:deliver")
    print("ready", flush=True)
    sys.stdin.readline()
    delivery.deliver_outbox(session_factory=factory, as_of=datetime(2030, 1, 1, 12, tzinfo=UTC))
"""


def test_a_worker_killed_between_the_server_and_the_commit_repeats_only_what_cannot_be_known(
    factory: Factory, database: str, inbox: Inbox, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = customers(factory, 4)
    queue(factory, [*reminders(ids, "email"), *reminders(ids, "sms")])
    given = delivery.get_settings()
    arguments = [database, str(given.smtp_port), given.sms_url, provider.token]

    def killed(armed: object) -> None:
        worker = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WORKER), *arguments], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert worker.stdout is not None and worker.stdin is not None
        assert worker.stdout.readline() == "ready\n"
        armed(worker.pid)  # type: ignore[operator]
        worker.stdin.write("\n")
        worker.stdin.flush()
        assert worker.wait() == -signal.SIGKILL
        worker.stdin.close()
        worker.stdout.close()

    def at_mail(pid: int) -> None:
        inbox.after = lambda count: os.kill(pid, signal.SIGKILL) if count == 2 else None

    def at_sms(pid: int) -> None:
        provider.after = lambda count: os.kill(pid, signal.SIGKILL) if count == 2 else None

    killed(at_mail)
    assert len(inbox.messages) == 2
    killed(at_sms)
    deliver(factory, NOW + timedelta(minutes=5))
    mails = Counter(str(message["Message-ID"]) for message in inbox.messages)
    assert sorted(mails.values()) == [1, 1, 1, 2], "only the mail in doubt comes again, under the same id"
    assert Counter(one.number for one in provider.messages) == {f"4860010020{at}": 1 for at in range(1, 5)}
    counted = states(factory)
    assert counted["email", "sent"] == 4
    assert counted["sms", "sent"] + counted["sms", "delivered"] == 4
    with factory() as session:
        known = session.execute(
            text(
                "select count(*) from operational.message_events where detail = 'the provider had it already'"
            )
        ).scalar_one()
    assert known == 1


BOUNCE = """\
From: MAILER-DAEMON@mx.example
To: bok@promyk.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

The mailbox does not exist.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; anna1@example.pl
Action: failed
Status: {status}
Diagnostic-Code: smtp; 550 no such user

--B
Content-Type: text/rfc822-headers

Message-ID: {reference}
Subject: x

--B--
"""


def test_bounces_from_a_maildir_mark_the_address_and_send_a_letter(
    factory: Factory, inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = customers(factory, 2)
    queue(factory, reminders([one, two], "email"))
    assert deliver(factory).emails == 2
    box = tmp_path / "bounces"
    for part in ("new", "cur", "tmp"):
        (box / part).mkdir(parents=True)
    first, second = (str(message["Message-ID"]) for message in inbox.messages)
    (box / "new" / "1.a").write_text(BOUNCE.format(status="5.1.1", reference=first))
    (box / "new" / "2.b").write_text(BOUNCE.format(status="4.4.7", reference=second))
    (box / "new" / "3.c").write_text(
        BOUNCE.format(status="5.1.1", reference="<message.of-another@x.example>")
    )
    (box / "new" / "4.d").write_bytes(b"Subject: out of office\n\nback on Monday\xff")
    changed = delivery.get_settings().model_copy(update={"bounce_folder": box})
    monkeypatch.setattr(delivery, "get_settings", lambda: changed)
    result = deliver(factory, NOW + LATER)
    assert (result.bounced, result.letters) == (2, 2)
    assert list((box / "new").iterdir()) == []
    with factory() as session, session.begin():
        bad = [row.address for row in queries.bad_addresses(session)]
        assert receipts.take_bounce(
            session, content=BOUNCE.format(status="5.1.1", reference=first).encode(), as_of=NOW
        ) is False  # fmt: skip
    assert bad == ["anna1@example.pl"]
    queue(factory, [NewMessage("next", one, "complaint.answer", {"case_number": "R/1", "answer": "ok"})])
    assert deliver(factory, NOW + 2 * LATER).replaced == 1
    assert len(inbox.messages) == 2


def test_letters_of_text_and_their_attachments_are_one_pdf_that_reads_back(
    factory: Factory, inbox: Inbox, tmp_path: Path
) -> None:
    one, two = customers(factory, 2)
    values = {
        "documents": "FV/2026/04/000001, 99,00 zł",
        "amount": Decimal("99.00"),
        "pay_by": date(2026, 5, 4),
    }
    demand = NewMessage("d:1", one, "demand.payment", values, references={"is_registered": "true"})
    note = {"number": "NO/1", "amount": Decimal("1.50"), "due_date": date(2026, 5, 4)}
    queue(factory, [demand])
    deliver(factory)
    with factory() as session:
        pdf = session.execute(text("select pdf from operational.letter_batches")).scalar_one()
    with_file = NewMessage(
        "n:1", two, "interest.note", note, channel="letter", attachments=[Attachment("NO-1.pdf", bytes(pdf))]
    )
    queue(factory, [with_file])
    deliver(factory, NOW + LATER)
    with factory() as session, session.begin():
        newest, oldest = queries.batches(session)
        content = queries.batch_file(session, batch_id=newest.id, kind="pdf")
        rows = read_index(queries.batch_file(session, batch_id=newest.id, kind="csv"))
        (registered,) = read_index(queries.batch_file(session, batch_id=oldest.id, kind="csv"))
        name = letters.reprint(session, batch_id=newest.id, reason="jammed", positions=[1], as_of=NOW + LATER)
        with pytest.raises(letters.ReprintRefused):
            letters.reprint(session, batch_id=newest.id, reason="jammed", positions=[9], as_of=NOW)
    read = [page.extract_text() for page in PdfReader(io.BytesIO(content)).pages]
    assert (rows[0].page_from, rows[0].pages, len(read)) == (1, 2, 2)
    assert "NO/1" in read[0] and "Anna Nowak" in read[0]
    assert "Wezwanie do zapłaty 99,00" in read[1].replace("\u00a0", " ")
    assert (registered.service, rows[0].service) == ("registered", "ordinary")
    assert name == "letters-20300101-03"
    folder = tmp_path / "letters"
    for batch in (newest, oldest):
        manifest = (folder / f"{batch.name}.sha256").read_text()
        assert f"{batch.pdf_sha256}  {batch.name}.pdf" in manifest


def test_a_channel_gives_no_more_than_its_rate_and_goes_on_in_the_next_minute(
    factory: Factory, inbox: Inbox
) -> None:
    queue(factory, reminders(customers(factory, 5), "email"))
    with factory() as session, session.begin():
        session.execute(
            text("update operational.message_channel_rules set superseded_at = now() where channel = 'email'")
        )
        session.execute(
            text("""insert into operational.message_channel_rules (channel, per_minute, most_attempts,
                    first_wait_seconds, longest_wait_seconds, known_hours, valid_from, source)
                    values ('email', 2, 3, 60, 60, 24, '2000-01-01', 'test')""")
        )
    results = [deliver(factory, NOW + timedelta(minutes=at)) for at in range(3)]
    assert [(one.emails, one.throttled) for one in results] == [(2, 3), (2, 1), (1, 0)]


def test_requests_of_other_rooms_become_messages_and_unknown_ones_fail_alone(factory: Factory) -> None:
    (one,) = customers(factory, 1, invoice_channel="ebok")
    payload = (
        '{{"customer_id": {}, "template_code": "{}", "channel": "{}", "variables": {{"amount": "5.00"}}}}'
    )
    with factory() as session, session.begin():
        for at, (code, channel) in enumerate(
            [("demand.payment", "ebok"), ("no.such", ""), ("demand.payment", "fax")]
        ):
            session.execute(
                text(
                    "insert into operational.outbox (key, topic, payload)"
                    " values (:key, 'message.send', :payload)"
                ),
                {"key": f"k{at}", "payload": payload.format(one, code, channel)},
            )
    assert deliver(factory).portal == 1
    with factory() as session:
        rows = session.execute(
            text("select sent_at is not null, failed_at is not null from operational.outbox order by id")
        ).all()
    assert [tuple(row) for row in rows] == [(True, False), (False, True), (False, True)]


def test_held_messages_stay_and_cancelled_ones_never_leave(factory: Factory, inbox: Inbox) -> None:
    ids = queue(factory, reminders(customers(factory, 3), "email")).ids
    first, second, third = ids.values()
    with factory() as session, session.begin():
        operations.hold_messages(session, message_ids=[first, second], reason="dispute", as_of=NOW)
        operations.cancel_message(session, message_id=third, reason="paid", as_of=NOW)
    assert deliver(factory).emails == 0
    with factory() as session, session.begin():
        assert operations.release_messages(session, message_ids=[second], as_of=NOW) == 1
        with pytest.raises(operations.MessageNotChanged):
            operations.retry_messages(session, message_ids=[first], as_of=NOW)
    assert deliver(factory).emails == 1
    assert states(factory) == {("email", "held"): 1, ("email", "sent"): 1, ("email", "cancelled"): 1}
