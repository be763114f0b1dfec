"""One journey through the ledger in a real browser: interest notes, a plan, a write-off, every page on a
phone."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from sqlalchemy import text
from werkzeug.serving import make_server

from operational.kernel import clock, db
from orchestration.warehouse import compute_interest
from tests.factories.staff import PASSWORD
from tests.operational.app.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.warehouse]
PATIENCE = 15
_WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def address(own_desk: Desk) -> Iterator[str]:
    """Serve an office whose overdue bill bears interest up to today."""
    compute_interest(database=own_desk.database, through=clock.today())
    server = make_server("127.0.0.1", 0, own_desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def _press(browser: WebDriver, words: str) -> None:
    """Press the visible button with these words, and agree when the page asks."""
    WebDriverWait(browser, PATIENCE).until(
        lambda seen: [
            item
            for item in seen.find_elements(By.XPATH, f"//button[contains(., '{words}')]")
            if item.is_displayed()
        ]
    )
    browser.execute_script("window.confirm = () => true")
    old = browser.find_element(By.TAG_NAME, "html")
    next(
        item
        for item in browser.find_elements(By.XPATH, f"//button[contains(., '{words}')]")
        if item.is_displayed()
    ).click()
    WebDriverWait(browser, PATIENCE).until(lambda seen: seen.find_element(By.TAG_NAME, "html") != old)


def test_finance_issues_interest_agrees_on_a_plan_and_writes_off(
    browser: WebDriver, address: str, own_desk: Desk
) -> None:
    customer = own_desk.office.ids["customer"]
    browser.get(f"{address}/login")
    browser.find_element(By.NAME, "login").send_keys("finance")
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    WebDriverWait(browser, PATIENCE).until(lambda seen: "/login" not in seen.current_url)

    browser.get(f"{address}/interest")
    _press(browser, "Wystaw noty")
    assert "Wystawiono" in browser.find_element(By.TAG_NAME, "main").text
    note = browser.find_element(By.CSS_SELECTOR, "a[href*='/interest/notes/']").get_attribute("href")
    with db.open_session("app", actor="test", database=own_desk.database) as session:
        notes = session.execute(text("select count(*) from operational.interest_notes")).scalar_one()
    assert note and notes >= 1

    browser.get(f"{address}/customers/{customer}/instalments/new")
    first = clock.today() + timedelta(days=30)
    browser.execute_script("document.getElementById('f-first_due').value = arguments[0]", first.isoformat())
    _press(browser, "Pokaż harmonogram")
    _press(browser, "Zawrzyj plan")
    plan = browser.current_url
    assert "Trwa" in browser.find_element(By.TAG_NAME, "h1").text

    browser.get(f"{address}/customers/{customer}/card")
    browser.find_elements(By.CSS_SELECTOR, "input[name=item]")[-1].click()
    browser.find_element(By.ID, "w-reason").send_keys("Ugoda z klientem")
    _press(browser, "Odpisz zaznaczone")

    phone = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": True}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", phone)
    card = f"{address}/customers/{customer}/card"
    pages = [card, note, plan, *(f"{address}/{name}" for name in (
        "interest", "instalments", "refunds", "write-offs", "journal?from=2020-01-01",
        f"customers/{customer}/instalments/new", f"interest/customers/{customer}",
    ))]  # fmt: skip
    wide = []
    for page in pages:
        browser.get(page)
        assert browser.execute_script("return window.__xss") is None, page
        if browser.execute_script(_WIDE) > 0:
            wide.append(page)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide == []
    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
