"""Keys: each chord after G leads to one place; rows of a list are walked, ticked and opened by keys."""

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from operational.app.navigation import _SECTIONS
from tests.operational.app.conftest import Desk
from tests.operational.app.test_browser import _log_in, address

__all__ = ["address"]


def test_each_key_after_g_leads_to_one_place() -> None:
    keys = [entry.key for _, entries in _SECTIONS for entry in entries if entry.key]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.browser
@pytest.mark.slow
def test_a_list_is_used_by_keys_alone(browser: WebDriver, address: str, desk: Desk) -> None:
    """`?` shows the keys, G E opens the exceptions, J and K walk, X ticks, Enter opens, typing types."""
    _log_in(browser, address)
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys("?")
    dialog = browser.find_element(By.ID, "keys-help")
    assert dialog.get_attribute("open") is not None
    assert len(dialog.find_elements(By.CSS_SELECTOR, ".chords dt")) > 15
    body.send_keys(Keys.ESCAPE)
    assert dialog.get_attribute("open") is None
    body.send_keys("ge")
    WebDriverWait(browser, 10).until(lambda seen: "/billing/exceptions" in seen.current_url)
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys("jx")
    assert browser.find_element(By.CSS_SELECTOR, "tr.at input[type=checkbox]").is_selected()
    browser.get(f"{address}/customers?all=1")
    box = browser.find_element(By.CSS_SELECTOR, "form.filters input[name=name]")
    box.send_keys("jgc?")
    assert box.get_attribute("value") == "jgc?"
    assert not browser.find_elements(By.CSS_SELECTOR, "tr.at")
    browser.get(f"{address}/customers?all=1")
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys("jjk")
    body.send_keys(Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda seen: desk.office.ids["customer"] in seen.current_url)
