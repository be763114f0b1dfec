"""A clerk at the wizard: an office with a product on sale, and a client that fills steps."""

import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from operational.app.factory import create_app
from operational.crm.products.imported import approve_imported
from operational.kernel import db
from tests.factories.staff import PASSWORD, create_office
from tests.operational.crm.contracts.test_signing import price_list


@dataclass
class Clerk:
    """A logged-in clerk with the number of a price list on sale."""

    client: FlaskClient
    database: str
    prices: int
    version: int

    def draft(self) -> str:
        """Open a draft and return its address without the step."""
        answer = self.client.post("/contracts/drafts", data={"form_key": str(uuid.uuid4())})
        assert answer.status_code == 303
        return answer.headers["Location"].rpartition("/")[0]

    def fill(self, draft: str, step: str, **given: str) -> TestResponse:
        """Send a step with the hidden fields of its page."""
        page = self.client.get(f"{draft}/{step}").get_data(as_text=True)
        version = re.search(r'name="row_version" value="(\d+)"', page)
        assert version, page[-500:]
        sent = {"row_version": version.group(1), "form_key": str(uuid.uuid4()), "action": "next", **given}
        return self.client.post(f"{draft}/{step}", data=sent)


@pytest.fixture
def clerk(database: str) -> Clerk:
    """Log a clerk in."""
    with db.open_session("app", actor="test", database=database) as session:
        create_office(session)
        prices = price_list(session)
        approve_imported(session, as_of=datetime(2025, 1, 1, tzinfo=UTC))
        version = (
            session.connection()
            .exec_driver_sql(
                "select id from operational.product_versions where price_list_id = %s", (prices,)
            )
            .scalar_one()
        )
    app = create_app(database=database, config={"WTF_CSRF_ENABLED": False})
    client = app.test_client()
    assert client.post("/login", data={"login": "clerk", "password": PASSWORD}).status_code == 303
    return Clerk(client, database, prices, version)
