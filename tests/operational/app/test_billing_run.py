"""From a computed run to documents on paper, by a person in the staff app."""

import re
import uuid

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from operational.app.factory import create_app
from operational.kernel import db
from tests.factories import billing_market
from tests.factories.billing_desk import Desk as BillingDesk
from tests.factories.staff import PASSWORD, create_users


@pytest.fixture
def billing_clerk(database: str) -> FlaskClient:
    """Log a billing clerk in, on a database with three customers and a run to approve."""
    billing_market.build(database, customers=3)
    BillingDesk(database).make(months=1)
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
    client = create_app(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    client.post("/login", data={"login": "billing", "password": PASSWORD})
    return client


def _run_address(client: FlaskClient) -> str:
    found = re.search(
        r'href="(/billing/runs/[0-9a-f-]{36})"', client.get("/billing/runs").get_data(as_text=True)
    )
    assert found
    return found.group(1)


def _key() -> dict[str, str]:
    return {"form_key": str(uuid.uuid4())}


def test_a_run_is_approved_issued_and_its_documents_open_as_pdf(
    billing_clerk: FlaskClient, database: str
) -> None:
    client = billing_clerk
    address = _run_address(client)
    assert "Czeka na zatwierdzenie" in client.get(address).get_data(as_text=True)

    approved = client.post(f"{address}/approve", data={"reason": "sprawdzone", **_key()})
    assert approved.status_code == 303, approved.get_data(as_text=True)[-900:]
    issued = client.post(f"{address}/issue", follow_redirects=True).get_data(as_text=True)

    assert "Wystawione dokumenty: 3" in issued
    listing = client.get(f"/invoices?run={address.rsplit('/', 1)[1]}").get_data(as_text=True)
    documents = re.findall(r'class="key" href="(/invoices/[0-9a-f-]{36})"', listing)
    assert len(documents) == 3
    assert client.get(f"{documents[0]}/pdf").data.startswith(b"%PDF-")
    with db.open_session("app", actor="test", database=database) as session:
        who = session.execute(text("select approved_by from operational.billing_runs")).scalar_one()
        gross = session.execute(text("select sum(gross_amount) from operational.documents")).scalar_one()
        owed = session.execute(text("select sum(amount) from operational.open_items")).scalar_one()
    assert who == "staff:billing"
    assert gross == owed


def test_issuing_twice_issues_nothing_twice(billing_clerk: FlaskClient, database: str) -> None:
    address = _run_address(billing_clerk)
    billing_clerk.post(f"{address}/approve", data={"reason": "sprawdzone", **_key()})

    pages = [
        billing_clerk.post(f"{address}/issue", follow_redirects=True).get_data(as_text=True) for _ in range(2)
    ]

    assert "Wystawione dokumenty: 3" in pages[0]
    assert "Wystawione dokumenty: 0" in pages[1]


def test_a_rejected_run_issues_nothing(billing_clerk: FlaskClient, database: str) -> None:
    address = _run_address(billing_clerk)

    billing_clerk.post(f"{address}/reject", data={"reason": "brak cennika", **_key()})
    answer = billing_clerk.post(f"{address}/issue")

    assert answer.status_code in (409, 422)
    assert "brak cennika" in billing_clerk.get(address).get_data(as_text=True)


def test_a_second_approval_is_refused_with_words(billing_clerk: FlaskClient) -> None:
    address = _run_address(billing_clerk)
    billing_clerk.post(f"{address}/approve", data={"reason": "sprawdzone", **_key()})

    answer = billing_clerk.post(f"{address}/approve", data={"reason": "sprawdzone", **_key()})

    assert answer.status_code in (409, 422)
    assert "Stan rozliczenia na to nie pozwala" in answer.get_data(as_text=True)
