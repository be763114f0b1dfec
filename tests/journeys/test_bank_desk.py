"""A finance clerk imports a file, accepts a payment by key, splits one, undoes both; balances follow."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from operational.app.factory import create_app
from operational.finance import queries
from operational.kernel import db
from tests.factories.finance import bank_file, issue, make_payer, transfer
from tests.factories.staff import PASSWORD, create_users
from tests.journeys.test_clerk_and_customer import log_in, press

PATIENCE_SECONDS = 30
NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Bank:
    """The served app and two customers who owe 120.00 and 80.00 PLN."""

    address: str
    database: str
    one: int
    two: int

    def balances(self) -> tuple[Decimal, Decimal]:
        """Return what the two customers owe."""
        with db.open_session("app", actor="test", database=self.database) as session:
            one, two = (queries.balance(session, customer_id=item) for item in (self.one, self.two))
        return one, two


@pytest.fixture
def bank(database: str) -> Iterator[Bank]:
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        one = make_payer(session, 1, name="Halina Wiśniewska")
        two = make_payer(session, 2, name="Zbigniew Kowalczyk")
        issue(session, one, "120.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
        issue(session, two, "80.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
    server = make_server("127.0.0.1", 0, create_app(database=database), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Bank(f"http://127.0.0.1:{server.server_port}", database, one.id, two.id)
    server.shutdown()


def until(browser: Chrome, selector: str, words: str = "") -> None:
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda seen: any(words in found.text for found in seen.find_elements(By.CSS_SELECTOR, selector))
    )


def key(browser: Chrome, *keys: str) -> None:
    for one in keys:
        browser.find_element(By.TAG_NAME, "body").send_keys(one)


@pytest.mark.browser
def test_import_accept_by_key_split_and_undo(bank: Bank, browser: Chrome, tmp_path: Path) -> None:
    lines = [
        transfer("120.00", title="za prąd", payer="Halina Wiśniewska", reference="B1", on=date(2026, 3, 9)),
        transfer("200.00", title="za prąd oboje", payer="Firma Rodzinna", reference="B2"),
    ]
    place = tmp_path / "wyciag.sta"
    place.write_bytes(bank_file(lines, opening="0.00"))
    log_in(browser, bank.address, "finance", PASSWORD)
    browser.get(f"{bank.address}/bank-files")
    browser.find_element(By.ID, "file").send_keys(str(place))
    press(browser, "form[enctype] button.btn-brand")
    until(browser, "h1", "wyciag.sta")
    assert bank.balances() == (Decimal("120.00"), Decimal("80.00"))

    # The oldest payment stands first; Enter accepts the likeliest customer, U takes it back.
    browser.get(f"{bank.address}/suspense")
    until(browser, "tr.at", "Halina")
    key(browser, "j", "k", Keys.ENTER)
    until(browser, "[data-undo]")
    assert bank.balances() == (Decimal(0), Decimal("80.00"))
    key(browser, "u")
    until(browser, "tr.at", "Halina")
    assert bank.balances() == (Decimal("120.00"), Decimal("80.00"))

    # S splits the second payment between both; what they do not take stays to be assigned.
    key(browser, "j", "s")
    until(browser, "h1", "200,00")
    for number, (amount, customer) in enumerate([("120,00", "F1"), ("80.00", "F2")], start=1):
        browser.find_element(By.NAME, f"amount_{number}").send_keys(amount)
        field = browser.find_element(By.NAME, f"customer_{number}")
        field.clear()
        field.send_keys(customer)
    press(browser, "main form button.btn-brand")
    until(browser, "[data-undo]")
    assert bank.balances() == (Decimal(0), Decimal(0))
    key(browser, "u")
    until(browser, "table", "Firma Rodzinna")
    assert bank.balances() == (Decimal("120.00"), Decimal("80.00"))

    # A statement after a missing one waits in sight until somebody says why it may pass.
    late = bank_file([transfer("5.00", reference="B9")], opening="999.00", number="3", on=date(2026, 3, 12))
    place.write_bytes(late)
    browser.get(f"{bank.address}/bank-files")
    browser.find_element(By.ID, "file").send_keys(str(place))
    press(browser, "form[enctype] button.btn-brand")
    until(browser, "h1", "wyciag.sta")
    browser.get(f"{bank.address}/bank-files")
    browser.find_element(By.NAME, "reason").send_keys("bank zamknięty")
    press(browser, "form[action*=gaps] button")
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda seen: not seen.find_elements(By.NAME, "reason"))
    browser.get(f"{bank.address}/suspense")
    assert len(browser.find_elements(By.CSS_SELECTOR, "tbody tr")) == 3

    # Cash at the desk.
    browser.get(f"{bank.address}/cash-desk")
    browser.find_element(By.NAME, "customer").send_keys("F2")
    browser.find_element(By.NAME, "amount").send_keys("80,00")
    press(browser, "main form button.btn-brand")
    until(browser, "h1", "80,00")
    assert bank.balances() == (Decimal("120.00"), Decimal(0))
