"""Every page shows what the marts hold, in two languages, with files that trick no spreadsheet."""

import io
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import openpyxl
import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards import data, page
from dashboards import format as fmt
from operational.kernel import db
from operational.kernel.tickets import signed as ticket
from tests.dashboards.conftest import Played

APP = Path(__file__).resolve().parents[2] / "dashboards" / "app.py"
KEY = "a key of the tests"
PAGES = (
    "overview",
    "completeness",
    "estimation",
    "receivables",
    "cash",
    "interest",
    "dunning",
    "switching",
    "campaigns",
    "reconciliation",
)
Given = TypeVar("Given")
pytestmark = [pytest.mark.slow, pytest.mark.warehouse]


@pytest.fixture
def warehouse(played: Played, monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    """Point the dashboards at the played market, by the read-only role."""
    yield from _connected(played.database, monkeypatch, played)


@pytest.fixture
def empty_warehouse(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Point the dashboards at a database in which dbt has built nothing yet."""
    yield from _connected(database, monkeypatch, database)


def _connected(database: str, monkeypatch: pytest.MonkeyPatch, given: Given) -> Iterator[Given]:
    forget()
    monkeypatch.setenv("IRIS_BI_DSN", db.dsn("bi", database))
    monkeypatch.setenv("IRIS_BI_TICKET_KEY", KEY)
    yield given
    forget()


def forget() -> None:
    """Drop what the dashboards keep between runs, and close their connections."""
    with suppress(data.WarehouseUnreachable):
        data._engine().dispose()
    st.cache_resource.clear()
    st.cache_data.clear()


def asked(app: AppTest, parameter: str) -> str:
    """Return a parameter of the page's address."""
    value = app.query_params[parameter]
    return str(value[0] if isinstance(value, list) else value)


def opened(name: str = "overview", **query: str) -> AppTest:
    """Open a page as a person who comes from the staff app."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    app.query_params["ticket"] = ticket(login="anna", key=KEY, now=time.time())
    for parameter, value in query.items():
        app.query_params[parameter] = value
    app.run()
    if name != "overview":
        app.switch_page(f"views/{name}.py").run()
    assert not app.exception, app.exception
    return app


def tiles(app: AppTest) -> dict[str, str]:
    """Return the figures of the tiles under their words."""
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("language", ["pl", "en"])
def test_every_page_opens_with_its_as_of_line(warehouse: Played, name: str, language: str) -> None:
    app = opened(name, lang=language)
    words = "Stan na 15 gru 2025" if language == "pl" else "As of 15 Dec 2025"
    assert any(words in caption.value for caption in app.caption)
    assert len(app.title) == 1


def test_the_overview_shows_the_last_month_to_the_grosz(warehouse: Played) -> None:
    [last] = warehouse.rows("select * from marts.rpt_overview_monthly order by report_month desc limit 1")
    shown = tiles(opened())
    assert shown["Sprzedaż netto"] == fmt.pln_short(last["net_amount"])
    assert shown["Energia"] == fmt.energy(last["electricity_kwh"] + last["gas_kwh"])
    assert shown["Wpłaty"] == fmt.pln_short(last["payments_amount"])


def test_receivables_agree_with_the_ledger_and_follow_the_filter(warehouse: Played) -> None:
    query = """
      select sum(i.open_amount) as open, sum(i.open_amount) filter (where i.days_overdue > 0) as overdue
      from marts.fct_open_items i join marts.dim_customers c using (customer_id)
      where i.open_amount > 0 and :kind in ('all', c.customer_kind)"""
    for kind in ("all", "household"):
        [wanted] = warehouse.rows(query, kind=kind)
        app = opened("receivables", segment=kind)
        shown = tiles(app)
        assert shown["Należności brutto"] == fmt.pln_short(wanted["open"])
        assert shown["Przeterminowane"] == fmt.pln_short(wanted["overdue"] or 0)
        assert asked(app, "segment") == kind


def test_estimates_are_scored_against_the_reading_that_came_later(warehouse: Played) -> None:
    [wanted] = warehouse.rows(
        "select count(*) as estimates, count(actual_kwh) as settled, sum(abs(error_kwh)) as error,"
        " sum(actual_kwh) as actual from marts.fct_estimation_errors"
    )
    assert wanted["settled"] > 0
    shown = tiles(opened("estimation"))
    assert shown["Szacunki"] == fmt.number(wanted["estimates"])
    assert shown["Średni błąd"] == fmt.percent(wanted["error"] / wanted["actual"])


def test_cash_and_interest_show_the_ledger_to_the_grosz(warehouse: Played) -> None:
    [cash] = warehouse.rows("""
      select coalesce(sum(amount) filter (where debit_account = 'bank'), 0) as received
      from operational.ledger_transfers, marts.rpt_as_of
      where business_date > business_day - 30 and business_date <= business_day""")
    [interest] = warehouse.rows(
        "select coalesce(sum(amount), 0) as accrued from proposals.prop_interest_notes"
    )
    assert tiles(opened("cash"))["Wpłynęło w 30 dni"] == fmt.pln_short(cash["received"])
    assert tiles(opened("interest"))["Naliczone odsetki"] == fmt.pln_short(interest["accrued"])


def test_completeness_counts_every_month_of_every_point(warehouse: Played) -> None:
    [wanted] = warehouse.rows("""
      select count(*) filter (where billing_status in ('billed', 'estimated')) as billed,
        count(*) filter (where billing_status <> 'not_due') as due from marts.fct_supply_point_months""")
    shown = tiles(opened("completeness"))
    assert shown["Zafakturowane punkto-miesiące"] == fmt.percent(Decimal(wanted["billed"]) / wanted["due"])


def test_the_energy_balance_is_shown_without_a_difference(warehouse: Played) -> None:
    balance = opened("completeness", medium="gas").dataframe[-2].value
    assert list(balance["difference_kwh"]) == [0]
    assert balance["delivered_kwh"].iloc[0] > 0


def test_the_reconciliation_says_that_everything_agrees(warehouse: Played) -> None:
    app = opened("reconciliation")
    assert [message.value for message in app.success] == ["Wszystkie uzgodnienia zgodne co do grosza."]
    assert not app.error


def test_the_language_switch_keeps_the_page_and_its_filter(warehouse: Played) -> None:
    app = opened("receivables", segment="business")
    [switch] = [control for control in app.sidebar.button_group if control.key == "language"]
    switch.set_value("en")
    app.run()
    assert app.title[0].value == "Receivables and ageing"
    assert asked(app, "lang") == "en"


def test_an_empty_warehouse_is_told_kindly_on_every_page(empty_warehouse: str) -> None:
    for name in PAGES:
        app = opened(name)
        assert any("Hurtownia jest jeszcze pusta" in message.value for message in app.info)


def test_a_database_that_does_not_answer_is_told_without_its_insides(
    warehouse: Played, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget()
    monkeypatch.setenv("IRIS_BI_DSN", "postgresql://nobody@127.0.0.1:1/none")
    app = opened()
    assert any("Nie udało się odczytać hurtowni" in message.value for message in app.error)
    assert "nobody" not in str(app.main)


def test_no_page_takes_two_seconds_of_database(warehouse: Played) -> None:
    opened()
    for name in PAGES:
        app = opened(name)
        st.cache_data.clear()
        started = time.perf_counter()
        app.run()
        assert time.perf_counter() - started < 2


def test_the_role_of_the_dashboards_reads_marts_and_nothing_else(warehouse: Played) -> None:
    with db.engine("bi", warehouse.database).connect() as connection:
        assert connection.exec_driver_sql("select count(*) from marts.dim_customers").scalar_one() > 0
        with pytest.raises(Exception, match="permission denied"):
            connection.exec_driver_sql("select count(*) from operational.customers")


def test_files_keep_amounts_as_numbers_and_disarm_formulas() -> None:
    frame = pd.DataFrame(
        {"name": ["=1+1", "@x", "Zażółć"], "amount": [Decimal("1234.50"), Decimal("-0.10"), Decimal(0)],
         "day": [date(2026, 1, 2)] * 3}
    )  # fmt: skip
    safe = page.export(
        frame, {"name": page.text("Klient"), "amount": page.money("Kwota"), "day": page.text("Dzień")}
    )
    lines = page.csv(safe).decode("utf-8-sig").splitlines()
    assert lines[:3] == ["Klient;Kwota;Dzień", "'=1+1;1234,50;2026-01-02", "'@x;-0,10;2026-01-02"]
    sheet = openpyxl.load_workbook(io.BytesIO(page.xlsx(safe))).active
    assert sheet is not None
    assert [cell.value for cell in sheet[2]] == ["'=1+1", 1234.5, "2026-01-02"]
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "s"]
