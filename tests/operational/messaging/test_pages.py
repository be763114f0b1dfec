"""Pages of messaging: the outbox, the template editor, letter batches; who may do what; notices in EBOK."""

import hashlib
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.serving import make_server

from ebok.factory import create_app as create_portal
from operational.access.portal import operations as portal_access
from operational.app.factory import create_app
from operational.kernel import clock, db
from operational.messaging import operations, queries, rates, reconciling
from operational.messaging.channels.smsapi_codes import error_codes
from operational.messaging.operations import NewMessage, queue_messages
from operational.messaging.portal import operations as portal
from operational.messaging.template_operations import NewVersion, save_version
from operational.messaging.texts import BadTemplate
from orchestration.simulator.smsapi import Provider
from tests.factories.staff import PASSWORD, create_office
from tests.operational.messaging.conftest import NOW, Inbox, deliver, issue

Factory = sessionmaker[Session]
LOOP = "{% for x in number %}{{ x }}{% endfor %}"
REACH = "{{ number.__class__ }}"


@pytest.fixture
def app(database: str, factory: Factory) -> Flask:
    """Open the staff app on an office with users of every role."""
    with factory() as session, session.begin():
        create_office(session)
    return create_app(database=database, config={"WTF_CSRF_ENABLED": False})


def logged_in(app: Flask, role: str) -> FlaskClient:
    """Return a browser of a role."""
    client = app.test_client()
    assert client.post("/login", data={"login": role, "password": PASSWORD}).status_code == 303
    return client


def form(**fields: object) -> dict[str, object]:
    """Return a form with a key of its own."""
    return {"form_key": str(uuid.uuid4()), **fields}


def test_a_failed_message_is_seen_held_retried_and_only_by_those_who_may(
    app: Flask, factory: Factory, inbox: Inbox
) -> None:
    customer = _customer(factory)
    with factory() as session, session.begin():
        given = {"link": "https://x.example/t?k=secret-token", "valid_until": "12:00"}
        ids = queue_messages(
            session,
            messages=[
                NewMessage("reset", customer, "account.password_reset", given, recipient="bad@example.pl"),
                NewMessage(
                    "hold-me", customer, "complaint.answer", {"case_number": "R/1", "answer": "<b>x</b>"}
                ),
            ],
            as_of=NOW,
        ).ids
    inbox.refused = {"bad@example.pl"}
    finance, clerk = logged_in(app, "finance"), logged_in(app, "clerk")
    held = finance.post("/messages/act", data=form(id=ids["hold-me"], action="hold", reason="spór"))
    assert held.status_code == 303
    assert deliver(factory).failed == 1
    page = clerk.get("/messages?status=failed").get_data(as_text=True)
    assert "kod 550" in page and "Zmiana hasła do EBOK" in page
    refused = clerk.post("/messages/act", data=form(id=ids["reset"], action="retry"))
    assert refused.status_code == 403
    with factory() as session:
        rows = {row.key: row for row in queries.messages(session)}
    one = finance.get(f"/messages/{rows['hold-me'].public_id}").get_data(as_text=True)
    assert "&lt;b&gt;x&lt;/b&gt;" in one and "spór" in one
    secret = finance.get(f"/messages/{rows['reset'].public_id}").get_data(as_text=True)
    assert "secret-token" not in secret
    inbox.refused = set()
    with factory() as session, session.begin():
        (bad,) = queries.bad_addresses(session)
    assert finance.post(f"/messages/addresses/{bad.id}/clear", data=form()).status_code == 303
    for key, action in (("reset", "retry"), ("hold-me", "release")):
        assert finance.post("/messages/act", data=form(id=ids[key], action=action)).status_code == 303
    with factory() as session, session.begin():
        session.execute(text("update operational.messages set next_attempt_at = :at"), {"at": NOW})
    assert deliver(factory, NOW + timedelta(hours=1)).emails == 1
    with factory() as session:
        kept = session.execute(
            text("select variables from operational.messages where key = 'reset'")
        ).scalar()
    assert kept == {}, "the secret is forgotten once it is sent"
    with factory() as session:
        history = session.execute(
            text("select public_id from operational.customers where id = :id"), {"id": customer}
        ).scalar_one()
    assert "Wysłano" in clerk.get(f"/customers/{history}/history").get_data(as_text=True)


def _customer(factory: Factory, ordinal: int = 1) -> int:
    with factory() as session:
        found: int = session.execute(
            text("select id from operational.customers order by id offset :at limit 1"), {"at": ordinal - 1}
        ).scalar_one()
    return found


def test_a_text_that_could_fail_or_do_harm_is_refused_at_save(session: Session) -> None:
    bad = (
        "{{ nothing }}",
        LOOP,
        REACH,
        "{{ number",
        "{% if number %}",
        "",
        "{{ number|upper }}",
        "{{ 7 * 7 }}",
    )
    for body in bad:
        with pytest.raises(BadTemplate):
            save_version(session, version=NewVersion("interest.note", "standard", "pl", "Nota", body))
    with pytest.raises(BadTemplate):
        save_version(session, version=NewVersion("interest.note", "sms", "pl", "A subject", "{{ number }}"))
    fine = NewVersion("interest.note", "sms", "pl", "", "{% if amount %}{{ number }}{% endif %}")
    assert save_version(session, version=fine)
    with pytest.raises(BadTemplate, match="same"):
        save_version(session, version=fine)


def test_letters_are_shown_downloaded_and_printed_again(
    app: Flask, factory: Factory, inbox: Inbox, tmp_path: Path
) -> None:
    issued = issue(factory, "letter", 2)
    assert deliver(factory).letters == 2
    finance, clerk = logged_in(app, "finance"), logged_in(app, "clerk")
    with factory() as session:
        (batch,) = queries.batches(session)
        (public_id,) = session.execute(
            text("select public_id from operational.documents where id = :id"), {"id": issued[0].id}
        ).one()
    assert clerk.get("/messages/letters").status_code == 403
    page = finance.get(f"/messages/letters/{batch.public_id}").get_data(as_text=True)
    assert issued[0].number in page and batch.pdf_sha256 in page
    pdf = finance.get(f"/messages/letters/{batch.public_id}/pdf").data
    assert hashlib.sha256(pdf).hexdigest() == batch.pdf_sha256
    assert pdf == (tmp_path / "letters" / f"{batch.name}.pdf").read_bytes()
    manifest = finance.get(f"/messages/letters/{batch.public_id}/sha256").get_data(as_text=True)
    assert f"{batch.pdf_sha256}  {batch.name}.pdf" in manifest
    given = form(position=2, reason="zacięcie papieru")
    assert finance.post(f"/messages/letters/{batch.public_id}/reprint", data=given).status_code == 303
    assert "zacięcie papieru" in finance.get("/messages/letters").get_data(as_text=True)
    assert "Wysłano" in clerk.get(f"/invoices/{public_id}").get_data(as_text=True)


def test_customers_see_their_own_notices_only_and_reading_is_remembered(
    database: str, factory: Factory, inbox: Inbox
) -> None:
    mine, other = (one.id for one in issue(factory, "ebok", 2))
    with factory() as session, session.begin():
        owners = dict(session.execute(text("select id, customer_id from operational.documents")).all())  # type: ignore[arg-type]
        numbers = {owners[mine]: "100001", owners[other]: "100002"}
        for customer_id, number in numbers.items():
            portal_access.create_account(
                session, customer_id=customer_id, login=f"klient{number}", password="correct horse battery"
            )
    assert deliver(factory).portal == 2
    client = create_portal(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    client.post("/login", data={"login": "klient100001", "password": "correct horse battery"})
    first = client.get("/").get_data(as_text=True)
    assert "Powiadomienia: 1 nowe" in first
    page = client.get("/notices").get_data(as_text=True)
    assert "Nowa faktura FV/2026/04/000001" in page and "FV/2026/04/000002" not in page
    assert "Powiadomienia: 1" not in client.get("/").get_data(as_text=True)
    token = next(cookie.value for cookie in client._cookies.values() if cookie.key == "iris_ebok")
    with db.open_session("ebok", actor="ebok:1", database=database, session_token=token) as session:
        seen = session.execute(text("select customer_id from operational.messages")).scalars().all()
        theirs = session.execute(text("select count(*) from operational.message_templates")).scalar()
    assert (seen, theirs) == ([owners[mine]], 1)
    with factory() as session:
        foreign = session.execute(
            text("select id from operational.messages where customer_id = :id"), {"id": owners[other]}
        ).scalar_one()
    with db.open_session("ebok", actor="ebok:1", database=database, session_token=token) as session:
        portal.mark_read(session, message_ids=[foreign], customer_id=owners[other], as_of=NOW)
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        db.open_session("ebok", actor="ebok:1", database=database, session_token=token) as session,
    ):
        session.execute(
            text("insert into operational.notice_reads (message_id, customer_id) values (:id, :owner)"),
            {"id": foreign, "owner": owners[other]},
        )
    with factory() as session:
        reads = session.execute(text("select customer_id from operational.notice_reads")).scalars().all()
    assert reads == [owners[mine]]


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Serve the app on a free port of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.browser
def test_a_text_is_edited_previewed_on_a_customer_saved_and_put_in_force(
    app: Flask, address: str, factory: Factory, browser: WebDriver, inbox: Inbox
) -> None:
    with factory() as session:
        number = session.execute(
            text("select customer_number from operational.customers limit 1")
        ).scalar_one()
    wait = WebDriverWait(browser, 20)
    browser.get(f"{address}/login")
    browser.find_element(By.NAME, "login").send_keys("finance")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    wait.until(lambda found: "/login" not in found.current_url)
    browser.get(f"{address}/messages/templates/interest.note?channel=standard&language=pl")
    box = browser.find_element(By.NAME, "body")
    box.clear()
    box.send_keys("Nota {{ wrong }}")
    browser.find_element(By.NAME, "customer").send_keys(number)
    browser.find_element(By.CSS_SELECTOR, "button[formaction]").click()
    wait.until(lambda found: found.find_elements(By.CSS_SELECTOR, "[role=alert]"))
    box = browser.find_element(By.NAME, "body")
    box.clear()
    box.send_keys("Nota dla: {{ customer_name }}, numer {{ number }}.")
    browser.find_element(By.CSS_SELECTOR, "button[formaction]").click()
    shown = wait.until(lambda found: found.find_element(By.CSS_SELECTOR, "#preview .written")).text
    assert shown.startswith('Nota dla: Piekarnia Kłos "><script>')
    assert browser.find_elements(By.CSS_SELECTOR, "#difference .removed")
    browser.find_element(By.XPATH, "//form//button[contains(., 'Zapisz')]").click()
    wait.until(lambda found: "version=" in found.current_url)
    browser.find_element(By.XPATH, "//aside//button[contains(., 'Wprowadź')]").click()
    wait.until(lambda found: "version=" not in found.current_url)
    assert browser.execute_script("return document.documentElement.scrollWidth <= innerWidth")
    values = {"number": "NO/7", "amount": Decimal("1.00"), "due_date": NOW.date()}
    note = NewMessage(
        "n", _customer(factory), "interest.note", values, channel="email", recipient="a@example.pl"
    )
    with factory() as session, session.begin():
        operations.queue_messages(session, messages=[note], as_of=NOW)
    deliver(factory)
    (message,) = inbox.messages
    body = message.get_body(("plain",))
    assert body is not None and "numer NO/7." in body.get_content()
    html = message.get_body(("html",))
    assert html is not None and "<script>" not in html.get_content()


def test_a_rate_is_changed_from_a_day_on_and_a_stale_or_wrong_one_is_refused(
    app: Flask, factory: Factory, inbox: Inbox, provider: Provider
) -> None:
    finance, clerk = logged_in(app, "finance"), logged_in(app, "clerk")
    with factory() as session:
        seen = {row.channel: row.id for row in rates.rules_in_force(session, on=clock.today())}
    day = (clock.today() + timedelta(days=3)).isoformat()
    values = {
        "channel": "sms", "row_version": seen["sms"], "per_minute": 40, "most_attempts": 5,
        "first_wait_seconds": 30, "longest_wait_seconds": 600, "known_hours": 24, "valid_from": day,
        "reason": "contract of the provider",
    }  # fmt: skip
    assert clerk.post("/messages/channels", data=form(**values)).status_code == 403
    wrong = finance.post("/messages/channels", data=form(**values | {"longest_wait_seconds": 1}))
    assert (wrong.status_code, 'value="contract of the provider"' in wrong.text) == (422, True)
    assert finance.post("/messages/channels", data=form(**values)).status_code in (302, 303)
    stale = finance.post("/messages/channels", data=form(**values | {"valid_from": "2099-01-01"}))
    assert stale.status_code == 409 or "changed" in stale.text or stale.status_code == 422
    customer = _customer(factory)
    with factory() as session, session.begin():
        rules = [row for row in rates.rules_in_force(session, on=clock.today()) if row.channel == "sms"]
        values = {"documents": "FV/1", "amount": Decimal("10.00"), "days": 7}
        message = NewMessage("m", customer, "reminder.overdue", values, channel="sms", recipient="600100200")
        queue_messages(session, messages=[message], as_of=NOW)
    assert [(row.per_minute, row.valid_to is None) for row in rules] == [(300, False), (40, True)]
    provider.token = "another"
    deliver(factory)
    reconciling.reconcile(session_factory=factory, as_of=NOW + timedelta(hours=1))
    page = clerk.get("/messages/channels").text
    assert "SMSAPI 101" in page
    assert "Zmień zasadę" not in page
    assert error_codes()[13].fault == "address" and error_codes()[103].fault == "configuration"
