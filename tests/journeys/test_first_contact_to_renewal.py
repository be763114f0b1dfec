"""From the first contact to the renewal, by clicks: what is signed becomes supply, bills and terms by itself.

Lead, offer, wizard of the contract, change of supplier with a rejection put right, readings, invoice,
amendment,
assignment, renewal. The amounts are counted by hand here and compared with the ledger and the warehouse.
"""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from sqlalchemy import text
from werkzeug.serving import make_server

from operational.app.factory import create_app
from operational.kernel import clock, db, settings
from operational.kernel.identifiers import complete_supply_point_code
from operational.kernel.money import round_half_up
from operational.switching.channels import CHANNELS
from operational.switching.channels.adapter import Answer
from operational.switching.operations import mark_sent, waiting_files
from orchestration import warehouse
from orchestration.billing import bill_month
from tests.factories.shop import Shop, open_shop
from tests.factories.staff import PASSWORD, create_users

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CODE = complete_supply_point_code("59032241400007531")
PATIENCE_SECONDS = 20
LEAST_LINES = 5
SOLD, SUPPLIED = date(2026, 3, 2), date(2026, 4, 1)
AMENDED, ASSIGNED = date(2026, 5, 1), date(2026, 5, 16)
APRIL_KWH, EARLY_MAY_KWH, LATE_MAY_KWH = Decimal(250), Decimal(120), Decimal(130)
SET_VALUE = """const [field, value] = arguments; field.value = value;
field.dispatchEvent(new Event('input', {bubbles: true})); field.dispatchEvent(new Event('change', {bubbles:
true}));"""


@dataclass
class Office:
    """The staff app on a database whose business day the test moves."""

    database: str
    address: str
    shop: Shop
    browser: Chrome
    patch: pytest.MonkeyPatch
    folder: Path

    def day(self, day: date) -> None:
        """Let it be another day."""
        self.patch.setenv("IRIS_TODAY", day.isoformat())
        settings.reset_settings()

    def ask(self, sql: str, **given: Any) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        with db.open_session("app", actor="test", database=self.database) as session:
            return [tuple(row) for row in session.execute(text(sql), given)]

    def open(self, path: str) -> None:
        """Open a page of the app."""
        self.browser.get(path if path.startswith("http") else self.address + path)

    def act(self, form: str, button: str = "button.btn-brand", **fields: str) -> None:
        """Fill the fields of a form as a person would, press its button and wait for the next page."""
        found = self.browser.find_element(By.CSS_SELECTOR, form)
        for name, value in fields.items():
            self._fill(found, name.replace("__", "."), value)
        pressed = found.find_element(By.CSS_SELECTOR, button)
        self.browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", pressed)
        self.browser.execute_script("window.isOldPage = true")
        pressed.click()
        WebDriverWait(self.browser, PATIENCE_SECONDS, ignored_exceptions=(WebDriverException,)).until(
            lambda seen: seen.execute_script("return !window.isOldPage && document.readyState === 'complete'")
        )

    def _fill(self, form: WebElement, name: str, value: str) -> None:
        fields = form.find_elements(By.NAME, name)
        assert fields, f"no field {name} on {self.browser.current_url}"
        kind = fields[0].get_attribute("type")
        if kind in ("checkbox", "radio"):
            wanted = next(field for field in fields if field.get_attribute("value") == value)
            if not wanted.is_selected():
                wanted.click()
        elif kind == "file":
            fields[0].send_keys(value)
        else:
            self.browser.execute_script(SET_VALUE, fields[0], value)

    def text(self) -> str:
        """Return what the page says."""
        return self.browser.find_element(By.TAG_NAME, "main").text

    def log_in(self, role: str) -> None:
        """Log in as the user of a role."""
        self.browser.delete_all_cookies()
        self.open("/login")
        self.act("form[method=post]", login=role, password=PASSWORD)

    def answer(self, kind: str, reason: str = "") -> None:
        """Let the distributor answer the newest notification with a file that the clerk takes in."""
        with db.open_session("app", actor="test", database=self.database) as session:
            for file in waiting_files(session):
                mark_sent(session, file_id=file.id, moment=clock.now())
            sent = session.execute(
                text(
                    "select m.message_id, m.payload from operational.switching_messages m"
                    " where m.direction = 'out' order by m.id desc limit 1"
                )
            ).one()
        row = Answer(
            f"T-{uuid.uuid4().hex[:8]}", kind, clock.today(), CODE, sent.message_id,  # type: ignore[arg-type]
            start_on=SUPPLIED if kind == "accepted" else None, reason=reason,
        )  # fmt: skip
        file_path = self.folder / f"{uuid.uuid4().hex}.xml"
        file_path.write_bytes(CHANNELS["dso_xml"].write_answers("tauron", [row]))
        self.open("/switching/files")
        self.act("form[enctype]", "button", file=str(file_path))


@pytest.fixture
def office(database: str, browser: Chrome, tmp_path: Path) -> Iterator[Office]:
    """Open a shop with users and serve the app."""
    patch = pytest.MonkeyPatch()
    patch.setenv("IRIS_DATABASE_NAME", database)
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        shop = open_shop(session)
    server = make_server("127.0.0.1", 0, create_app(database=database), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made = Office(database, f"http://127.0.0.1:{server.server_port}", shop, browser, patch, tmp_path)
    made.day(SOLD)
    yield made
    server.shutdown()
    patch.undo()
    settings.reset_settings()


def sell(office: Office) -> None:
    """Lead, customer, offer, acceptance, wizard, signature."""
    office.open("/sales/leads/new")
    office.act(
        "main form[method=post]", kind="household", name="Ewa Światło", phone="601 777 888",
        medium="electricity",
        source="phone", annual_kwh="3000", dso_code="tauron", tariff_group="G11",
    )  # fmt: skip
    lead = office.browser.current_url
    office.open(f"{lead}/convert")
    office.act(
        "main form[method=post]", kind="household", name="Ewa Światło", pesel="44051401458",
        street="ul. Nowa",
        building="1", postal_code="30-001", city="Kraków",
    )  # fmt: skip
    office.act("form[action$='/offers/new']", starts_on=SUPPLIED.isoformat())
    offer = office.browser.current_url
    office.act("form[action$='/variant']", "button", price_list_id=str(office.shop.standard))
    office.open(offer)
    office.act("form[action$='/finish']", "button")
    office.act("form[action$='/send']", "button[value=handed]")
    office.act("form[action$='/accept']", "button")
    draft = office.browser.current_url.rpartition("/")[0]
    assert "/contracts/drafts/" in draft, office.browser.current_url
    office.open(f"{draft}/points")
    office.act("main form[method=post]", "button[value=paste]", codes=CODE)
    office.act(
        "main form[method=post]", "button[value=next]", **{
            "0__start_kind": "switch", "0__wanted_start": SUPPLIED.isoformat(), "0__street": "ul. Nowa",
            "0__building": "1", "0__postal_code": "30-001", "0__city": "Kraków", "0__tariff_group": "G11",
            "0__annual_kwh": "3000", "0__contracted_power_kw": "12", "0__meter_serial": "LICZNIK-7",
        },
    )  # fmt: skip
    for step in ("/product", "/terms", "/consents"):
        assert office.browser.current_url.endswith(step), office.text()
        fields = (
            {"period": "fixed", "period_months": "12", "continuation": "prolong"} if step == "/terms" else {}
        )
        if step == "/consents":
            fields = {
                "signature_channel": "distance", "power_of_attorney": "1", "supplier_choice": "1",
                "termination_of_old": "1", "old_supplier": "Stary Prąd",
            }  # fmt: skip
        office.act("main form[method=post]", "button[value=next]", **fields)
    office.act("form[action$='/send']")
    office.act("form[action$='/sign']", "button[value=sign]")
    assert "U/2026/00001" in office.browser.find_element(By.TAG_NAME, "h1").text


def change_supplier(office: Office) -> None:
    """A case opens by itself, is rejected, put right, accepted; the supply begins on its day."""
    office.open("/switching")
    office.act("form[action$='/night']", "button")
    office.answer("rejected", "W/02")
    case = office.ask("select public_id::text, status, rejection_code from operational.switching_cases")
    assert [row[1:] for row in case] == [("REJECTED", "R02")]
    office.open(f"/switching/cases/{case[0][0]}")
    office.browser.find_element(By.CSS_SELECTOR, "[data-dialog='do-resend']").click()
    office.act("dialog[open] form", note="PESEL poprawiony")
    office.open("/switching")
    office.act("form[action$='/night']", "button")
    office.answer("accepted")
    assert office.ask("select status, confirmed_start from operational.switching_cases") == [
        ("SCHEDULED", SUPPLIED)
    ]
    assert office.ask(
        "select k.valid_from, k.valid_to, d.ends_on from operational.contract_supply_points k"
        " join operational.contract_conditions d on d.contract_id = k.contract_id and d.superseded_at is null"
        " join operational.contracts c on c.id = k.contract_id where c.number = 'U/2026/00001'"
        " and k.superseded_at is null"
    ) == [(SUPPLIED, None, date(2027, 3, 31))]


def read(office: Office, day: date, value: str) -> None:
    """Enter the reading at the end of a day."""
    (point,) = office.ask("select public_id::text from operational.supply_points where code = :c", c=CODE)[0]
    office.open(f"/supply-points/{point}/reading")
    form = office.browser.find_element(By.CSS_SELECTOR, "main form[method=post]")
    register = form.find_element(By.CSS_SELECTOR, "input[name^=value-]").get_attribute("name") or ""
    fields = {"day": day.isoformat(), register: value}
    office.act("main form[method=post]", **fields)
    if office.browser.find_elements(By.NAME, "confirmed"):
        office.act("main form[method=post]", **fields, confirmed="1")


def bill(office: Office, month: date, issue_date: date) -> None:
    """Compute a month with the real models, then approve and issue its run in the browser."""
    bill_month(
        database=office.database,
        month=month,
        issue_date=issue_date,
        as_of=clock.now(),
        actor="system:journey",
    )
    office.open("/billing/runs")
    run = office.browser.find_element(By.CSS_SELECTOR, "table a[href*='/billing/runs/']").get_attribute(
        "href"
    )
    assert run
    office.open(run)
    office.browser.find_element(By.CSS_SELECTOR, "[data-dialog=approve]").click()
    office.act("dialog#approve form", reason="figures checked")
    office.act("form[action$='/issue']", "button")


def documents(office: Office) -> list[tuple[Any, ...]]:
    """Return the documents of the story's contracts with days, energy and amounts, by day."""
    return office.ask(
        "select u.name, d.period_from, d.period_to, d.energy_kwh, d.net_amount, d.vat_amount, "
        "d.gross_amount, d.id"
        " from operational.documents d join operational.contracts c on c.id = d.contract_id"
        " join operational.customers u on u.id = d.customer_id where c.number <> 'U/1'"
        " order by d.period_from, d.id"
    )


def energy_net(office: Office, document: int) -> Decimal:
    """Return the net value of the energy lines of a document."""
    ((net,),) = office.ask(
        "select sum(net_after - net_before) from operational.document_lines"
        " where document_id = :id and charge_code = 'energy_active'",
        id=document,
    )
    return Decimal(net)


def check_money(office: Office) -> None:
    """Lines are counted right and add up to documents; these stand in the ledger and in the warehouse."""
    for name, _from, _to, kwh, net, vat, gross, document in documents(office):
        lines = office.ask(
            "select quantity_after, price_after, net_after from operational.document_lines"
            " where document_id = :id and net_before = 0",
            id=document,
        )
        assert len(lines) >= LEAST_LINES, name
        assert all(amount == round_half_up(quantity * price) for quantity, price, amount in lines), name
        assert sum(amount for _quantity, _price, amount in lines) == net, name
        assert gross == net + vat == net + round_half_up(net * Decimal("0.23")), name
        posted = office.ask(
            "select (select sum(amount) from operational.open_items where document_id = :id),"
            " (select sum(amount) from operational.ledger_transfers where document_id = :id)",
            id=document,
        )
        assert posted == [(gross, gross)], name
        told = office.ask(
            "select d.gross_amount, d.energy_kwh, sum(l.net_amount) from marts.fct_documents d"
            " join marts.fct_document_lines l using (document_id) where document_id = :id group by 1, 2",
            id=document,
        )
        assert told == [(gross, kwh, net)], name


def test_from_first_contact_to_renewal(office: Office) -> None:
    office.log_in("admin")
    sell(office)
    change_supplier(office)

    office.day(date(2026, 5, 2))
    read(office, SUPPLIED - timedelta(days=1), "1000")
    read(office, date(2026, 4, 30), "1250")
    bill(office, SUPPLIED, date(2026, 5, 5))
    (april,) = documents(office)
    assert april[:4] == ("Ewa Światło", SUPPLIED, AMENDED, APRIL_KWH)
    assert energy_net(office, april[-1]) == Decimal("187.50")  # 250 kWh at 0.75

    amend(office)
    assign(office)
    office.day(date(2026, 6, 2))
    read(office, date(2026, 5, 31), "1500")
    bill(office, AMENDED, date(2026, 6, 5))
    warehouse.build_marts(database=office.database, nightly=False)
    _april, last, first = documents(office)
    assert last[:4] == ("Ewa Światło", AMENDED, ASSIGNED, EARLY_MAY_KWH)
    assert first[:4] == ("Anna Nowak", ASSIGNED, date(2026, 6, 1), LATE_MAY_KWH)
    assert energy_net(office, last[-1]) == Decimal("36.00")  # 120 kWh at 0.30 of the amendment
    assert energy_net(office, first[-1]) == Decimal("39.00")  # 130 kWh at 0.30
    check_money(office)
    renew(office)


def amend(office: Office) -> None:
    """Another price list from May on, agreed at the desk."""
    (contract,) = office.ask(
        "select public_id::text from operational.contracts where number = 'U/2026/00001'"
    )[0]
    office.open(f"/contracts/{contract}/amendments/new")
    fields = {"effective_on": AMENDED.isoformat(), "price_list_id": str(office.shop.cheap), "reason": "rabat"}
    office.act("main form[method=post]", "button[value=preview]", **fields)
    office.act("main form[method=post]", "button[value=save]", **fields)
    office.act("form[action$='/paper']", "button")
    office.act("form[action$='/sign']", "button", signed_on="2026-05-02", channel="stationary")
    assert office.ask(
        "select t.valid_from, t.valid_to, t.price_list_id from operational.contract_terms t"
        " join operational.contracts c on c.id = t.contract_id"
        " where c.number = 'U/2026/00001' and t.superseded_at is null order by t.valid_from"
    ) == [(SOLD, AMENDED, office.shop.standard), (AMENDED, None, office.shop.cheap)]


def assign(office: Office) -> None:
    """Another customer takes the contract over in the middle of May, with a closing reading."""
    office.day(date(2026, 5, 18))
    (contract,) = office.ask(
        "select public_id::text from operational.contracts where number = 'U/2026/00001'"
    )[0]
    office.open(f"/contracts/{contract}/assignments/new?assigned_on={ASSIGNED}")
    form = office.browser.find_element(By.CSS_SELECTOR, "main form[method=post]")
    register = form.find_element(By.CSS_SELECTOR, "input[name^=reading-]").get_attribute("name") or ""
    office.act(
        "main form[method=post]", assigned_on=ASSIGNED.isoformat(), taker=office.shop.customer.number,
        **{register: "1370"},
    )  # fmt: skip
    office.act("form[action$='/complete']", "button", signed_on="2026-05-18")
    assert office.ask(
        "select u.name, k.valid_from, k.valid_to from operational.contract_supply_points k"
        " join operational.contracts c on c.id = k.contract_id join operational.customers u on u.id = "
        "c.customer_id"
        " join operational.supply_points p on p.id = k.supply_point_id"
        " where p.code = :code and k.superseded_at is null order by k.valid_from",
        code=CODE,
    ) == [("Ewa Światło", SUPPLIED, ASSIGNED), ("Anna Nowak", ASSIGNED, None)]


def renew(office: Office) -> None:
    """The fixed term ends next March; the clerk lets the contract go on for the same term."""
    (contract, shown, ends_on) = office.ask(
        "select c.id, c.public_id::text, max(d.ends_on) from operational.contracts c join "
        "operational.contract_supply_points k"
        " on k.contract_id = c.id and k.superseded_at is null join operational.supply_points p"
        " on p.id = k.supply_point_id and p.code = :code join operational.contract_conditions d"
        " on d.contract_id = c.id and d.superseded_at is null where k.valid_to is null group by c.id",
        code=CODE,
    )[0]
    office.day(ends_on - timedelta(days=40))
    office.open(f"/renewals?month={ends_on:%Y-%m}")
    office.browser.find_element(By.CSS_SELECTOR, f"input[name=contract][value^='{shown}@']").click()
    office.act("main form[method=post]", "button[value=prolong]")
    assert office.ask(
        "select max(ends_on) from operational.contract_conditions where contract_id = :id"
        " and superseded_at is null",
        id=contract,
    ) == [(date(ends_on.year + 1, ends_on.month, ends_on.day),)]
