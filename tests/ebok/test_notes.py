"""Notes of the ledger in the portal: in the list of documents, on an own page, as PDF; own ones only."""

from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from operational.finance.ledger import printing
from operational.kernel import db
from operational.kernel.settings import get_settings
from tests.ebok.conftest import Household, World

Opens = Callable[[Household], FlaskClient]
_NOTE = text("""
  with note as (
    insert into operational.interest_notes (kind, series, sequence, number, customer_id, issue_date, due_date,
      through, amount, origin)
    values ('interest_note', 'NO/2026/07', 1, 'NO/2026/07/000001', :customer, :day, '2026-07-24',
      '2026-07-09', 8.25, 'run') returning id, public_id, customer_id, amount, issue_date, due_date
  ), line as (
    insert into operational.interest_note_lines (note_id, line_no, open_item_id, kind, rate_kind, period_from,
      period_to, principal, rate_pct, amount)
    select n.id, 1, i.id, 'interest', 'statutory_delay', '2026-06-01', '2026-07-10', 700.00, 11.000, n.amount
    from note n join operational.open_items i on i.document_id = :document
  ), item as (
    insert into operational.open_items (customer_id, note_id, amount, business_date, due_date)
    select customer_id, id, amount, issue_date, due_date from note
  ), movement as (
    insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      customer_id, note_id, idempotency_key)
    select 'receivable', 'interest_income', amount, 'interest_note', issue_date, customer_id, id, 'note:1'
    from note
  )
  select public_id::text from note""")


@pytest.fixture
def note(world: World) -> str:
    """Issue an interest note of 8.25 PLN to Anna; return its public id."""
    with db.open_session("app", actor="test", database=world.database) as session:
        session.execute(
            text("insert into operational.note_series (code, last_number) values ('NO/2026/07', 1)")
        )
        given = {
            "customer": world.a.customer.id, "document": world.a.invoices[0].id, "day": date(2026, 7, 10),
        }  # fmt: skip
        return str(session.execute(_NOTE, given).scalar_one())


def test_a_note_stands_in_the_list_with_page_and_pdf_and_nobody_else_sees_it(
    world: World, note: str, browser_of: Opens
) -> None:
    owner, other = browser_of(world.a), browser_of(world.b)

    for tab in ("all", "open"):
        listed = owner.get(f"/invoices?tab={tab}").text
        assert f"/invoices/notes/{note}" in listed
        assert "NO/2026/07/000001" in listed
    assert "NO/2026/07" not in owner.get("/invoices?tab=all&medium=gas").text
    page = owner.get(f"/invoices/notes/{note}")
    assert page.status_code == 200
    assert world.a.invoices[0].number in page.text
    assert "8,25" in page.text
    answer = owner.get(f"/invoices/notes/{note}/pdf")
    with db.open_session("app", actor="test", database=world.database) as session:
        assert answer.data == printing.note_pdf(session, public_id=note, settings=get_settings())[1]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="NO-2026-07-000001.pdf"'

    assert "NO/2026/07" not in other.get("/invoices?tab=all").text
    assert [other.get(f"/invoices/notes/{note}{end}").status_code for end in ("", "/pdf")] == [404, 404]
    assert owner.get("/invoices/notes/not-an-id").status_code == 404
