"""Two customers with bills, payments and log-ins, and browsers (test clients) of the portal."""

import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from ebok.factory import create_app
from operational.access.portal import operations as access
from operational.kernel import clock, db, roles
from operational.kernel.calendar import add_months
from tests.factories import documents, ledger, supply

TODAY = date(2026, 7, 15)
PASSWORD = "correct horse battery"


@dataclass
class Household:
    """A customer of the portal with everything that belongs to them."""

    customer: supply.Customer
    login: str
    invoices: list[documents.Issued]
    correction: documents.Issued
    gas_invoice: documents.Issued


@dataclass
class World:
    """The database of a test: Anna (A) and Barbara (B)."""

    database: str
    a: Household
    b: Household


def make_household(database: str, ordinal: int, name: str, **columns: object) -> Household:
    """Insert a customer with electricity and gas, fourteen months of invoices, a correction and payments."""
    with db.open_session("app", actor="test", database=database) as session:
        customer = supply.make_customer(session, ordinal, name=name, **columns)
        power = supply.add_point(session, customer, ordinal=2 * ordinal, start=date(2025, 4, 1))
        gas = supply.add_point(
            session, customer, ordinal=2 * ordinal + 1, medium="gas", zones=("all",), start=date(2026, 5, 1)
        )
        invoices = []
        for offset in range(14):
            month = add_months(date(2025, 5, 1), offset)
            kind = "estimated" if offset == 12 else "actual_remote"
            use = Decimal(300 + 7 * ordinal + offset)
            invoices.append(
                documents.issue_invoice(session, customer, power, month=month, used=use, kind=kind)
            )
        correction = documents.issue_correction(
            session, customer, power, invoices[12], month=date(2026, 5, 1), used=Decimal(250 + ordinal)
        )
        gas_invoice = documents.issue_invoice(
            session, customer, gas, month=date(2026, 5, 1), used=Decimal(40 + ordinal)
        )
        for issued in invoices[:12]:
            ledger.pay(session, customer, issued.gross, day=date(2026, 6, 20), against=[issued])
        login = f"user{ordinal}@example.pl"
        access.create_account(session, customer_id=customer.id, login=login, password=PASSWORD)
    return Household(customer, login, invoices, correction, gas_invoice)


@pytest.fixture(scope="session")
def furnished(template_database: str) -> Iterator[World]:
    """Make both households once; tests work on copies."""
    name = roles.create_database(f"test_{uuid.uuid4().hex[:12]}", template_database)
    made = World(name, make_household(name, 1, "Anna Nowak"), make_household(name, 2, "Barbara Zając"))
    db.dispose_engines(name)
    yield made
    roles.drop_database(name)


@pytest.fixture
def world(furnished: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Give the test a copy of both households; the business day is 15 July 2026."""
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    db.dispose_engines(furnished.database)
    name = roles.create_database(f"test_{uuid.uuid4().hex[:12]}", furnished.database)
    yield replace(furnished, database=name)
    roles.drop_database(name)


@pytest.fixture
def app(world: World) -> Flask:
    """Return the portal on the test's database."""
    return create_app(database=world.database, config={"TESTING": True, "PROPAGATE_EXCEPTIONS": False})


def csrf_token(page: TestResponse) -> str:
    """Return the token of the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, "the page has no form"
    return found.group(1)


def log_in(client: FlaskClient, login: str, password: str = PASSWORD, **given: object) -> TestResponse:
    """Send the log-in form as a browser does."""
    token = csrf_token(client.get("/login", **given))
    data = {"csrf_token": token, "login": login, "password": password}
    return client.post("/login", data=data, **given)


@pytest.fixture
def browser_of(app: Flask) -> Callable[[Household], FlaskClient]:
    """Return a function that opens the portal as a household, logged in."""

    def opened(household: Household) -> FlaskClient:
        client = app.test_client()
        assert log_in(client, household.login).status_code == 303
        return client

    return opened
