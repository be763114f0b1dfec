"""A billing clerk settles ten exceptions at once, holds a customer, releases it and looks at the monitor."""

import threading
from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait
from werkzeug.serving import make_server

from operational.app.factory import create_app
from operational.kernel import db
from operational.metering import operations as metering
from tests.factories import billing_market
from tests.factories.billing_desk import AS_OF, Desk
from tests.factories.staff import PASSWORD, create_users
from tests.journeys.test_clerk_and_customer import log_in, press

PATIENCE_SECONDS = 30


@pytest.fixture
def office(database: str) -> Iterator[tuple[str, Desk]]:
    """Serve the staff app on a market in which ten readings of February fell."""
    billing_market.build(database, customers=12, months=2)
    desk = Desk(database)
    desk.do(
        "update operational.readings set superseded_at = now()"
        " where supply_point_id <= 10 and reading_date = '2026-02-28'"
    )
    desk.do(
        "insert into operational.readings (register_id, supply_point_id, reading_date, value, kind, version)"
        " select register_id, supply_point_id, reading_date, 1, kind, 2 from operational.readings"
        " where supply_point_id <= 10 and reading_date = '2026-02-28'"
    )
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        metering.validate(session, as_of=AS_OF)
    server = make_server("127.0.0.1", 0, create_app(database=database), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", desk
    server.shutdown()


def _until(browser: Chrome, selector: str) -> None:
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda seen: seen.find_elements(By.CSS_SELECTOR, selector))


@pytest.mark.browser
def test_ten_exceptions_in_bulk_a_hold_its_release_and_the_monitor(
    office: tuple[str, Desk], browser: Chrome
) -> None:
    address, desk = office
    log_in(browser, address, "billing", PASSWORD)

    # Ten fallen registers wait; the suggestion is shown for each before anything is done.
    browser.get(f"{address}/billing/exceptions?code=register_falls")
    press(browser, "[data-tick-all]")
    assert len(browser.find_elements(By.CSS_SELECTOR, "tbody input[name=id]:checked")) == 10
    Select(browser.find_element(By.ID, "bulk-action")).select_by_value("suggestion")
    press(browser, "#bulk button")
    _until(browser, "#reason")
    assert len(browser.find_elements(By.CSS_SELECTOR, "input[name=row]")) == 10
    browser.find_element(By.ID, "reason").send_keys("Digits swapped by the reader")
    press(browser, "form[action$='/bulk'] button.btn-brand")
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda seen: seen.current_url.endswith("/billing/exceptions")
    )
    closed = desk.ask(
        "select count(*), min(resolved_by) from operational.billing_exceptions"
        " where resolution_reason = 'Digits swapped by the reader'"
    )
    assert closed == [(10, "staff:billing")]

    browser.get(f"{address}/billing/holds")
    browser.find_element(By.NAME, "number").send_keys("K0000003")
    browser.find_element(By.NAME, "reason").send_keys("Complaint about the meter")
    press(browser, "form[action$='/holds'] button.btn-brand")
    _until(browser, "form[action$='/resolve']")
    assert desk.bill(months=2).invoices == 22
    press(browser, "form[action$='/resolve'] button[value=released]")
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda _seen: (
            not desk.ask(
                "select 1 from operational.billing_exceptions where code = 'hold' and resolved_at is null"
            )
        )
    )

    # The monitor: a scope of the released customer waits for its cycle to be repeated, and then nobody waits.
    browser.get(f"{address}/billing/cycles")
    press(browser, "form[action$='/cycles/issue'] button")
    _until(browser, ".flashes")
    assert desk.ask("select count(*) from operational.documents") == [(24,)]
    row = browser.find_element(By.CSS_SELECTOR, "table tbody tr").text
    assert "EL-G-1" in row
    assert "12" in row
