"""Two clerks on one record: the second sees who changed what, chooses field by field, and loses nothing."""

import re
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from operational.kernel import db
from tests.operational.app.conftest import Desk


def send(client: FlaskClient, address: str, **fields: Any) -> Any:
    """Send a form with a key of its own."""
    return client.post(address, data={"form_key": str(uuid.uuid4()), **fields})


def fields_of(page: str) -> dict[str, str]:
    """Return the fields of the conflict page's form: hidden ones and the radios that are ticked."""
    form = page.split('<form method="post" action="/views/')[1].split("</form>", maxsplit=1)[0]
    hidden = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
    ticked = re.findall(r'type="radio" name="([^"]+)" value="([^"]*)" checked', form)
    return {**dict(hidden), **dict(ticked)}


@pytest.fixture
def view_id(own_desk: Desk) -> str:
    """Save a view of the clerk and return its public id."""
    send(own_desk.client("clerk"), "/views", list_page="crm.customers", name="Moje", query="kind=business")
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        return str(session.execute(text("select public_id from operational.saved_views")).scalar_one())


def test_the_second_of_two_sees_both_values_and_chooses(own_desk: Desk, view_id: str) -> None:
    """The page names who changed which field when, shows both values, and its form saves what is chosen."""
    first, second = own_desk.client("clerk"), own_desk.client("clerk")
    address = f"/views/{view_id}"
    assert send(first, address, act="rename", name="Firmy", row_version="1").status_code == 303
    late = send(second, address, act="rename", name='Spółki <i>"', row_version="1")
    page = late.get_data(as_text=True)
    assert late.status_code == 409
    assert "staff:clerk: zmiana tego zapisu" in page
    assert "Moje" in page
    assert "Firmy" in page
    assert "Spółki &lt;i&gt;&#34;" in page
    assert "zmienione przez obie osoby" in page
    assert page.count("<h1") == 1
    chosen = fields_of(page)
    assert (chosen["name"], chosen["act"], chosen["row_version"]) == ("Firmy", "rename", "2")
    saved = second.post(address, data=chosen | {"name": "Spółki"})
    assert saved.status_code == 303
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        row = session.execute(text("select name, row_version from operational.saved_views")).one()
    assert tuple(row) == ("Spółki", 3)


def test_the_reason_of_a_change_is_kept_with_it(own_desk: Desk) -> None:
    """A form that says why writes it beside the change; the trail shows it to the auditor."""
    clerk, customer = own_desk.client("clerk"), own_desk.office.ids["customer"]
    page = clerk.get(f"/customers/{customer}/edit").get_data(as_text=True)
    known = dict(re.findall(r'<input [^>]*name="([a-z_]+)"[^>]*value="([^"]*)"', page))
    fields = known | {
        "phone": "+48 600 700 800",
        "change_reason": "telefon klienta z 2 marca",
        "language": "pl",
    }
    answer = send(clerk, f"/customers/{customer}/edit", **fields | {"invoice_channel": "email"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert "telefon klienta z 2 marca" in own_desk.client("auditor").get("/audit").get_data(as_text=True)
