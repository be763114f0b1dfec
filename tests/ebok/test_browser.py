"""The portal in a real browser: phone width, accessibility in both themes, no script of a customer."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from operational.kernel import db
from tests.accessibility import violations
from tests.ebok.conftest import PASSWORD, World, make_household

pytestmark = pytest.mark.browser
PLACES = (
    "/", "/invoices?tab=all", "/invoices?tab=open", "/invoices?tab=account", "/consumption", "/contracts",
    "/my-data", "/accessibility",
)  # fmt: skip


@pytest.fixture
def site(app: Flask) -> Iterator[str]:
    """Serve the portal on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


def enter(browser: Chrome, site: str, login: str) -> None:
    """Log in by typing."""
    browser.set_script_timeout(120)
    browser.get(f"{site}/login")
    browser.find_element(By.ID, "login").send_keys(login)
    browser.find_element(By.ID, "password").send_keys(PASSWORD)
    browser.find_element(By.CSS_SELECTOR, "form .btn-brand").click()
    WebDriverWait(browser, 20).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".hero .sum"))


def resize(browser: Chrome, width: int) -> None:
    """Show the page as wide as a phone or a desk."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit_a_phone(browser: Chrome, site: str, world: World, theme: str) -> None:
    resize(browser, 1280)
    enter(browser, site, world.a.login)
    browser.add_cookie({"name": "iris_theme", "value": theme, "path": "/"})
    document = f"/invoices/{world.a.correction.public_id}"
    for place in (*PLACES, document, f"{document}/explanation"):
        for width in (390, 1280):
            resize(browser, width)
            browser.get(site + place)
            needed = browser.execute_script("return document.documentElement.scrollWidth")
            assert needed <= width, f"{place} needs {needed} pixels at a width of {width}"
        broken = violations(browser)
        assert not broken, f"{place} ({theme}): {broken}"
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert not errors


def test_the_door_is_accessible_and_the_password_can_be_shown(browser: Chrome, site: str) -> None:
    browser.get(f"{site}/login")
    assert not violations(browser)
    browser.find_element(By.CSS_SELECTOR, "[data-reveal]").click()
    assert browser.find_element(By.ID, "password").get_attribute("type") == "text"


def test_no_text_of_a_customer_becomes_a_script(browser: Chrome, site: str, world: World) -> None:
    canary = "\"><script>window.__xss=1</script><img src=x onerror='window.__xss=1'>"
    eve = make_household(world.database, 3, f"Ewa {canary}", email=canary)
    db.dispose_engines()
    resize(browser, 1280)
    enter(browser, site, eve.login)
    for place in (*PLACES, f"/invoices/{eve.correction.public_id}"):
        browser.get(site + place)
        assert browser.execute_script("return window.__xss === undefined")


def test_the_chosen_look_and_language_stay(browser: Chrome, site: str, world: World) -> None:
    resize(browser, 1280)
    enter(browser, site, world.a.login)
    browser.find_element(By.CSS_SELECTOR, ".menu summary").click()
    browser.find_element(By.CSS_SELECTOR, ".menu button[value=dark]").click()
    # The page is loaded anew after each choice.
    WebDriverWait(browser, 30).until(
        lambda seen: seen.find_elements(By.CSS_SELECTOR, "html[data-theme=dark]")
    )
    browser.find_element(By.CSS_SELECTOR, ".menu summary").click()
    browser.find_element(By.CSS_SELECTOR, ".menu button[value=en]").click()
    WebDriverWait(browser, 30).until(lambda seen: seen.find_elements(By.CSS_SELECTOR, "html[lang=en]"))
    assert "Good day, Anna Nowak" in browser.find_element(By.TAG_NAME, "h1").text
