"""`iris deliver`: the command sends what waits, says what it did and what it could not do."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from operational.kernel import db
from operational.kernel.settings import reset_settings
from orchestration.cli import program as cli
from tests.factories import documents, supply


@pytest.fixture
def live(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make the test's database the one of the command line, without an SMTP server."""
    monkeypatch.setenv("IRIS_DATABASE_NAME", database)
    monkeypatch.setenv("IRIS_SMTP_HOST", "")
    reset_settings()
    yield database
    monkeypatch.undo()
    reset_settings()


def test_deliver_counts_by_channel_and_sends_nothing_twice(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with db.open_session("app", actor="test", database=live) as session:
        for ordinal, channel in enumerate(("ebok", "ebok", "email"), start=1):
            customer = supply.make_customer(session, ordinal, invoice_channel=channel)
            point = supply.add_point(session, customer, ordinal=ordinal)
            documents.issue_invoice(session, customer, point, month=date(2026, 3, 1), used=Decimal(100))
    assert cli.run(["deliver", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert (first["portal"], first["emails"], first["held"]) == (2, 0, 1)
    assert cli.run(["deliver"]) == 0
    shown = capsys.readouterr().out
    assert "1 messages wait for a server. Set IRIS_SMTP_HOST" in " ".join(shown.split())
