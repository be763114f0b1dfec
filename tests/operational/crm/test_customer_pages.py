"""Pages of customers: people, consents, duplicates, merge, timeline;
at most 15 queries for the whole page.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from operational.app.factory import create_app
from operational.kernel import db, roles
from tests.factories.staff import PASSWORD, Office, create_office

MOST_QUERIES = 15
NEW = {
    "kind": "household", "name": "Ewa Nowak", "invoice_channel": "ebok", "street": "ul. Nowa",
    "building": "1", "postal_code": "00-950", "city": "Łódź", "phone": "602 111 222",
}  # fmt: skip


@dataclass
class Desk:
    """A logged-in clerk of an office with one customer."""

    database: str
    office: Office
    client: FlaskClient

    def post(self, path: str, **fields: str) -> Any:
        """Send a form with a key of its own."""
        return self.client.post(path, data={"form_key": str(uuid.uuid4()), **fields})

    def page(self, path: str) -> str:
        """Return a page that must open."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.status_code
        return answer.get_data(as_text=True)

    def customer(self, name: str) -> str:
        """Return the public id of a customer."""
        with db.open_session("app", actor="test", database=self.database) as session:
            found = session.execute(
                text("select public_id::text from operational.customers where name = :name"), {"name": name}
            )
            return str(found.scalar_one())


@pytest.fixture(scope="module")
def desk(template_database: str) -> Iterator[Desk]:
    """Open an office that the tests of this module share."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    roles.create_database(name, template_database)
    with db.open_session("app", actor="test", database=name) as session:
        office = create_office(session)
    client = create_app(database=name, config={"WTF_CSRF_ENABLED": False}).test_client()
    client.post("/login", data={"login": "clerk", "password": PASSWORD})
    client.set_cookie("iris_language", "en")
    yield Desk(name, office, client)
    db.dispose_engines(name)
    roles.drop_database(name)


def test_the_whole_page_of_a_customer_takes_at_most_fifteen_queries(desk: Desk) -> None:
    path = f"/customers/{desk.office.ids['customer']}"
    desk.page(path)
    seen: list[str] = []

    def count(*given: Any) -> None:
        seen.append(given[2])

    event.listen(Engine, "before_cursor_execute", count)
    try:
        page = desk.page(path)
    finally:
        event.remove(Engine, "before_cursor_execute", count)

    assert "Timeline" in page
    assert len(seen) <= MOST_QUERIES, "\n".join(seen)


@pytest.mark.parametrize("tab", ["people", "points", "contracts", "history"])
def test_the_header_stands_on_every_tab(desk: Desk, tab: str) -> None:
    page = desk.page(f"/customers/{desk.office.ids['customer']}/{tab}")

    assert page.count("<h1>") == 1
    assert 'class="hd stick"' in page


@pytest.mark.parametrize(
    "show", ["", "contacts", "money", "dunning", "contracts", "switching", "cases", "changes"]
)
def test_the_timeline_narrows_to_each_group(desk: Desk, show: str) -> None:
    answer = desk.client.get(
        f"/customers/{desk.office.ids['customer']}?show={show}", headers={"HX-Request": "true"}
    )
    page = answer.get_data(as_text=True)

    assert answer.status_code == 200
    assert ("Payment " in page) is (show in ("", "money"))


def test_people_addresses_and_consents_are_recorded_and_mistakes_stand_at_their_field(desk: Desk) -> None:
    path = f"/customers/{desk.office.ids['customer']}"

    wrong = desk.post(f"{path}/people", role="proxy", person_name="", phone="12", valid_from="x")
    assert wrong.status_code == 422
    assert 'id="e-phone"' in (page := wrong.get_data(as_text=True)) or 'id="e-valid_from"' in page
    assert desk.post(f"{path}/people", role="proxy", person_name="Ewa Zając").status_code == 303
    assert desk.post(f"{path}/addresses", kind="site", street="Nowa", building="1", city="Łódź",
                     postal_code="00950").status_code == 422  # fmt: skip
    assert desk.post(f"{path}/addresses", kind="site", street="Nowa", building="77", city="Łódź",
                     postal_code="00-950").status_code == 303  # fmt: skip
    given = {"kind": "profiling", "granted": "1", "channel": "phone"}
    assert desk.post(f"{path}/consents", **given).status_code == 422
    assert desk.post(f"{path}/consents", **given, source="recording 2231").status_code == 303

    page = desk.page(f"{path}/people")
    assert all(words in page for words in ("Ewa Zając", "Nowa 77", "recording 2231"))


def test_a_likely_duplicate_is_shown_beside_the_form_and_created_only_on_purpose(desk: Desk) -> None:
    assert desk.post("/customers/new", **NEW).status_code == 303

    asked = desk.post("/customers/new", **{**NEW, "name": "Ewa Nowack"})
    page = asked.get_data(as_text=True)
    beside = desk.page("/customers/likely?name=&phone=602111222")

    assert asked.status_code == 422
    assert desk.customer("Ewa Nowak") in page
    assert 'value="Ewa Nowack"' in page
    assert desk.customer("Ewa Nowak") in beside
    assert desk.post("/customers/new", **{**NEW, "name": "Ewa Nowack"}, is_another="1").status_code == 303


def test_a_pair_of_the_queue_is_merged_and_the_old_page_leads_to_the_kept_one(desk: Desk) -> None:
    assert desk.post("/customers/duplicates").status_code == 303
    assert "Ewa Nowack" in desk.page("/customers/duplicates")
    kept, ended = desk.customer("Ewa Nowak"), desk.customer("Ewa Nowack")
    with db.open_session("app", actor="test", database=desk.database) as session:
        number = session.execute(
            text("select customer_number from operational.customers where public_id::text = :id"),
            {"id": ended},
        ).scalar_one()

    form = desk.page(f"/customers/{kept}/merge?other={number}")
    versions = {"other": number, "row_version": "1", "other_version": "1"}
    assert "Merge" in form
    assert desk.post(f"/customers/{kept}/merge", **versions, reason="").status_code == 422
    assert desk.post(
        f"/customers/{kept}/merge", **{**versions, "row_version": "9"}, reason="x"
    ).status_code in (409, 422)
    assert desk.post(f"/customers/{kept}/merge", **versions, reason="one person").status_code == 303

    assert desk.client.get(f"/customers/{ended}").headers["Location"].endswith(kept)
    assert "was merged into customer" in desk.page(f"/customers/{ended}?old=1")
    assert number in desk.page(f"/customers/{kept}")


def test_a_merge_with_open_money_is_refused_with_the_reason(desk: Desk) -> None:
    kept = desk.customer("Ewa Nowak")
    with db.open_session("app", actor="test", database=desk.database) as session:
        number = session.execute(
            text("select customer_number from operational.customers where public_id::text = :id"),
            {"id": desk.office.ids["customer"]},
        ).scalar_one()

    page = desk.page(f"/customers/{kept}/merge?other={number}")

    assert "They cannot be merged yet" in page
    assert 'name="reason"' not in page
