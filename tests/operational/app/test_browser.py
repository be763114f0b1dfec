"""The staff app in a real browser: nothing hostile runs, no page overflows a phone, keys and readers work."""

import threading
from collections.abc import Iterator

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from tests.factories.staff import PASSWORD
from tests.operational.app.conftest import Desk

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# Width of a phone and axe: tests/journeys/test_every_page.py walks every page.


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """Serve the app on a free port of this machine."""
    server = make_server("127.0.0.1", 0, desk.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def _log_in(browser: WebDriver, address: str, role: str = "admin") -> None:
    browser.get(f"{address}/login")
    browser.find_element(By.NAME, "login").send_keys(role)
    browser.find_element(By.NAME, "password").send_keys(PASSWORD, Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda found: "/login" not in found.current_url)


def _pages(desk: Desk) -> list[str]:
    ids = desk.office.ids
    return [
        "/",
        "/customers",
        f"/customers/{ids['customer']}",
        f"/customers/{ids['customer']}/account",
        "/customers/new",
        "/invoices",
        f"/invoices/{ids['invoice']}",
        f"/invoices/{ids['correction']}",
        f"/supply-points/{ids['point']}",
        "/billing/exceptions",
        f"/billing/runs/{ids['run']}",
        "/suspense",
        f"/payments/{ids['suspense']}",
        "/bank-files",
        "/files",
        "/staff",
        "/search?q=klos",
    ]


def test_no_page_runs_hostile_text_or_breaks_the_content_policy(
    browser: WebDriver, address: str, desk: Desk
) -> None:
    _log_in(browser, address)
    for page in _pages(desk):
        browser.get(address + page)
        assert browser.execute_script("return window.__xss") is None, page

    assert [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_a_customer_is_found_and_opened_by_the_keyboard_alone(
    browser: WebDriver, address: str, desk: Desk
) -> None:
    _log_in(browser, address, "clerk")
    browser.get(f"{address}/invoices")
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    browser.switch_to.active_element.send_keys("klos")
    WebDriverWait(browser, 10).until(lambda found: found.find_elements(By.CSS_SELECTOR, "#search-results a"))
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda found: "/customers/" in found.current_url)

    assert browser.current_url.endswith(desk.office.ids["customer"])


def test_a_line_opens_its_explanation_in_place(browser: WebDriver, address: str, desk: Desk) -> None:
    _log_in(browser, address, "clerk")
    browser.get(f"{address}/invoices/{desk.office.ids['invoice']}")
    browser.find_element(By.CSS_SELECTOR, ".lines a[hx-get]").click()
    trace = WebDriverWait(browser, 10).until(lambda found: found.find_element(By.CSS_SELECTOR, ".trace"))

    assert "ta sama kwota" in trace.text
    assert browser.current_url.endswith(desk.office.ids["invoice"])  # no page was loaded


def test_the_list_of_customers_narrows_while_typing(browser: WebDriver, address: str) -> None:
    _log_in(browser, address, "clerk")
    browser.get(f"{address}/customers")
    browser.find_element(By.CSS_SELECTOR, "form.filters input[name=name]").send_keys("nobody like this")
    WebDriverWait(browser, 10).until(
        lambda found: "Żaden klient nie pasuje" in found.find_element(By.ID, "customers").text
    )

    assert "name=nobody" in browser.current_url
