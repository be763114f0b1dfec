"""Delivery from the outbox: a real SMTP server, letter batches, the portal; failures, doubles and crashes."""

import csv
import io
import logging
import re
import smtplib
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.kernel import settings
from operational.messaging import delivery, operations, queries, queue, rules
from tests.operational.messaging.conftest import NOW, Inbox, deliver, issue


def test_an_email_carries_the_pdf_and_the_message_id_of_the_document(
    factory: sessionmaker[Session], inbox: Inbox
) -> None:
    (issued,) = issue(factory, "email")
    assert deliver(factory).emails == 1
    (message,) = inbox.messages
    (attachment,) = message.iter_attachments()
    assert message["To"] == "anna1@example.pl"
    assert re.fullmatch(r"<message\.[0-9a-f-]{36}@promyk\.example>", message["Message-ID"])
    assert message["Subject"] == f"Faktura {issued.number} - Promyk Energia"
    assert attachment.get_filename() == "FV-2026-04-000001.pdf"
    body = message.get_body(("plain",))
    assert body is not None
    assert "Do zapłaty: " in body.get_content()
    with factory() as session:
        kept = session.execute(text("select content from operational.document_renditions")).scalar_one()
        found = queries.deliveries(session, document_ids=[issued.id])[issued.id]
    assert attachment.get_content() == bytes(kept)
    assert (found.state, found.channel, found.sent_at) == ("sent", "email", NOW)


def test_a_second_run_sends_nothing(factory: sessionmaker[Session], inbox: Inbox) -> None:
    issue(factory, "email", 2)
    deliver(factory)
    assert deliver(factory) == operations.DeliveryResult()
    assert len(inbox.messages) == 2


def test_two_runs_at_once_send_each_document_once(factory: sessionmaker[Session], inbox: Inbox) -> None:
    issue(factory, "email", 6)
    results: list[operations.DeliveryResult] = []
    workers = [threading.Thread(target=lambda: results.append(deliver(factory))) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(result.emails for result in results) == 6
    assert len({message["Message-ID"] for message in inbox.messages}) == len(inbox.messages) == 6


def test_a_crash_after_sending_repeats_the_same_message_id(
    factory: sessionmaker[Session], inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(factory, "email")

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(queue, "mark_sent", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(factory)
    assert deliver(factory).emails == 1
    first, second = inbox.messages
    assert first["Message-ID"] == second["Message-ID"]


def test_new_messages_go_out_on_a_day_of_the_past_too(factory: sessionmaker[Session], inbox: Inbox) -> None:
    issue(factory, "email")
    issue(factory, "ebok")
    past = datetime(2025, 8, 6, 12, tzinfo=UTC)
    with factory() as session:
        assert queries.unexpanded(session) == 2
    result = deliver(factory, past)
    assert (result.emails, result.portal) == (1, 1)
    with factory() as session:
        counted = {(row.channel, row.status): row.count for row in queries.counts(session, since=past)}
    assert counted == {("email", "sent"): 1, ("ebok", "sent"): 1}


def test_a_temporary_error_is_tried_again_later_and_not_before(
    factory: sessionmaker[Session], inbox: Inbox
) -> None:
    (issued,) = issue(factory, "email")
    inbox.answers = ["451 try later"]
    assert deliver(factory).retried == 1
    with factory() as session:
        found = queries.deliveries(session, document_ids=[issued.id])[issued.id]
    assert (found.state, found.attempts) == ("waiting", 1)
    assert found.next_attempt_at == NOW + timedelta(minutes=1)
    assert deliver(factory, NOW + timedelta(seconds=59)).emails == 0
    assert deliver(factory, NOW + timedelta(seconds=60)).emails == 1


def test_a_refused_mailbox_is_marked_and_the_message_goes_by_letter(
    factory: sessionmaker[Session], inbox: Inbox
) -> None:
    (issued, *_) = issue(factory, "email", 3)
    inbox.refused = {"anna1@example.pl"}
    result = deliver(factory)
    assert (result.emails, result.replaced, result.letters, result.failed) == (2, 1, 1, 0)
    with factory() as session:
        found = queries.deliveries(session, document_ids=[issued.id])[issued.id]
        rows = session.execute(
            text("""select channel, status, last_error from operational.messages
                     where document_id = :id order by id"""),
            {"id": issued.id},
        ).all()
        bad = session.execute(text("select channel, address from operational.bad_addresses")).all()
    assert (found.state, found.channel) == ("sent", "letter")
    assert [tuple(row) for row in rows] == [
        ("email", "replaced", "recipient refused, code 550"),
        ("letter", "sent", ""),
    ]
    assert [tuple(row) for row in bad] == [("email", "anna1@example.pl")]


def test_a_server_that_is_down_is_waited_for(
    factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(factory, "email")
    closed = settings.get_settings().model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": 1})
    monkeypatch.setattr(delivery, "get_settings", lambda: closed)
    assert deliver(factory).retried == 1


def test_messages_are_given_up_after_the_last_attempt(factory: sessionmaker[Session], inbox: Inbox) -> None:
    issue(factory, "email")
    inbox.answers = ["451 try later"] * 50
    when, outcomes = NOW, []
    for _ in range(14):
        result = deliver(factory, when)
        outcomes.append((result.retried, result.replaced))
        when += timedelta(hours=7)
    assert outcomes == [(1, 0)] * 13 + [(0, 1)]
    assert deliver(factory, when) == operations.DeliveryResult()


def test_without_a_server_in_the_settings_emails_wait_and_are_counted(factory: sessionmaker[Session]) -> None:
    issue(factory, "email", 2)
    assert deliver(factory) == operations.DeliveryResult(held=2)


@pytest.mark.parametrize(
    ("channel", "columns"), [("ebok", {}), ("email", {"email": None}), ("email", {"email": ""})]
)
def test_what_the_portal_shows_is_delivered_at_once(
    factory: sessionmaker[Session], inbox: Inbox, channel: str, columns: dict[str, Any]
) -> None:
    (issued,) = issue(factory, channel, **columns)
    assert deliver(factory).portal == 1
    with factory() as session:
        assert queries.deliveries(session, document_ids=[issued.id])[issued.id].channel == "ebok"
    assert inbox.messages == []


def test_letters_become_one_pdf_with_an_index(
    factory: sessionmaker[Session], inbox: Inbox, tmp_path: Path
) -> None:
    issued = issue(factory, "letter", 2, name="=cmd|' /C calc'!A1")
    result = deliver(factory)
    (batch,) = result.letter_batches
    assert result.letters == 2
    assert (tmp_path / "letters" / f"{batch}.pdf").read_bytes().startswith(b"%PDF")
    index = (tmp_path / "letters" / f"{batch}.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(index), delimiter=";"))
    assert [(row["document"], row["page_from"], row["pages"]) for row in rows] == [
        (issued[0].number, "1", "2"),
        (issued[1].number, "3", "2"),
    ]
    assert rows[0]["name"].startswith("'=")
    assert (tmp_path / "letters" / f"{batch}.pdf").stat().st_mode & 0o077 == 0


def test_a_crash_while_writing_letters_makes_the_same_batch_again(
    factory: sessionmaker[Session], inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(factory, "letter", 2)

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(queue, "mark_sent", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(factory)
    issue(factory, "letter", 1)
    result = deliver(factory)
    assert result.letters == 3
    names = {path.stem for path in (tmp_path / "letters").glob("*.pdf")}
    assert names == set(result.letter_batches) == {"letters-20300101-01"}


def test_no_address_and_no_name_reach_the_log(
    factory: sessionmaker[Session], inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    issue(factory, "email", 2)
    inbox.refused = {"anna1@example.pl"}
    with caplog.at_level(logging.DEBUG):
        deliver(factory)
    ours = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("operational"))
    assert "FV/2026/04/000001" in ours
    assert not {word for word in ("anna", "Nowak", "Lipowa") if word in ours}


def test_a_document_without_amount_due_has_no_due_date_in_its_email(
    factory: sessionmaker[Session], inbox: Inbox
) -> None:
    (issued,) = issue(factory, "email", language="en")
    with factory() as session, session.begin():
        queue.expand_documents(session, as_of=NOW, limit=10)
        session.execute(
            text("update operational.messages set variables = variables || '{\"is_due\": false}'")
        )
    assert deliver(factory).emails == 1
    body = inbox.messages[0].get_body(("plain",))
    assert body is not None
    assert "Credit to you: " in body.get_content()
    assert "Due date" not in body.get_content()
    assert inbox.messages[0]["Subject"] == f"Invoice {issued.number} - Promyk Energia"


def test_the_waits_double_up_to_the_longest() -> None:
    rule = rules.ChannelRule("email", 100, 14, 60, 21600, 24)
    assert [rule.wait_after(attempt) for attempt in (1, 2, 3)] == [timedelta(minutes=m) for m in (1, 2, 4)]
    assert rule.wait_after(30) == timedelta(hours=6)


def test_the_inbox_of_these_tests_can_refuse(inbox: Inbox) -> None:
    inbox.refused = {"x@example.pl"}
    given = delivery.get_settings()
    with (
        smtplib.SMTP(given.smtp_host, given.smtp_port) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused),
    ):
        client.sendmail("a@example.pl", ["x@example.pl"], b"Subject: x\r\n\r\nx")
