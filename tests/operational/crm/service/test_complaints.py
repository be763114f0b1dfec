"""Complaints from receipt to answer: clock, dispute of the debt, acceptance by law, remedies, statistics."""

import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from operational.app.factory import create_app
from operational.crm.service import complaint_queries, complaints, statistics
from operational.crm.service.operations import add_activity, finish_linked
from operational.crm.service.rules import ServiceRefused
from operational.dunning import operations as dunning
from operational.dunning.queries import guards_today
from operational.kernel import clock, db
from operational.kernel.identifiers import virtual_account
from tests.factories.finance import issue, make_payer
from tests.factories.staff import PASSWORD, create_office, create_users

TODAY = date(2026, 6, 1)


def _given(customer_id: int, **changed: Any) -> complaints.NewComplaint:
    values: dict[str, Any] = {
        "customer_id": customer_id, "category": "price", "channel": "phone", "subject": "Za drogo",
        "body": "Cena inna niż w umowie", "received_on": TODAY, **changed,
    }  # fmt: skip
    return complaints.NewComplaint(**values)


def _row(session: Session, public_id: str, day: date = TODAY) -> complaint_queries.Complaint:
    found = complaint_queries.complaint(session, public_id=public_id, today=day)
    assert found is not None
    return found


def _answer(session: Session, public_id: str, day: date, outcome: str = "rejected") -> int:
    row = _row(session, public_id, day)
    return complaints.answer_complaint(
        session, public_id=public_id, row_version=row.row_version, as_of=day,
        answer=complaints.Answer(outcome, "Treść", "none_found"),
    )  # fmt: skip


CLOCKS = (
    (False, "price", date(2026, 6, 1), date(2026, 6, 15)),  # 14 days, a Monday
    (False, "portal", date(2026, 5, 23), date(2026, 6, 8)),  # the 14th day is a Saturday
    (False, "portal", date(2026, 4, 17), date(2026, 5, 4)),  # 1 May is a holiday, then a weekend
    (False, "portal", date(2022, 12, 5), date(2023, 1, 4)),  # 30 days by the wording until 2022
    (True, "price", date(2026, 6, 1), date(2026, 6, 15)),  # settlement of a business
    (True, "portal", date(2026, 6, 1), date(2026, 7, 1)),  # general terms: 30 days
)


def test_the_clock_follows_category_customer_and_day_of_receipt(session: Session) -> None:
    consumer, company = make_payer(session, 1), make_payer(session, 2, nip="5260001246")
    for is_company, category, received, due in CLOCKS:
        payer = company if is_company else consumer
        made = complaints.register_complaint(
            session, given=_given(payer.id, category=category, received_on=received), as_of=TODAY
        )
        assert made.due_on == due, (category, received)


def test_every_wrong_field_is_named_and_nothing_is_kept(session: Session) -> None:
    payer, other = make_payer(session, 1), make_payer(session, 2)
    foreign = issue(session, other, "10.00", on=TODAY, due=TODAY)
    with pytest.raises(ServiceRefused) as refused:
        complaints.register_complaint(
            session, given=_given(
                payer.id, category="bill", channel="pigeon", subject=" ", document_id=foreign,
                received_on=TODAY + timedelta(days=1), claimed_amount=Decimal(0),
            ), as_of=TODAY,
        )  # fmt: skip
    assert refused.value.fields == {
        "category": "choose", "channel": "choose", "subject": "missing", "document_id": "not_of_customer",
        "received_on": "in_future", "claimed_amount": "not_positive",
    }  # fmt: skip
    assert session.execute(text("select count(*) from operational.complaints")).scalar_one() == 0


def test_the_debt_of_the_document_is_not_dunned_while_the_complaint_is_open(database: str) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        payer = make_payer(session, 1)
        document = issue(
            session, payer, "300.00", on=TODAY - timedelta(days=60), due=TODAY - timedelta(days=40)
        )
        made = complaints.register_complaint(
            session, given=_given(payer.id, document_id=document), as_of=TODAY
        )
    factory = db.session_factory("app", database, actor="test")
    while_open = dunning.run_night(session_factory=factory, as_of=TODAY)
    with factory() as session:
        _answer(session, made.public_id, TODAY + timedelta(days=1))
        session.commit()
        closed = session.execute(
            text("select resolution, closed_on from operational.document_disputes")
        ).one()
    after = dunning.run_night(session_factory=factory, as_of=TODAY + timedelta(days=2))

    assert while_open.fired == 0
    assert tuple(closed) == ("rejected", TODAY + timedelta(days=1))
    assert after.fired == 1


def test_after_an_accepted_complaint_the_debt_waits_for_its_correction(database: str) -> None:
    factory = db.session_factory("app", database, actor="test")
    with factory() as session, session.begin():
        payer = make_payer(session, 1)
        document = issue(
            session, payer, "300.00", on=TODAY - timedelta(days=60), due=TODAY - timedelta(days=40)
        )
        made = complaints.register_complaint(
            session, given=_given(payer.id, document_id=document), as_of=TODAY
        )
        complaint = complaints.answer_complaint(
            session, public_id=made.public_id, row_version=1, as_of=TODAY,
            answer=complaints.Answer("accepted", "Skorygujemy", "price_list", "price_fix"),
        )  # fmt: skip
        add_activity(
            session, customer_id=payer.id, kind="task", subject="korekta", queue="billing",
            link_kind="complaint", link_id=complaint, as_of=TODAY,
        )  # fmt: skip
    while_waiting = dunning.run_night(session_factory=factory, as_of=TODAY + timedelta(days=1))
    with factory() as session, session.begin():
        assert guards_today(session, customer_id=payer.id, as_of=TODAY) == ["awaits_correction"]
        finish_linked(
            session, link_kind="complaint", link_id=complaint, note="bez korekty", as_of=clock.now()
        )
        assert guards_today(session, customer_id=payer.id, as_of=TODAY) == []
    after = dunning.run_night(session_factory=factory, as_of=TODAY + timedelta(days=2))
    assert (while_waiting.fired, after.fired) == (0, 1)


def test_a_consumers_complaint_without_an_answer_in_time_counts_as_accepted(session: Session) -> None:
    consumer, company = make_payer(session, 1), make_payer(session, 2, nip="5260001246")
    late = TODAY + timedelta(days=15)
    of_consumer, of_company = (
        complaints.register_complaint(session, given=_given(one.id), as_of=TODAY)
        for one in (consumer, company)
    )
    assert _row(session, of_consumer.public_id, late).is_deemed
    assert not _row(session, of_company.public_id, late).is_deemed
    assert complaint_queries.inbox_totals(session, today=late).deemed_count == 1
    with pytest.raises(ServiceRefused, match="counts as accepted"):
        _answer(session, of_consumer.public_id, late)
    _answer(session, of_company.public_id, late)
    _answer(session, of_consumer.public_id, late, "accepted")

    by_cause = statistics.statistics(
        session, by="cause", start=date(2026, 6, 1), end=date(2026, 7, 1), today=late
    )
    only = by_cause[0]
    assert (only.received, only.accepted, only.in_time, only.deemed, only.mean_days) == (2, 1, 0, 1, 15.0)


def test_a_closed_or_stale_complaint_is_refused_and_history_stays(session: Session) -> None:
    payer = make_payer(session, 1)
    made = complaints.register_complaint(session, given=_given(payer.id), as_of=TODAY)
    complaints.assign_complaint(session, public_id=made.public_id, row_version=1, owner="", as_of=TODAY)
    with pytest.raises(ServiceRefused) as stale:
        complaints.withdraw_complaint(
            session, public_id=made.public_id, row_version=1, reason="cofam", as_of=TODAY
        )
    complaints.withdraw_complaint(
        session, public_id=made.public_id, row_version=2, reason="cofam", as_of=TODAY
    )
    with pytest.raises(ServiceRefused) as closed:
        _answer(session, made.public_id, TODAY)
    assert (stale.value.code, closed.value.code) == ("changed_meanwhile", "complaint_closed")
    with pytest.raises(DBAPIError, match="is closed"), session.begin_nested():
        session.execute(text("update operational.complaints set cause = 'agent'"))


def _client(database: str, role: str) -> FlaskClient:
    client = create_app(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    assert client.post("/login", data={"login": role, "password": PASSWORD}).status_code == 303
    return client


def _form(**fields: object) -> dict[str, object]:
    return {"form_key": str(uuid.uuid4()), **fields}


def test_a_clerk_takes_a_complaint_from_receipt_to_a_refund_and_a_pdf(database: str) -> None:
    today = clock.today()
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        payer = make_payer(session, 1, name="Jan Nadpłacony")
        invoice = issue(session, payer, "120.00", on=today - timedelta(days=30), due=today)
        issue(session, payer, "-40.00", on=today, due=today, corrects=invoice)
        customer = session.execute(text("select public_id::text from operational.customers")).scalar_one()
    clerk = _client(database, "clerk")
    given = {
        "customer": customer, "category": "refund", "channel": "phone", "received_on": today.isoformat(),
        "subject": "<b>Zwrot</b> {{7*7}}", "body": "Proszę o zwrot", "document_id": invoice,
    }  # fmt: skip
    wrong = clerk.post("/complaints/new", data=_form(**{**given, "category": "", "claimed_amount": "abc"}))
    form = _form(**given)
    first, again = clerk.post("/complaints/new", data=form), clerk.post("/complaints/new", data=form)
    place = first.headers["Location"]
    page = clerk.get(place).get_data(as_text=True)
    answer = {
        "row_version": 1, "outcome": "accepted", "cause": "payment_matching", "remedy": "refund",
        "granted_amount": "40,00", "answer": "Zwracamy 40 zł",
    }  # fmt: skip
    bad_account = clerk.post(f"{place}/answer", data=_form(**answer, refund_account="123"))
    sent = clerk.post(f"{place}/answer", data=_form(**answer, refund_account=virtual_account("99900009", 77)))

    assert wrong.status_code == 422 and "Proszę o zwrot" in wrong.get_data(as_text=True)
    assert first.status_code == again.status_code == 303 and again.headers["Location"] == place
    assert "&lt;b&gt;Zwrot&lt;/b&gt; {{7*7}}" in page
    assert bad_account.status_code == 422 and "Zwracamy 40 zł" in bad_account.get_data(as_text=True)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    with db.open_session("app", actor="test", database=database) as session:
        assert session.execute(text("select amount, title from operational.refunds")).one()[0] == Decimal(40)
        letters = session.execute(
            text("select template_code, jsonb_array_length(files) from operational.messages order by id")
        ).all()
        assert [tuple(row) for row in letters] == [("complaint.registered", 0), ("complaint.answer", 1)]
        assert session.execute(
            text("select state, outcome, remedy, paper_id is not null from operational.complaints")
        ).one() == ("answered", "accepted", "refund", True)
    for address in ("/complaints?state=all", "/complaints/statistics", f"/customers/{customer}/service",
                    "/complaints/statistics?by=product", place):  # fmt: skip
        assert clerk.get(address).status_code == 200


def test_an_accepted_complaint_about_a_bill_starts_a_reading_or_a_look_by_billing(database: str) -> None:
    today = clock.today()
    with db.open_session("app", actor="test", database=database) as session:
        office = create_office(session)
        document = session.execute(
            text("select id from operational.documents where public_id::text = :id"),
            {"id": office.ids["invoice"]},
        ).scalar_one()
        made = [
            complaints.register_complaint(
                session, given=_given(
                    office.numbers["customer"], document_id=document, received_on=today, subject=word
                ), as_of=today,
            ) for word in ("odczyt", "cena")
        ]  # fmt: skip
    clerk = _client(database, "clerk")
    for complaint, remedy in zip(made, ("re_reading", "price_fix"), strict=True):
        answered = clerk.post(
            f"/complaints/{complaint.public_id}/answer",
            data=_form(
                row_version=1, outcome="accepted", cause="price_list", remedy=remedy, answer="Uznajemy"
            ),
        )
        assert answered.status_code == 303, answered.get_data(as_text=True)
    with db.open_session("app", actor="test", database=database) as session:
        assert session.execute(text("select count(*) from operational.reading_requests")).scalar_one() == 1
        assert session.execute(
            text("select severity from operational.billing_exceptions where code = 'complaint'")
        ).scalars().all() == ["review"]  # fmt: skip
        assert (
            session.execute(
                text("select queue, link_kind from operational.activities where kind = 'task'")
            ).all()
            == [("billing", "complaint")] * 2
        )
