"""A month through the assets of Dagster on a real database: files in, bills out, payments back, marts."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance
from sqlalchemy import text

from operational.kernel import db
from operational.kernel.calendar import WARSAW, add_months
from orchestration.simulator.bank import open_debts, opening_balance, own_account, statements
from orchestration.simulator.dso import deliveries
from orchestration.simulator.play import Play
from orchestration.simulator.portfolio import make_market

MONTH = date(2025, 7, 1)
ISSUED = datetime(2025, 8, 6, 10, tzinfo=WARSAW)

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]


def _counts(database: str) -> dict[str, int]:
    tables = (
        "operational.readings", "operational.billed_volumes", "operational.documents", "operational.payments",
        "operational.allocations", "raw.files", "raw.rejected_rows", "marts.fct_documents",
    )  # fmt: skip
    with db.open_session("app", actor="test", database=database) as session:
        return {
            table: session.execute(text(f"select count(*) from {table}")).scalar_one()
            for table in tables
            if session.execute(text("select to_regclass(:t)"), {"t": table}).scalar_one()
        }


def test_a_month_runs_from_inbox_to_marts_and_a_second_time_changes_nothing(
    database: str, tmp_path: Path
) -> None:
    from orchestration import playing, warehouse

    market, portfolio = make_market(
        seed=11, supply_points=30, first=MONTH, last=add_months(MONTH, 1) - timedelta(days=1)
    )
    play = Play(market, portfolio, database=database, inbox=tmp_path / "unused")
    play.prepare()
    readings = tmp_path / "inbox" / "readings"
    readings.mkdir(parents=True)
    received = {}
    for file in deliveries(market, MONTH):
        (readings / file.name).write_bytes(file.content)
        received[file.name] = file.received_at
    (readings / "broken.csv").write_bytes(b"this;is;nothing\n1;2;3\n")
    with DagsterInstance.ephemeral() as instance:
        played = playing.run_month(
            database=database, month=MONTH, as_of=ISSUED, instance=instance, files=str(tmp_path),
            received_at=received, override_reason="A test.",
        )  # fmt: skip
        assert played[0].checks_failed == ("nothing_refused",)
        assert not list(readings.iterdir())
        archived = tmp_path / "archive" / "readings" / "2025-08-06"
        assert {path.name for path in archived.iterdir() if path.is_file()} == set(received)
        assert [path.name for path in (archived / "refused").iterdir()] == ["broken.csv"]
        counts = _counts(database)
        assert counts["operational.readings"] > 0 and counts["operational.documents"] > 0
        documents = counts["operational.documents"]
        assert counts["marts.fct_documents"] == documents
        for path in (["raw", "register_readings"], ["operational", "documents"], ["marts", "fct_documents"]):
            assert instance.get_latest_materialization_event(AssetKey(path)) is not None
        assert played[-1].job == "check_promises"

        paid = datetime(2025, 8, 29, 8, tzinfo=WARSAW)
        _put_bank_files(database, market.seed, tmp_path / "inbox" / "bank", paid.date())
        # A new computation of the same facts: nothing is due, so the issued run stands.
        warehouse.compute_proposals(database=database, billed_through=date(2025, 7, 31), full=True)
        again = playing.run_month(
            database=database,
            month=MONTH,
            as_of=paid,
            instance=instance,
            files=str(tmp_path),
            issue_date=ISSUED.date(),
        )
        after = _counts(database)
        assert after["operational.documents"] == documents
        assert after["operational.payments"] > 0
        assert again[-1].checks_failed == ()


def _put_bank_files(database: str, seed: int, folder: Path, until: date) -> None:
    folder.mkdir(parents=True)
    account = own_account("99900009")
    with db.open_session("app", actor="test", database=database) as session:
        files = statements(
            open_debts(session, on=date(2025, 8, 7)), seed=seed, start=date(2025, 8, 7), end=until,
            account=account,
            balance=opening_balance(session, account=account), stories={},
        )  # fmt: skip
        for file in files:
            (folder / file.name).write_bytes(file.content)
