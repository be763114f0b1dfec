"""The screens show what the database holds, in Polish first and in English beside it."""

import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from operational.kernel.presentation.formatting import money
from tests.operational.app.conftest import Desk

Page = Callable[[TestResponse], str]


def test_the_start_page_counts_what_waits(desk: Desk, page: Page) -> None:
    html = page(desk.client("finance").get("/"))

    assert "Co czeka na człowieka" in html
    assert "50,00\u00a0zł" in html  # the payment in suspense
    assert re.search(r"Wyjątki <em[^>]*>1</em>", html)


def test_english_stands_beside_polish(own_desk: Desk, page: Page) -> None:
    client = own_desk.client("clerk")
    client.post("/preferences", data={"language": "en", "next": "/customers"})

    html = page(client.get("/customers"))

    assert '<html lang="en"' in html
    assert "Active points" in html
    assert "Aktywne punkty" not in html


def test_the_theme_is_kept_in_the_browser(desk: Desk, page: Page) -> None:
    client = desk.client("clerk")
    client.post("/preferences", data={"theme": "dark"})

    assert 'data-theme="dark"' in page(client.get("/"))


@pytest.mark.parametrize("query", ["klos", "Kłos", "kos piekarnia", "pieknia klos"])
def test_a_name_is_found_without_polish_letters_and_with_a_typing_error(
    desk: Desk, page: Page, query: str
) -> None:
    html = page(
        desk.client("clerk").get("/search", query_string={"q": query}, headers={"HX-Request": "true"})
    )

    assert f"/customers/{desk.office.ids['customer']}" in html


def test_numbers_are_recognised_by_their_pattern(desk: Desk, page: Page) -> None:
    client, ids = desk.client("clerk"), desk.office.ids
    expected = {
        "123-456-32-18": f"/customers/{ids['customer']}",
        "20418": f"/customers/{ids['customer']}",
        desk.office.invoice_number: f"/invoices/{ids['invoice']}",
        desk.office.invoice_number[-6:]: f"/invoices/{ids['invoice']}",
        "anna1@example.pl": f"/customers/{ids['customer']}",
        "601 000 418": f"/customers/{ids['customer']}",
    }
    for query, target in expected.items():
        html = page(client.get("/search", query_string={"q": query}, headers={"HX-Request": "true"}))
        assert target in html, query


def test_nothing_found_says_what_to_try(desk: Desk, page: Page) -> None:
    html = page(desk.client("clerk").get("/search?q=qqqqqqq", headers={"HX-Request": "true"}))

    assert "Nic nie znaleziono" in html


def test_a_search_without_scripts_is_a_page(desk: Desk, page: Page) -> None:
    html = page(desk.client("clerk").get("/search?q=klos"))

    assert "<h1>Wyniki wyszukiwania</h1>" in html
    assert desk.office.ids["customer"] in html


@pytest.mark.parametrize(
    ("arguments", "is_found"),
    [
        ("kind=business", True),
        ("kind=household", False),
        ("name=klos", True),
        ("city=Gdynia", False),
        ("overdue=1", True),
        ("medium=gas", False),
    ],
)
def test_the_list_of_customers_is_narrowed_by_its_filters(
    desk: Desk, page: Page, arguments: str, is_found: bool
) -> None:
    html = page(desk.client("clerk").get(f"/customers?{arguments}"))

    assert (desk.office.ids["customer"] in html) is is_found


def test_the_customer_page_shows_balance_points_and_open_documents(desk: Desk, page: Page) -> None:
    office = desk.office
    html = page(desk.client("clerk").get(f"/customers/{office.ids['customer']}"))

    assert money(office.open_amount) in html
    assert "123\u00a0456\u00a032\u00a018" in html
    assert office.invoice_number in html
    assert "Przeterminowane" in html
    assert f"/supply-points/{office.ids['point']}" in html


def test_the_balance_of_the_page_is_the_sum_over_the_ledger(desk: Desk, page: Page) -> None:
    html = page(desk.client("clerk").get(f"/customers/{desk.office.ids['customer']}/account"))
    after = re.findall(r'<td class="r money strong">([^<]+)</td></tr>', html)

    assert after[0] in html[: html.index("Karta konta")]  # the newest balance equals the one in the header


def test_an_unknown_id_is_not_found(desk: Desk) -> None:
    client = desk.client("admin")
    for room in ("customers", "invoices", "payments", "contracts", "supply-points", "billing/runs"):
        assert client.get(f"/{room}/00000000-0000-4000-8000-000000000000").status_code == 404


def test_the_invoice_page_adds_up_and_leads_to_its_origin(desk: Desk, page: Page) -> None:
    ids = desk.office.ids
    html = page(desk.client("clerk").get(f"/invoices/{ids['invoice']}"))

    assert f"/invoices/{ids['correction']}" in html  # the chain of corrections
    assert f"/payments/{ids['payment']}" in html  # what settled it
    assert "Po wszystkich korektach" in html


def test_a_line_explains_itself_from_reading_to_amount(desk: Desk, page: Page) -> None:
    address = f"/invoices/{desk.office.ids['invoice']}/lines/1"
    fragment = page(desk.client("clerk").get(address, headers={"HX-Request": "true"}))

    assert "Licznik" in fragment
    assert "Obliczono ponownie z zapisanych odczytów i cen: ta sama kwota." in fragment
    assert "<html" not in fragment
    assert "<html" in page(desk.client("clerk").get(address))


def test_the_pdf_opens_in_the_browser_under_its_number(desk: Desk) -> None:
    answer = desk.client("auditor").get(f"/invoices/{desk.office.ids['invoice']}/pdf")

    assert answer.data.startswith(b"%PDF-")
    assert desk.office.invoice_number.replace("/", "-") in answer.headers["Content-Disposition"]


def test_a_run_shows_its_planned_figures_broken_bounds_and_parked_scopes(desk: Desk, page: Page) -> None:
    html = page(desk.client("billing").get(f"/billing/runs/{desk.office.ids['run']}"))

    assert "812,50\u00a0zł" in html
    assert "przekroczony: podaj powód" in html
    assert "Kwota powyżej progu" in html


def test_forbidden_buttons_are_shown_locked_with_the_reason(desk: Desk, page: Page) -> None:
    html = page(desk.client("clerk").get(f"/billing/runs/{desk.office.ids['run']}"))

    assert 'aria-disabled="true" title="Rozliczenia zatwierdza biling albo administrator"' in html
    assert "/approve" not in html


def test_the_quarantine_names_file_row_reason_and_cure(desk: Desk, page: Page) -> None:
    html = page(desk.client("billing").get("/files"))

    for words in ("odczyty.csv", "wiersz 3", "Nieznany licznik", "Send it again.", "Plik urwany"):
        assert words in html


def test_the_reference_tables_name_their_sources(desk: Desk, page: Page) -> None:
    html = page(desk.client("clerk").get("/rates?table=vat_rates"))

    assert "23%" in html


def test_every_error_page_has_a_case_number(desk: Desk) -> None:
    html = desk.client("clerk").get("/nothing").get_data(as_text=True)

    assert "Numer sprawy" in html
    assert re.search(r'class="case">[0-9a-f]{12}<', html)


def test_health_addresses_answer_without_logging_in(desk: Desk) -> None:
    assert desk.client().get("/healthz").json == {"status": "ok"}
    assert desk.client().get("/readyz").json == {"status": "ok"}
