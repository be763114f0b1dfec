"""Pages of the ledger: a refund by two people, a write-off, a plan with its preview, terms, journal,
notes."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from operational.kernel import clock, db
from operational.kernel.identifiers import virtual_account
from tests.factories.finance import MAIN_ACCOUNT
from tests.operational.app.conftest import Desk

Page = Callable[[TestResponse], str]


def send(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    """Send a form with a key of its own and follow where it leads."""
    return client.post(address, data={"form_key": str(uuid.uuid4()), **fields}, follow_redirects=True)


def test_two_people_take_a_refund_from_the_card_to_a_file(
    own_desk: Desk, page: Page, monkeypatch: object
) -> None:
    customer = own_desk.office.ids["customer"]
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        owner = session.execute(
            text("select id from operational.customers where public_id::text = :id"), {"id": customer}
        ).scalar_one()
        session.execute(
            text("""
              with payment as (
                insert into operational.payments (idempotency_key, amount, booked_on, customer_id, matched_by)
                values ('over', 5000, :day, :owner, 'virtual_account') returning id
              ), moved as (
                insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
                  business_date,
                  customer_id, payment_id, idempotency_key)
                select 'bank', 'receivable', 5000, 'payment', :day, :owner, id, 'over' from payment
              )
              insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date)
              select :owner, id, -5000, :day, :day from payment"""),
            {"owner": owner, "day": clock.today()},
        )
        session.execute(
            text("""
              with file as (
                insert into raw.files (sha256, name, kind, format, size_bytes, received_at, rows_read,
                  rows_accepted,
                  rows_rejected, rows_duplicate, loaded_by)
                values ('own', 'own.sta', 'bank_statements', 'mt940', 1, now(), 0, 0, 0, 0, 'test') returning
                  id
              )
              insert into raw.bank_statements (file_id, account, currency, statement_number)
              select id, :account, 'PLN', '1' from file"""),
            {"account": MAIN_ACCOUNT},
        )
    card = f"/customers/{customer}/card"
    finance, admin = own_desk.client("finance"), own_desk.client("admin")
    payee = virtual_account("11402004", 77)

    shown = page(
        send(finance, f"{card}/refund", amount="5 000,00", account=payee, recipient="Kłos", title="Zwrot")
    )
    refund = re.search(r"/refunds/([0-9a-f-]{36})/decide", shown)
    assert refund and payee[:2] in shown
    refused = send(finance, f"/refunds/{refund[1]}/decide", decision="approve", row_version=1)
    assert "zatwierdza je inna osoba" in refused.get_data(as_text=True)

    page(send(admin, f"/refunds/{refund[1]}/decide", decision="approve", row_version=1))
    sent = page(send(admin, "/refunds/export", format="pain_001"))
    file = re.search(r"/refunds/files/[0-9a-f-]{36}", sent)
    assert file and b'<InstdAmt Ccy="PLN">5000.00</InstdAmt>' in admin.get(file[0]).get_data()
    assert own_desk.client("clerk").get(file[0]).status_code == 403
    assert page(admin.get(f"{card}?from=2020-01-01&to=2099-01-01"))
    assert admin.get(f"{card}/confirmation").get_data().startswith(b"%PDF")


def test_a_clerk_makes_a_plan_and_finance_writes_off(own_desk: Desk, page: Page) -> None:
    customer = own_desk.office.ids["customer"]
    card, clerk, finance = f"/customers/{customer}/card", own_desk.client("clerk"), own_desk.client("finance")
    items = re.findall(r'name="item" value="(\d+)"', page(finance.get(card)))
    form = {
        "item": items[0], "parts": 3, "interest_rule": "none",
        "first_due": (clock.today() + timedelta(days=20)).isoformat(),
    }  # fmt: skip
    address = f"/customers/{customer}/instalments/new"

    preview = page(send(clerk, address, step="preview", **form))
    plan = page(send(clerk, address, step="agree", **form))

    assert preview.count('<td class="tn">') == 3
    assert "UG/" in plan and "UG/" in page(clerk.get("/instalments?state=active"))
    again = page(send(clerk, address, step="agree", **form))
    assert "których nie obejmuje trwający plan" in again
    cancel = re.search(r"/instalments/[0-9a-f-]{36}/cancel", plan)
    assert cancel and "anulowano" in page(send(clerk, cancel[0], reason="Prośba klienta")).lower()

    assert send(clerk, f"{card}/write-off", item=items[0], reason="Zgon", kind="write_off").status_code == 403
    waits = page(send(finance, f"{card}/write-off", item=items[0], reason="Zgon klienta", kind="write_off"))
    decide = re.search(r"/write-offs/[0-9a-f-]{36}/decide", waits)
    assert decide
    assert "Zaksięgowano" in page(
        send(own_desk.client("admin"), decide[0], decision="approve", row_version=1)
    )


def test_terms_journal_and_interest_open_for_whom_they_should(own_desk: Desk, page: Page) -> None:
    customer = own_desk.office.ids["customer"]
    finance = own_desk.client("finance")
    send(
        finance,
        f"/customers/{customer}/card/terms",
        interest_mode="next_bill",
        rate_kind="",
        allocation_order="",
    )
    assert "z następną fakturą" in page(finance.get(f"/customers/{customer}/card"))

    page(send(finance, "/journal/map", account="bank", erp_account="131-77"))
    month = page(finance.get("/journal?from=2020-01-01"))
    assert "131-77" in month
    day = re.search(r"\d{4}-\d{2}", str(clock.today()))
    assert day
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        period = session.execute(
            text("select to_char(max(business_date), 'YYYY-MM') from operational.ledger_transfers")
        ).scalar_one()
    made = page(send(finance, "/journal/export", month=period))
    file = re.search(r"/journal/[0-9a-f-]{36}/csv", made)
    assert file and finance.get(file[0]).get_data().startswith(b"\xef\xbb\xbfmovement_id;")
    assert "nie naliczyła" in page(finance.get("/interest"))
    assert page(finance.get(f"/interest/customers/{customer}"))
    assert page(finance.get("/write-offs"))
    assert page(send(finance, "/write-offs/small"))
