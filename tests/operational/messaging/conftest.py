"""A real SMTP server, a real server of SMS, and issued documents, for the tests of messaging."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.kernel import db, settings
from operational.kernel.postgres import free_port
from operational.messaging import delivery, operations
from orchestration.simulator.smsapi import Provider, SmsServer
from tests.factories import documents, supply

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
MARCH = date(2026, 3, 1)


@dataclass
class Inbox:
    """An SMTP server's handler that keeps what it took; `answers` are given instead, one by one."""

    messages: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    after: Callable[[int], None] = lambda count: None

    async def handle_RCPT(  # noqa: N802  the name is given by aiosmtpd
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Refuse unknown mailboxes."""
        if address in self.refused:
            return f"550 5.1.1 <{address}> user unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take the message, unless another answer is due."""
        if self.answers:
            return self.answers.pop(0)
        parsed = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.messages.append(parsed)
        self.after(len(self.messages))
        return "250 OK"


@pytest.fixture
def inbox(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Inbox]:
    """Run a real SMTP server and point the settings to it; letters go to a folder of the test."""
    handler = Inbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        changed = settings.get_settings().model_copy(
            update={"smtp_host": "127.0.0.1", "smtp_port": controller.port}
        )
        monkeypatch.setattr(delivery, "get_settings", lambda: changed)
        monkeypatch.setattr("operational.messaging.channels.letters.state.home", lambda: tmp_path)
        yield handler
    finally:
        controller.stop()


@pytest.fixture
def provider(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """Run the SMS service beside the SMTP server and point the settings to both."""
    with SmsServer() as server:
        changed = delivery.get_settings().model_copy(
            update={"sms_url": server.url, "sms_token": SecretStr(server.provider.token)}
        )
        monkeypatch.setattr(delivery, "get_settings", lambda: changed)
        yield server.provider


@pytest.fixture
def factory(database: str) -> sessionmaker[Session]:
    """Return the factory of sessions that delivery works with."""
    return db.session_factory("app", database, actor="system:deliver")


def issue(
    factory: sessionmaker[Session], channel: str, count: int = 1, **columns: Any
) -> list[documents.Issued]:
    """Issue one invoice to each of so many customers of a channel."""
    made = []
    with factory() as session, session.begin():
        start = session.execute(text("select count(*) from operational.customers")).scalar_one()
        for ordinal in range(start + 1, start + count + 1):
            customer = supply.make_customer(session, ordinal, invoice_channel=channel, **columns)
            point = supply.add_point(session, customer, ordinal=ordinal)
            made.append(documents.issue_invoice(session, customer, point, month=MARCH, used=Decimal(100)))
    return made


def deliver(factory: sessionmaker[Session], as_of: datetime = NOW) -> operations.DeliveryResult:
    """Run the delivery once."""
    return operations.deliver_outbox(session_factory=factory, as_of=as_of)
