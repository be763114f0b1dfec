"""Complaints of the portal: form, deadline, thread, answer, and nothing of anybody else's."""

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from operational.crm.service import complaints
from operational.kernel import clock, db
from tests.ebok.conftest import TODAY, Household, World, csrf_token
from tests.ebok.test_row_level_security import token_of


def _form(client: FlaskClient, **fields: object) -> dict[str, object]:
    token = csrf_token(client.get("/cases/new"))
    given = {"category": "reading", "subject": "Za dużo kWh", "body": "Licznik pokazuje mniej {{7*7}}"}
    return {"csrf_token": token, "key": str(uuid.uuid4()), **given, **fields}


def test_a_complaint_goes_from_the_form_to_its_answer(
    world: World, browser_of: Callable[[Household], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, barbara = browser_of(world.a), browser_of(world.b)
    open_invoice = world.a.invoices[13]
    wrong = anna.post("/cases/new", data=_form(anna, category="", subject=" ", claimed_amount="x1"))
    foreign = anna.post("/cases/new", data=_form(anna, document=world.b.invoices[13].id))
    form = _form(anna, document=open_invoice.id)
    first, again = anna.post("/cases/new", data=form), anna.post("/cases/new", data=form)
    place = first.headers["Location"]
    page = anna.get(place).text

    assert (
        wrong.status_code == 422
        and "To nie jest kwota" in wrong.text
        and "Licznik pokazuje mniej" in wrong.text
    )
    assert foreign.status_code == 422
    assert (first.status_code, again.status_code, again.headers["Location"]) == (303, 303, place)
    assert "29 lipca 2026" in page.replace("\xa0", " ") and "{{7*7}}" in page
    assert barbara.get(place).status_code == 404
    assert (
        barbara.post(
            place, data={"csrf_token": csrf_token(barbara.get("/cases/new")), "body": "x"}
        ).status_code
        == 404
    )
    with db.open_session("app", actor="staff:anna", database=world.database) as session:
        made = session.execute(
            text("select id, public_id::text, row_version from operational.complaints")
        ).one()
        disputed = session.execute(
            text("""select o.document_id, x.reason, x.complaint_id from operational.document_disputes x
                     join operational.open_items o on o.id = x.open_item_id where x.closed_on is null""")
        ).all()
        assert [tuple(row) for row in disputed] == [(open_invoice.id, "reading", made.id)]
        complaints.ask_customer(
            session, public_id=made.public_id, row_version=1, question="Ile pokazuje licznik?",
            as_of=clock.now(), day=TODAY,
        )  # fmt: skip
    asked = anna.get(place)
    assert "Ile pokazuje licznik?" in asked.text
    assert anna.post(place, data={"csrf_token": csrf_token(asked), "body": " "}).status_code == 422
    assert anna.post(place, data={"csrf_token": csrf_token(asked), "body": "1234"}).status_code == 303
    with db.open_session("app", actor="staff:anna", database=world.database) as session:
        row = session.execute(text("select state, row_version from operational.complaints")).one()
        assert row.state == "in_progress"
        complaints.answer_complaint(
            session, public_id=made.public_id, row_version=row.row_version, as_of=TODAY + timedelta(days=3),
            answer=complaints.Answer("partly", "Odczyt zostanie powtórzony", "meter_reading", "re_reading"),
        )  # fmt: skip
    page = anna.get(place).text
    assert "Odczyt zostanie powtórzony" in page and "uznana w części" in page
    assert "Dystrybutor ponownie odczyta" in page and world.a.customer.number in anna.get("/").text
    assert anna.get("/cases").text.count("R/2026/") == 1 and "R/2026/" not in barbara.get("/cases").text
    closed = anna.post(place, data={"csrf_token": csrf_token(anna.get("/cases/new")), "body": "jeszcze"})
    assert closed.status_code == 422


def test_a_deadline_that_passed_is_told_to_the_customer(
    world: World, browser_of: Callable[[Household], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = browser_of(world.a)
    place = anna.post("/cases/new", data=_form(anna)).headers["Location"]
    monkeypatch.setattr(clock, "today", lambda: TODAY + timedelta(days=15))
    assert "z mocy prawa reklamacja jest uznana" in anna.get(place).text


def test_the_portals_role_writes_and_reads_only_the_own_complaints(world: World) -> None:
    insert = text("""
        insert into operational.complaints (customer_id, category_code, channel, subject, body, document_id,
          disputed_item_ids, received_on, registered_on, deadline_id, due_on)
        select :customer, 'price', 'ebok', 's', 'b', :document, :items, :day, :day, min(id), :day + 14
          from operational.complaint_deadlines""")
    own = {"customer": world.a.customer.id, "document": world.a.invoices[0].id, "items": [], "day": TODAY}
    with db.open_session("app", actor="test", database=world.database) as session:
        foreign_item = session.execute(
            text("select id from operational.open_items where customer_id = :id limit 1"),
            {"id": world.b.customer.id},
        ).scalar_one()
    wrong = (
        {**own, "customer": world.b.customer.id}, {**own, "document": world.b.invoices[0].id},
        {**own, "items": [foreign_item]},
    )  # fmt: skip
    token = token_of(world, world.a.login)
    with db.open_session("ebok", actor="ebok:1", database=world.database, session_token=token) as session:
        for given in wrong:
            with pytest.raises(DatabaseError, match="row-level security"), session.begin_nested():
                session.execute(insert, given)
        session.execute(insert, own)
        with pytest.raises(DatabaseError, match="permission denied"), session.begin_nested():
            session.execute(text("update operational.complaints set state = 'answered'"))
        with pytest.raises(DatabaseError, match="permission denied"), session.begin_nested():
            session.execute(text("select owner_login from operational.complaints"))
    other = token_of(world, world.b.login)
    with db.open_session("ebok", actor="ebok:2", database=world.database, session_token=other) as session:
        assert session.execute(text("select count(*) from operational.complaints")).scalar_one() == 0
