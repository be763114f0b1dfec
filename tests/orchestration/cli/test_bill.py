"""`iris bill`: a month from facts through the real warehouse to documents, and their explanation."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from operational.documents import explain
from operational.kernel import db
from operational.kernel.settings import reset_settings
from orchestration import billing
from orchestration.cli import program as cli
from tests.factories import billing_market
from tests.factories.billing_desk import Desk


@pytest.fixture
def live(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make the test's database the one of the command line."""
    monkeypatch.setenv("IRIS_DATABASE_NAME", database)
    reset_settings()
    yield database
    monkeypatch.undo()
    reset_settings()


def test_explain_shows_readings_price_formula_and_amount(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    billing_market.build(live, customers=1)
    Desk(live).bill(months=1)
    assert cli.run(["bill", "explain", "FV/2026/02/000001"]) == 0
    shown = capsys.readouterr().out
    assert "FV/2026/02/000001" in shown and "62.74" in shown
    assert cli.run(["bill", "explain", "FV/2026/02/000001", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    energy = answer["lines"][0]
    assert energy["formula_text"] == "101 × 0.6212 = 62.7412"
    assert (energy["net_after"], energy["difference"]) == ("62.74", "0.00")
    assert answer["differing_lines"] == []


def test_unknown_number_is_told_with_the_cure(live: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bill", "explain", "FV/1999/01/000001"]) == 1
    assert "There is no document 'FV/1999/01/000001'" in capsys.readouterr().err


def test_dry_run_and_approval_exclude_each_other(live: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["bill", "run", "--month", "2026-01", "--dry-run", "--approve"]) == 1
    assert "--dry-run issues nothing" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.warehouse
def test_month_goes_from_facts_to_documents_that_explain_themselves(
    live: str, capsys: pytest.CaptureFixture[str]
) -> None:
    billing_market.build(live, customers=3, is_published=False)
    month = ["bill", "run", "--month", "2026-01", "--issue-date", "2026-02-05", "--json"]
    assert cli.run([*month, "--dry-run"]) == 0
    dry = json.loads(capsys.readouterr().out)
    assert (dry["run_id"], dry["summary"]["invoices"]) == (None, 3)
    assert cli.run([*month, "--approve"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["summary"] == dry["summary"]
    assert done["issued"]["invoices"] == 3
    with db.open_session("app", actor="test", database=live) as session:
        ids = session.execute(text("select id from operational.documents order by id")).scalars().all()
        lines = [line for key in ids for line in explain.explain(session, document_id=key)]
    assert len(lines) == 27
    assert [line.difference for line in lines if line.difference] == []
    again = billing.bill_month(
        database=live, month=date(2026, 1, 1), issue_date=date(2026, 2, 5), is_approved=True,
        as_of=datetime(2026, 2, 5, tzinfo=UTC), actor="test",
    )  # fmt: skip
    assert again.issued is not None
    assert (again.run_id, again.issued.documents) == (done["run_id"], 0)
