"""Two clerks do a day of finance and debt collection in the browser; who may not, has no button and gets 403.

Bank file that does not add up and its corrected one, refund with four eyes, transfer file and its statement,
instalment plan, interest run with one bill waived, write-off alone and by two, dunning in bulk after a
preview, hold of one case.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.alert import Alert
from selenium.webdriver.common.by import By
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import Select, WebDriverWait
from sqlalchemy import text
from werkzeug.serving import make_server

from operational.app import invariants
from operational.app.factory import create_app
from operational.dunning.operations import run_night
from operational.finance import queries
from operational.kernel import clock, db
from operational.kernel.identifiers import virtual_account
from orchestration import warehouse
from tests.factories.finance import bank_file, issue, make_payer, transfer
from tests.factories.staff import PASSWORD, create_users
from tests.journeys.test_bank_desk import PATIENCE_SECONDS, until
from tests.journeys.test_clerk_and_customer import log_in, press

pytestmark = [pytest.mark.browser, pytest.mark.warehouse]

NAMES = (
    "Olga Nadpłata",
    "Roman Ratalny",
    "Irena Odsetkowa",
    "Daria Darowana",
    "Marek Malutki",
    "Piotr Późny",
)
# What each owes, and how many days ago it fell due; the first one paid too much.
DEBTS = (("100.00", 5), ("900.00", 40), ("2000.00", 200), ("1500.00", 200), ("20.00", 40), ("300.00", 40))
PAYEE = virtual_account("11402004", 77)
FORBIDDEN = {
    "sales": ("/bank-files", "/refunds", "/interest", "/journal", "/dunning"),
    "collections": ("/refunds", "/interest", "/journal"),
}


@dataclass(frozen=True)
class Desk:
    """The served app, and the customers' ids and public ids in the order of NAMES."""

    address: str
    database: str
    ids: list[int]
    public: list[str]

    def balance(self, place: int) -> Decimal:
        with db.open_session("app", actor="test", database=self.database) as session:
            return queries.balance(session, customer_id=self.ids[place])

    def value(self, statement: str) -> object:
        with db.open_session("app", actor="test", database=self.database) as session:
            return session.execute(text(statement)).scalar_one()

    def card(self, place: int) -> str:
        return f"{self.address}/customers/{self.public[place]}/card"


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    today = clock.today()
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        payers = [make_payer(session, place, name=name) for place, name in enumerate(NAMES, start=1)]
        for payer, (amount, days) in zip(payers, DEBTS, strict=True):
            due = today - timedelta(days=days)
            issue(session, payer, amount, on=due - timedelta(days=14), due=due)
        rows = session.execute(
            text("select id, public_id::text from operational.customers order by id")
        ).all()
    warehouse.compute_interest(database=database, through=today)
    factory = db.session_factory("app", database, actor="test")
    for days in (30, 20):
        run_night(session_factory=factory, as_of=today - timedelta(days=days))
    server = make_server("127.0.0.1", 0, create_app(database=database), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Desk(f"http://127.0.0.1:{server.server_port}", database, *map(list, zip(*rows, strict=True)))  # type: ignore[arg-type]
    server.shutdown()


def become(browser: Chrome, desk: Desk, login: str) -> None:
    browser.delete_all_cookies()
    log_in(browser, desk.address, login, PASSWORD)


def fill(browser: Chrome, **values: str) -> None:
    for name, value in values.items():
        field = browser.find_element(By.NAME, name)
        if field.tag_name == "select":
            Select(field).select_by_value(value)
        elif field.get_attribute("type") == "date":
            browser.execute_script("arguments[0].value = arguments[1]", field, value)
        else:
            field.clear()
            field.send_keys(value)


def agree(browser: Chrome) -> None:
    WebDriverWait(browser, PATIENCE_SECONDS).until(expected_conditions.alert_is_present())
    Alert(browser).accept()


def tick(browser: Chrome, name: str, *values: str) -> None:
    for box in browser.find_elements(By.CSS_SELECTOR, f"main input[type=checkbox][name={name}]"):
        row = box.find_element(By.XPATH, "./ancestor::tr").text
        if (not values or any(value in row for value in values)) != box.is_selected():
            box.click()


def load(browser: Chrome, desk: Desk, place: Path, content: bytes, page: str = "/bank-files") -> None:
    place.write_bytes(content)
    browser.get(f"{desk.address}{page}")
    browser.find_element(By.ID, "file").send_keys(str(place))
    press(browser, "form[enctype] button.btn-brand")


def has(browser: Chrome, selector: str) -> bool:
    return bool(browser.find_elements(By.CSS_SELECTOR, selector))


def test_two_clerks_do_the_day_of_finance_and_collection(desk: Desk, browser: Chrome, tmp_path: Path) -> None:
    today = clock.today()
    become(browser, desk, "finance")
    _statement_that_does_not_add_up(desk, browser, tmp_path / "wyciag.sta", today)
    _refund_asked(desk, browser)
    _plan(desk, browser, today)
    _interest(desk, browser)
    _write_offs_asked(desk, browser)
    become(browser, desk, "admin")
    _second_person(desk, browser)
    load(browser, desk, tmp_path / "drugi.sta", _outgoing(desk, today))
    until(browser, "h1", "drugi.sta")
    browser.get(f"{desk.address}/refunds")
    until(browser, "tr .pill.ok")
    assert desk.value("select status from operational.refunds") == "paid"
    become(browser, desk, "collections")
    _collection(desk, browser, today)
    with db.open_session("app", actor="test", database=desk.database) as session:
        given = invariants.parameters(session, as_of=clock.now())
        codes = {"I05", "I24", "I25", "I28", "I29", "I31", "I32", "I34", "I48", "I49", "I50", "I51"}
        found = [invariants.run(session, item, given) for item in invariants.checks() if item.code in codes]
    assert [(item.check.name, item.examples) for item in found if item.violations] == []
    for role, closed in FORBIDDEN.items():
        become(browser, desk, role)
        _forbidden(desk, browser, closed)
    become(browser, desk, "clerk")
    _clerk(desk, browser)


def _statement_that_does_not_add_up(desk: Desk, browser: Chrome, place: Path, today: date) -> None:
    lines = [
        transfer("150.00", title="za prąd FV", payer=NAMES[0], reference="B1", on=today,
                 to=virtual_account("99900009", 1)),
        transfer("75.00", title="wpłata", payer="Ktoś Nieznany", reference="B2", on=today),
    ]  # fmt: skip
    load(browser, desk, place, bank_file(lines, opening="0.00", closing="250.00", on=today))
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda seen: seen.find_elements(By.CSS_SELECTOR, "a[href*='/bank-files/refused/']")
    )
    assert desk.balance(0) == Decimal("100.00")
    browser.find_element(By.CSS_SELECTOR, "a[href*='/bank-files/refused/']").click()
    until(browser, ".kpi.bad", "25,00")
    until(browser, "td", "Ktoś Nieznany")
    load(browser, desk, place, bank_file(lines, opening="0.00", on=today),
         browser.current_url.removeprefix(desk.address))  # fmt: skip
    until(browser, "h1", "wyciag.sta")
    until(browser, "td", NAMES[0])
    assert desk.balance(0) == Decimal("-50.00")
    browser.get(f"{desk.address}/bank-files")
    assert not has(browser, "a[href*='/bank-files/refused/']")


def _refund_asked(desk: Desk, browser: Chrome) -> None:
    browser.get(desk.card(0))
    fill(browser, account=PAYEE[:-1] + str((int(PAYEE[-1]) + 1) % 10))
    press(browser, "form[action*=refund] button.btn-brand")
    until(browser, "#e-account", "cyfry kontrolne")  # at its field; what was filled in stays
    assert browser.find_element(By.NAME, "title").get_attribute("value")
    fill(browser, account=PAYEE)
    press(browser, "form[action*=refund] button.btn-brand")
    until(browser, "h1", "Zwroty")
    assert not has(browser, "button[value=approve]")  # nobody approves what they asked for


def _plan(desk: Desk, browser: Chrome, today: date) -> None:
    browser.get(desk.card(1))
    press(browser, "main a[href*='/instalments/new']")
    until(browser, "h1", NAMES[1])
    fill(browser, parts="3", first_due=(today + timedelta(days=14)).isoformat(), interest_rule="none",
         reason="choroba")  # fmt: skip
    press(browser, "button[value=preview]")
    until(browser, "tfoot", "900,00")
    press(browser, "button[value=agree]")
    WebDriverWait(browser, PATIENCE_SECONDS).until(
        lambda _: desk.value("select count(*) from operational.instalments") == 3
    )


def _interest(desk: Desk, browser: Chrome) -> None:
    browser.get(f"{desk.address}/interest")
    until(browser, "td", NAMES[2])
    browser.get(f"{desk.address}/interest/customers/{desk.public[3]}")
    fill(browser, reason="nasz błąd w adresie")
    press(browser, "form[action*=waive] button")
    until(browser, ".empty")
    browser.get(f"{desk.address}/interest")
    press(browser, "form[action*=issue] button")
    agree(browser)
    until(browser, "a.key", "NO/")
    owners = desk.value("select array_agg(distinct customer_id) from operational.interest_notes")
    assert isinstance(owners, list)
    assert desk.ids[2] in owners
    assert desk.ids[3] not in owners
    assert desk.balance(2) > Decimal("2000.00")
    assert desk.balance(3) == Decimal("1500.00")


def _write_offs_asked(desk: Desk, browser: Chrome) -> None:
    for place, left in ((4, Decimal("0.00")), (3, Decimal("1500.00"))):
        browser.get(desk.card(place))
        tick(browser, "item")
        fill(browser, reason="nieściągalne")
        press(browser, "button[value=write_off]")
        until(browser, ".flash, .toast, [role=status], main")
        WebDriverWait(browser, PATIENCE_SECONDS).until(
            lambda _, who=place: desk.value(
                f"select count(*) from operational.write_offs where customer_id = {desk.ids[who]}"
            )
        )
        assert desk.balance(place) == left
    browser.get(f"{desk.address}/write-offs")
    assert not has(browser, "button[value=approve]")


def _second_person(desk: Desk, browser: Chrome) -> None:
    browser.get(f"{desk.address}/write-offs")
    press(browser, "button[value=approve]")
    WebDriverWait(browser, PATIENCE_SECONDS).until(lambda _: desk.balance(3) == 0)
    browser.get(f"{desk.address}/refunds")
    press(browser, "button[value=approve]")
    until(browser, "button[value=elixir_o]")
    press(browser, "button[value=elixir_o]")
    until(browser, "a.key", ".pli")
    assert desk.value("select payments from operational.transfer_batches") == 1


def _outgoing(desk: Desk, today: date) -> bytes:
    reference = desk.value("select 'ZW' || lpad(id::text, 10, '0') from operational.refunds")
    line = transfer("-50.00", title=f"{reference} Zwrot", payer=NAMES[0], reference="B3", on=today)
    return bank_file([line], opening="225.00", number="2", on=today)


def _collection(desk: Desk, browser: Chrome, today: date) -> None:
    browser.get(f"{desk.address}/dunning")
    until(browser, "td", NAMES[5])
    tick(browser, "case", NAMES[5], NAMES[2])
    press(browser, "button[value=hold]")
    until(browser, "main form h1")
    assert desk.value("select count(*) from operational.dunning_holds") == 0  # a preview does nothing
    fill(browser, held_until=(today + timedelta(days=7)).isoformat(), note="rozmowa")
    press(browser, "main form button.btn-brand")
    until(browser, ".pill.warn", "")
    assert desk.value("select count(*) from operational.dunning_holds") == 2
    browser.get(f"{desk.address}/dunning?stopped=yes")
    until(browser, "td", NAMES[5])


def _forbidden(desk: Desk, browser: Chrome, closed: tuple[str, ...]) -> None:
    allowed = []
    for path in closed:
        browser.get(desk.address + path)
        allowed += [] if "403" in browser.find_element(By.TAG_NAME, "body").text else [path]
    assert allowed == []


def _clerk(desk: Desk, browser: Chrome) -> None:
    """A clerk sees the account and may ask for a refund, but neither loads files, nor decides or issues."""
    for path, forms in (
        ("/bank-files", "form[enctype]"),
        ("/refunds", "form[action*=decide], form[action*=export]"),
        ("/write-offs", "form[action*=decide], form[action*=small]"),
        ("/interest", "form[action*=issue]"),
        (f"/interest/customers/{desk.public[2]}", "form[action*=waive]"),
        ("/dunning", "button[value=hold]"),
    ):
        browser.get(desk.address + path)
        assert "403" not in browser.find_element(By.TAG_NAME, "h1").text, path
        assert not has(browser, forms), path
    token = browser.get_cookies()
    assert token
    for path in ("/interest/issue", "/refunds/export", "/write-offs/small", "/bank-files"):
        status = browser.execute_async_script(
            """const [path, done] = arguments; const form = new FormData();
            const field = document.querySelector('input[name=csrf_token]');
            form.append('csrf_token', field ? field.value : '');
            fetch(path, {method: 'POST', body: form, redirect: 'manual'}).then(r => done(r.status));""",
            path,
        )
        assert status == 403, path
