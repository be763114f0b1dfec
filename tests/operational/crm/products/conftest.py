"""A price book: the demonstration's products imported, users of every role, a client per role."""

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient

from operational.app.factory import create_app
from operational.crm.portfolio.operations import import_portfolio
from operational.crm.portfolio.rows import Portfolio
from operational.kernel import db
from orchestration.simulator.prices import add_prices
from tests.factories.staff import PASSWORD, create_users

LONG_AGO = datetime(2025, 6, 1, tzinfo=UTC)


@pytest.fixture
def book(database: str) -> str:
    """Import the demonstration's price lists into the test's database; return the database."""
    portfolio = Portfolio()
    add_prices(portfolio, date(2025, 7, 1))
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        import_portfolio(session, rows=portfolio, as_of=LONG_AGO)
    return database


@pytest.fixture
def client_of(book: str) -> Callable[[str], FlaskClient]:
    """Return a browser logged in as the user of a role."""
    app = create_app(database=book, config={"WTF_CSRF_ENABLED": False})

    def client(role: str) -> FlaskClient:
        made = app.test_client()
        assert made.post("/login", data={"login": role, "password": PASSWORD}).status_code == 303
        return made

    return client


def form(**fields: object) -> dict[str, object]:
    """Return the data of a form with its key."""
    return {"form_key": str(uuid.uuid4()), **fields}
