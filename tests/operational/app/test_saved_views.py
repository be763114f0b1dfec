"""Saved views: a person's own and the team's, chosen, replaced, renamed, deleted, opened first."""

import html
import re
import uuid

from flask.testing import FlaskClient

from tests.operational.app.conftest import Desk


def save(client: FlaskClient, name: str, query: str, **more: str) -> str:
    """Save a view of the customers and return where the browser is led."""
    data = {"list_page": "crm.customers", "name": name, "query": query, "form_key": str(uuid.uuid4()), **more}
    answer = client.post("/views", data=data)
    assert answer.status_code == 303
    return answer.headers["Location"]


def views(client: FlaskClient) -> dict[str, str]:
    """Return the views the menu of the customers offers: name -> public id."""
    page = client.get("/customers?all=1").get_data(as_text=True)
    link = r'<a href="/views/([0-9a-f-]{36})"[^>]*>\s*(?:<svg.*?</svg>)?\s*([^<]+?)\s*<'
    found = re.findall(link, page, re.DOTALL)
    return {html.unescape(name): public_id for public_id, name in found}


def act(client: FlaskClient, public_id: str, act: str, **more: str) -> str:
    """Press a button of a view's form and return the page after it."""
    data = {"act": act, "form_key": str(uuid.uuid4()), **more}
    return client.post(f"/views/{public_id}", data=data, follow_redirects=True).get_data(as_text=True)


def test_the_life_of_a_view(own_desk: Desk) -> None:
    """Saved without page and export, chosen, replaced by name, renamed, made the default, deleted."""
    clerk, billing = own_desk.client("clerk"), own_desk.client("billing")
    led = save(clerk, "Zaległe", "overdue=1&kind=business&page=3&export=csv")
    assert led == "/customers?overdue=1&kind=business"
    save(clerk, "Zaległe", "overdue=1")
    save(clerk, "Firmy", "kind=business", is_team="1")
    assert set(views(clerk)) == {"Zaległe", "Firmy"}
    assert set(views(billing)) == {"Firmy"}
    mine, team = views(clerk)["Zaległe"], views(clerk)["Firmy"]
    assert clerk.get(f"/views/{mine}").headers["Location"] == "/customers?overdue=1"
    assert billing.get(f"/views/{mine}").status_code == 404
    assert "należy do kogoś innego" in act(billing, team, "delete")
    save(clerk, "Inny", "kind=household")
    assert "Jest już widok o tej nazwie" in act(clerk, mine, "rename", name="inny", row_version="2")
    act(clerk, views(clerk)["Inny"], "delete")
    act(clerk, mine, "rename", name="Po terminie", row_version="2")
    assert set(views(clerk)) == {"Po terminie", "Firmy"}
    act(billing, team, "default")
    assert billing.get("/customers").headers["Location"] == "/customers?kind=business"
    assert clerk.get("/customers").status_code == 200
    assert billing.get("/customers?all=1").status_code == 200
    act(clerk, team, "delete")
    assert billing.get("/customers").status_code == 200
    assert set(views(clerk)) == {"Po terminie"}


def test_a_stale_name_and_a_foreign_list_are_refused(own_desk: Desk) -> None:
    """A rename of what changed meanwhile is a conflict; a view of a page one may not open is no view."""
    clerk = own_desk.client("clerk")
    save(clerk, "Moje", "kind=business")
    public_id = views(clerk)["Moje"]
    data = {"act": "rename", "name": "Inne", "row_version": "9", "form_key": str(uuid.uuid4())}
    assert clerk.post(f"/views/{public_id}", data=data).status_code == 409
    data = {"list_page": "home.audit", "name": "x", "query": "", "form_key": str(uuid.uuid4())}
    assert clerk.post("/views", data=data).status_code == 404
