"""What people do in a real browser: a clerk issues a run and opens a PDF, a customer sees the same money."""

import base64
import re
from decimal import Decimal

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from sqlalchemy import text

from operational.kernel import db
from operational.kernel.money import parse_amount
from orchestration import demo
from tests.journeys.conftest import Town

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATIENCE_SECONDS = 30
BILLED_AT_LEAST = 20
_STORY = """select c.id, c.public_id, c.customer_number from operational.customers c
  join operational.customer_users u on u.customer_id = c.id
  where exists (select from operational.documents d where d.customer_id = c.id)
  order by c.customer_number limit 1"""
_FETCH = """const [address, done] = arguments;
fetch(address).then(answer => answer.blob().then(body => {
  const reader = new FileReader();
  reader.onload = () => done([answer.status, reader.result]);
  reader.readAsDataURL(body);
}));"""


def log_in(browser: Chrome, address: str, login: str, password: str) -> None:
    """Fill the log-in form and wait for the page behind it."""
    browser.get(f"{address}/login")
    browser.find_element(By.NAME, "login").send_keys(login)
    browser.find_element(By.NAME, "password").send_keys(password)
    browser.find_element(By.CSS_SELECTOR, "form[method=post] button.btn-brand").click()
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda seen: "/login" not in seen.current_url)


def press(browser: Chrome, selector: str) -> None:
    """Press a button once it can be pressed."""
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda seen: seen.find_element(By.CSS_SELECTOR, selector).is_displayed()
    )
    browser.find_element(By.CSS_SELECTOR, selector).click()


def amounts_in(words: str) -> list[Decimal]:
    """Return the amounts of a text such as ``Saldo 1 234,56 zł``."""
    found = re.findall(r"[\u2212-]?\d[\d\u00a0\u202f ]*,\d\d(?!\d)", words)
    assert found, f"no amount in {words!r}"
    return [parse_amount(amount.replace("\u2212", "-")) for amount in found]


def bytes_of(browser: Chrome, address: str) -> bytes:
    """Fetch a file with the browser's session, as a click on its link would."""
    status, data = browser.execute_async_script(_FETCH, address)
    assert status == 200, f"{address} answered {status}"
    return base64.b64decode(data.split(",", 1)[1])


def test_a_clerk_approves_a_run_issues_it_and_opens_the_pdf_of_an_invoice(
    town: Town, browser: Chrome
) -> None:
    browser.set_script_timeout(PATIENCE_SECONDS)
    billing = next(login for login, _, role, _ in demo.STAFF if role == "billing")
    log_in(browser, town.staff, billing, demo.STAFF_PASSWORD)

    # The run that waits is the newest of the list.
    browser.get(f"{town.staff}/billing/runs")
    run = browser.find_element(By.CSS_SELECTOR, "table a[href*='/billing/runs/']").get_attribute("href")
    assert run
    browser.get(run)
    press(browser, "[data-dialog=approve]")
    browser.find_element(By.ID, "reason-approve").send_keys("Journey of a clerk")
    press(browser, "dialog#approve button.btn-brand")
    press(browser, "form[action$='/issue'] button")
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda seen: not seen.find_elements(By.CSS_SELECTOR, "form[action$='/issue']")
    )
    with db.open_session("app", actor="test", database=town.database) as session:
        issued = session.execute(
            text("""select count(*) from operational.documents d
                    join operational.billing_runs r on r.id = d.run_id
                    where r.billing_month = :month and r.status = 'issued'"""),
            {"month": town.waiting_month},
        ).scalar_one()
    assert issued > BILLED_AT_LEAST

    browser.find_element(By.CSS_SELECTOR, "a[href*='/invoices?run=']").click()
    invoice = browser.find_element(By.CSS_SELECTOR, "table a[href*='/invoices/']").get_attribute("href")
    assert invoice
    browser.get(invoice)
    number = browser.find_element(By.TAG_NAME, "h1").text
    pdf = browser.find_element(By.CSS_SELECTOR, "a[href$='/pdf']").get_attribute("href")
    assert pdf
    assert bytes_of(browser, pdf).startswith(b"%PDF-")
    assert re.search(r"F[VK]/\d{4}/\d\d/\d{6}", number)


def test_a_customer_sees_the_balance_that_the_clerk_sees_and_why_a_line_costs_what_it_costs(
    town: Town, browser: Chrome
) -> None:
    with db.open_session("app", actor="test", database=town.database) as session:
        customer = session.execute(text(_STORY)).one()
    clerk = next(login for login, _, role, _ in demo.STAFF if role == "clerk")
    log_in(browser, town.staff, clerk, demo.STAFF_PASSWORD)
    browser.get(f"{town.staff}/customers/{customer.public_id}")
    facts = [element.text for element in browser.find_elements(By.CSS_SELECTOR, ".hd .facts span")]
    seen_by_clerk = amounts_in(next(fact for fact in facts if fact.startswith("Saldo")))[0]

    log_in(browser, town.portal, customer.customer_number, demo.CUSTOMER_PASSWORD)
    browser.get(f"{town.portal}/invoices?tab=account")
    newest = browser.find_element(By.CSS_SELECTOR, "main table tbody tr").text
    assert seen_by_clerk == amounts_in(newest)[-1], newest

    browser.get(f"{town.portal}/invoices?tab=all")
    invoice = browser.find_element(By.CSS_SELECTOR, "main a[href*='/invoices/']").get_attribute("href")
    assert invoice
    browser.get(f"{invoice}/explanation")
    explained = browser.find_element(By.TAG_NAME, "main").text
    assert "kWh" in explained
    assert re.search(r"\d,\d{2,}", explained), "prices are written out"
