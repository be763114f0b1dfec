"""Dunning in the staff app: the way of a collector through a real browser, a procedure through four eyes."""

import re
import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from sqlalchemy import text
from werkzeug.serving import make_server

from operational.app.factory import create_app
from operational.dunning.operations import run_night
from operational.kernel import clock, db
from tests.factories.finance import issue, make_payer
from tests.factories.staff import PASSWORD, create_users


@pytest.fixture
def desk(database: str) -> str:
    """Make users of every role and a payer with a case at its first demand; return the case's public id."""
    today = clock.today()
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        payer = make_payer(session, 1, name="Jan Zaległy")
        issue(session, payer, "250.00", on=today - timedelta(days=40), due=today - timedelta(days=29))
    factory = db.session_factory("app", database, actor="test")
    for days in (20, 10):
        run_night(session_factory=factory, as_of=today - timedelta(days=days))
    with factory() as session:
        return str(
            session.execute(text("select public_id::text from operational.dunning_cases")).scalar_one()
        )


def _client(database: str, role: str) -> FlaskClient:
    client = create_app(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    assert client.post("/login", data={"login": role, "password": PASSWORD}).status_code == 303
    return client


def _form(**fields: object) -> dict[str, object]:
    return {"form_key": str(uuid.uuid4()), **fields}


def test_a_clerk_writes_notes_and_disputes_but_acts_on_nothing(database: str, desk: str) -> None:
    clerk, collector = _client(database, "clerk"), _client(database, "collections")
    until = (clock.today() + timedelta(days=90)).isoformat()

    noted = clerk.post(f"/dunning/cases/{desk}/notes", data=_form(body="Rozmowa"))
    held = clerk.post(f"/dunning/cases/{desk}/holds", data=_form(reason="other", held_until=until))
    too_long = collector.post(f"/dunning/cases/{desk}/holds", data=_form(reason="other", held_until=until))
    supervisor_only = collector.post(
        f"/dunning/cases/{desk}/long-holds", data=_form(reason="other", held_until=until)
    )

    assert (noted.status_code, held.status_code) == (303, 403)
    assert (too_long.status_code, supervisor_only.status_code) == (422, 403)
    assert "Rozmowa" in clerk.get(f"/dunning/cases/{desk}").get_data(as_text=True)


def test_a_procedure_changes_by_a_draft_that_somebody_else_approves(database: str, desk: str) -> None:
    author, other = _client(database, "finance"), _client(database, "admin")
    base = _one(
        database, "select public_id::text from operational.dunning_procedures where code = 'household'"
    )
    from_day = (clock.today() + timedelta(days=7)).isoformat()
    draft = author.post(f"/dunning/procedures/{base}/versions", data=_form(valid_from=from_day)).headers[
        "Location"
    ]
    page = author.get(draft).get_data(as_text=True)
    fields: dict[str, object] = dict(re.findall(r'name="(\d+-\w+)" value="([^"]*)"', page))
    for name, chosen in re.findall(r'<select name="(\d+-\w+)">(.*?)</select>', page):
        found = re.search(r'value="([^"]*)" selected', chosen)
        fields[name] = found.group(1) if found else ""
    for at in range(7, 10):
        fields[f"{at}-is_manual"] = "1"
    at = next(name.split("-")[0] for name, value in fields.items() if value == "demand_1")
    version = re.search(r'name="row_version" value="(\d+)"', page)
    assert version

    saved = author.post(
        f"{draft}/steps", data=_form(**{**fields, f"{at}-day_offset": "12"}, row_version=version.group(1))
    )
    fee = author.post(
        f"{draft}/steps",
        data=_form(**{**fields, f"{at}-fee_amount": "15"}, row_version=int(version.group(1)) + 1),
    )
    changed = author.get(draft).get_data(as_text=True)
    form = {"row_version": int(version.group(1)) + 1, "decision": "approve"}
    own = author.post(f"{draft}/decision", data=_form(**form))
    theirs = other.post(f"{draft}/decision", data=_form(**form))

    assert (saved.status_code, fee.status_code, own.status_code, theirs.status_code) == (303, 422, 422, 303)
    assert "<b>12</b>" in changed
    ends = _one(
        database,
        "select valid_to::text from operational.dunning_procedures"
        " where code = 'household' and version_no = 1",
    )
    assert ends == from_day


def _one(database: str, query: str) -> str:
    with db.open_session("app", actor="test", database=database) as session:
        return str(session.execute(text(query)).scalar_one())


@pytest.fixture
def address(database: str, desk: str) -> Iterator[str]:
    """Serve the app on a free port of this machine."""
    server = make_server("127.0.0.1", 0, create_app(database=database), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.mark.browser
@pytest.mark.slow
def test_a_collector_holds_a_case_from_the_board_after_a_preview(
    browser: WebDriver, address: str, database: str
) -> None:
    wait = WebDriverWait(browser, 15)
    browser.get(f"{address}/login")
    browser.find_element(By.NAME, "login").send_keys("collections")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    wait.until(lambda found: "/login" not in found.current_url)

    browser.get(f"{address}/dunning")
    browser.find_element(By.NAME, "case").click()
    browser.find_element(By.CSS_SELECTOR, "button[value=hold]").click()
    wait.until(lambda found: found.find_elements(By.NAME, "held_until"))
    assert _one(database, "select count(*) from operational.dunning_holds") == "0"  # only a preview so far
    day: date = clock.today() + timedelta(days=14)
    browser.execute_script(
        "document.querySelector('[name=held_until]').value = arguments[0]", day.isoformat()
    )
    browser.find_element(By.CSS_SELECTOR, "main form .btn-brand").click()
    wait.until(lambda found: found.current_url.endswith("/dunning"))
    browser.find_element(By.LINK_TEXT, "Jan Zaległy").click()
    wait.until(lambda found: "/dunning/cases/" in found.current_url)

    assert _one(database, "select held_until::text from operational.dunning_holds") == day.isoformat()
    assert "wstrzymane" in browser.find_element(By.CSS_SELECTOR, "h1").text.lower()
    browser.set_window_size(500, 900)
    wide = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0
