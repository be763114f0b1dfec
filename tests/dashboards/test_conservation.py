"""Energy and money are conserved from the distributors' files and the bank's lines to the marts."""

import io
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from operational.app import invariants
from operational.documents.proof.bundle import proof_bundle, proof_data
from operational.documents.proof.recompute import differences
from operational.kernel import db, roles
from operational.kernel.calendar import start_of_day
from orchestration import warehouse
from tests.dashboards.conftest import Played, rows_of

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]

# A kWh more on a document line, a grosz more on a movement and on a VAT row, a bank line nobody posted.
_TAMPERING = (
    """update operational.document_lines set energy_kwh_after = energy_kwh_after + 1
       where (document_id, line_no) = (select document_id, line_no from operational.document_lines
         where energy_kwh_after > 0 order by document_id, line_no limit 1)""",
    """update operational.ledger_transfers set amount = amount + 0.01
       where id = (select max(id) from operational.ledger_transfers where debit_account = 'receivable')""",
    """update operational.document_vat set vat_amount = vat_amount + 0.01, gross_amount = gross_amount + 0.01
       where document_id = (select min(document_id) from operational.document_vat)""",
    """insert into raw.bank_lines overriding system value
       select (select max(id) + 1 from raw.bank_lines), statement_id, 9999,
         business_key || '-again', booked_on, value_date, 1, currency, title, payer_name, payer_account,
         virtual_account, bank_reference, description, false from raw.bank_lines order by id limit 1""",
)
_MARTS = ("marts.billing", "marts.finance", "marts.metering", "marts.month_close")


@pytest.fixture(scope="module")
def tampered(played: Played) -> Iterator[str]:
    """Copy the played market, change rows behind the application's back, and build the marts again."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    roles.create_database(name, played.database)
    with db.open_session("admin", actor="test:tampering", database=name) as session:
        session.execute(text("set local session_replication_role = replica"))
        for statement in _TAMPERING:
            assert session.execute(text(statement)).rowcount == 1  # type: ignore[attr-defined]
    warehouse.build(
        database=name,
        select=_MARTS,
        variables={"business_day": played.today.isoformat()},
        exclude=["resource_type:test"],
    )
    yield name
    db.dispose_engines(name)
    roles.drop_database(name)


def test_delivered_is_billed_plus_unbilled_for_every_point_while_estimates_wait(played: Played) -> None:
    estimated, final = played.sums
    assert estimated["estimated_kwh"] > 0
    assert final["estimated_kwh"] == 0
    assert [sums["points_that_differ"] for sums in played.sums] == [0, 0]
    assert all(sums["billed_kwh"] > 10_000 for sums in played.sums)


def test_the_balance_sees_both_media_the_exchanged_meter_and_the_corrected_readings(played: Played) -> None:
    [found] = played.rows("""
      select count(*) filter (where medium = 'gas' and billed_kwh > 0) as gas,
        (select count(*) from (select supply_point_id from staging.stg_operational__meter_installations
          group by 1 having count(*) > 1) exchanged) as exchanged,
        (select count(*) from marts.fct_documents where document_kind = 'correction') as corrections
      from marts.fct_energy_balance""")
    assert found["gas"] > 0
    assert found["exchanged"] > 0
    assert found["corrections"] > 0


def test_every_month_reconciles_to_the_grosz(played: Played) -> None:
    assert [sums["checks_that_differ"] for sums in played.sums] == [0, 0]
    assert played.sums[-1]["checks"] > 9


def test_the_proof_script_computes_every_document_anew(played: Played, tmp_path: Path) -> None:
    with db.open_session("app", actor="test:proof", database=played.database) as session:
        ids = list(session.execute(text("select id from operational.documents order by id")).scalars())
        found = {key: differences(*proof_data(session, document_id=key)) for key in ids}
        newest = proof_bundle(session, document_id=ids[-1])
    assert len(ids) > 50
    assert {key: wrong for key, wrong in found.items() if wrong} == {}
    with zipfile.ZipFile(io.BytesIO(newest)) as archive:
        archive.extractall(tmp_path)
    # As a customer would: an interpreter without any of our packages, in the unpacked folder.
    script = [sys.executable, "-I", "-S", str(tmp_path / "recompute.py")]
    proved = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (proved.returncode, proved.stderr) == (0, "")
    assert proved.stdout.endswith("proved\n")
    told = (tmp_path / "document.json").read_text(encoding="utf-8")
    (tmp_path / "document.json").write_text(
        told.replace('"net_after": "', '"net_after": "1', 1), encoding="utf-8"
    )
    assert subprocess.run(script, capture_output=True, check=False).returncode == 1


def test_ledger_documents_and_open_items_agree_on_every_balance(played: Played) -> None:
    [found] = played.rows("""
      select count(*) as customers, count(*) filter (where ledger_balance <> warehouse_balance) as documents,
        count(*) filter (where ledger_balance <> open_items_balance) as items,
        count(*) filter (where payments_amount > 0) as paying
      from marts.fct_customer_balances""")
    assert (found["documents"], found["items"]) == (0, 0)
    assert found["paying"] > 5


def test_receivables_of_today_are_the_open_debts_of_the_ledger(played: Played) -> None:
    [found] = played.rows(
        """
      select
        (select sum(open_amount) from marts.rpt_receivables_by_segment where as_of_date = :today) as summary,
        (select sum(open_amount) from marts.fct_receivables_by_month_end where as_of_date = :today) as ageing,
        (select sum(open_amount) from marts.fct_open_items where open_amount > 0) as items""",
        today=played.today,
    )
    assert found["summary"] == found["ageing"] == found["items"] > 0


def test_every_invariant_holds_after_the_play(played: Played) -> None:
    results = _check(played.database, played)
    assert {result.check.name for result in results if result.violations} == set()
    assert {result.check.name for result in results if result.skipped} == set()


def test_a_changed_document_line_upsets_the_balance_of_its_point(played: Played, tampered: str) -> None:
    differing = rows_of(
        tampered, "select difference_kwh from marts.fct_energy_balance where difference_kwh <> 0"
    )
    assert [abs(row["difference_kwh"]) for row in differing] == [1]


def test_a_changed_movement_upsets_the_balance_of_its_customer(played: Played, tampered: str) -> None:
    differing = rows_of(
        tampered,
        """
      select ledger_balance - warehouse_balance as documents, ledger_balance - open_items_balance as items
      from marts.fct_customer_balances where ledger_balance <> warehouse_balance""",
    )
    assert [{name: str(value) for name, value in row.items()} for row in differing] == [
        {"documents": "0.01", "items": "0.01"}
    ]


def test_the_reconciliation_names_every_pair_that_differs(played: Played, tampered: str) -> None:
    differing = rows_of(
        tampered, "select distinct check_code from marts.rpt_month_reconciliation where not is_reconciled"
    )
    found = {row["check_code"] for row in differing}
    assert {"vat_register_equals_ledger", "bank_lines_equal_ledger_bank", "customer_balances"} <= found
    assert "energy_conservation" in found
    assert "documents_net_equals_lines" not in found


def test_the_invariants_on_marts_report_the_tampering(played: Played, tampered: str) -> None:
    broken = {result.check.name for result in _check(tampered, played) if result.violations}
    assert broken >= {
        "i08_vat_of_chain", "i09_header_sums", "i18_energy_conserved", "i23_document_in_ledger",
        "i24_bank_posted_or_suspense", "i32_balance_of_items", "i32_balance_of_warehouse",
    }  # fmt: skip


def _check(database: str, played: Played) -> list[invariants.CheckResult]:
    with db.open_session("app", actor="test:check", database=database) as session:
        # As of the day of the last run: its letters and e-mails have not been waiting for an hour yet.
        return list(invariants.check_all(session, as_of=start_of_day(played.today.replace(day=1))))
