"""Pages of the portal: who may open them, what stands on them, headers, number of queries, hostile texts."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from ebok.guard import OPEN_ENDPOINTS
from operational.finance import queries as finance
from operational.kernel import clock, db
from operational.kernel.presentation import formatting
from tests.ebok.conftest import TODAY, Household, World

Opens = Callable[[Household], FlaskClient]
PAGES = (
    "/", "/invoices", "/invoices?tab=open", "/invoices?tab=payments", "/invoices?tab=account",
    "/invoices?tab=account&from=start", "/invoices?year=2026&medium=gas", "/consumption",
    "/consumption?medium=gas&unit=pln", "/consumption/data.csv", "/contracts", "/my-data", "/accessibility",
    "{document}", "{document}/explanation", "{document}/pdf", "{correction}", "{correction}/explanation",
)  # fmt: skip
MOST_QUERIES = 8


@pytest.fixture
def world(furnished: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Give the households themselves, not a copy: nothing here writes more than log-ins."""
    monkeypatch.setattr(clock, "today", lambda: TODAY)
    return furnished


def address(page: str, household: Household) -> str:
    """Fill a household's documents into an address."""
    return page.format(
        document=f"/invoices/{household.invoices[-1].public_id}",
        correction=f"/invoices/{household.correction.public_id}",
    )


def words(text_of_page: str) -> str:
    """Return a page's text with plain spaces."""
    return re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", text_of_page.replace("\u00a0", " ").replace("&nbsp;", " "))
    )


def test_every_route_is_closed_without_log_in_unless_it_is_listed_as_open(app: Flask, world: World) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint in OPEN_ENDPOINTS:
            continue
        path = re.sub(r"<(uuid:)?public_id>", world.a.invoices[0].public_id, rule.rule)
        assert "<" not in path, f"give this test a value for {rule.rule}"
        for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
            answer = client.open(path, method=method)
            # A form without log-in fails at its CSRF token or at the guard; nothing of a page is shown.
            assert answer.status_code in (303, 400), (method, path)
            assert "Anna" not in answer.text


def test_documents_of_others_look_exactly_like_documents_that_do_not_exist(
    app: Flask, world: World, browser_of: Opens
) -> None:
    anna = browser_of(world.a)
    with db.open_session("app", actor="test", database=world.database) as session:
        foreign_ids = session.execute(
            text("select public_id::text from operational.documents where customer_id = :b"),
            {"b": world.b.customer.id},
        ).scalars()
        foreign = list(foreign_ids)
    nobody = [
        "00000000-0000-4000-8000-000000000000",
        "1",
        str(world.b.invoices[0].id),
        "x' or '1'='1",
        "..%2f..%2fetc",
    ]
    shown = set()
    for rule in app.url_map.iter_rules():
        if "<public_id>" not in rule.rule:
            continue
        for wanted in [*foreign[:4], world.b.correction.public_id, world.b.gas_invoice.public_id, *nobody]:
            answer = anna.get(rule.rule.replace("<public_id>", wanted))
            assert answer.status_code == 404, (rule.rule, wanted)
            shown.add(re.sub(r'<dd class="mono">\w+</dd>', "", answer.text))
    assert len(shown) == 1


def test_nothing_of_the_other_customer_appears_on_any_page(
    app: Flask, world: World, browser_of: Opens
) -> None:
    anna = browser_of(world.a)
    secrets = {
        "Barbara", "Zając", world.b.customer.number, world.b.customer.virtual_account, world.b.login,
        formatting.bank_account(world.b.customer.virtual_account),
        *(point.code for point in world.b.customer.points),
        *(issued.number for issued in world.b.invoices),
        *(issued.public_id for issued in world.b.invoices),
    }  # fmt: skip
    for page in PAGES:
        answer = anna.get(address(page, world.a))
        assert answer.status_code == 200, page
        if not page.endswith("pdf"):
            assert not {secret for secret in secrets if secret in answer.text}, page


def test_foreign_ids_in_parameters_change_nothing(world: World, browser_of: Opens) -> None:
    anna = browser_of(world.a)
    point = world.b.customer.points[0].code
    for query in (
        f"?customer_id={world.b.customer.id}",
        f"?customer={world.b.customer.number}",
        f"?point={point}",
    ):
        for page in ("/", "/invoices", "/consumption", "/contracts", "/consumption/data.csv"):
            shown = anna.get(page + query).text
            assert "Barbara" not in shown
            assert world.b.invoices[0].number not in shown
            assert point not in shown.replace(query, "")  # it stands in the language form


@pytest.mark.parametrize(
    "query",
    ["?tab=x", "?tab=all&page=0", "?tab=all&page=-1", "?tab=all&page=9999999999999999", "?tab=all&year=x'--",
     "?tab=all&year=²", "?tab=all&medium='||pg_sleep(3)--", "?tab=account&from=%00"],
)  # fmt: skip
def test_senseless_parameters_never_break_a_page(world: World, browser_of: Opens, query: str) -> None:
    assert browser_of(world.a).get("/invoices" + query).status_code in (200, 404)


def test_the_balance_is_that_of_the_ledger(world: World, browser_of: Opens) -> None:
    with db.open_session("app", actor="test", database=world.database) as session:
        balance = finance.balance(session, customer_id=world.a.customer.id)
    assert balance > 0
    shown = words(browser_of(world.a).get("/").text)
    assert f"Do zapłaty {formatting.money(balance).replace(chr(160), ' ')}" in shown


def test_the_invoice_page_shows_readings_lines_totals_and_the_bill_before(
    world: World, browser_of: Opens
) -> None:
    anna = browser_of(world.a)
    shown = words(anna.get(address("{document}", world.a)).text)
    for expected in (
        world.a.invoices[-1].number, "Odczyty licznika", "rzeczywisty, zdalny", "Energia czynna",
        "Opłata mocowa",
        "Razem netto", "Porównanie z poprzednim rachunkiem", "Z czego składa się rachunek",
    ):  # fmt: skip
        assert expected in shown, expected


def test_the_customer_is_told_why_the_bill_differs_from_the_one_before(world: World) -> None:
    from operational.documents.comparison import PARTS
    from operational.documents.portal import queries

    with db.open_session("app", actor="test", database=world.database) as session:
        found = queries.compared(session, document_id=world.a.invoices[5].id)
        before = queries.sheet(session, document_id=world.a.invoices[4].id)
        sheet = queries.sheet(session, document_id=world.a.invoices[5].id)
    assert found is not None
    assert found.previous_number == before.number
    assert found.gross_difference == sheet.gross_amount - before.gross_amount
    assert found.total("difference") == sum(found.total(part) for part in PARTS)


def test_the_correction_page_shows_the_chain_and_the_reason(world: World, browser_of: Opens) -> None:
    shown = words(browser_of(world.a).get(address("{correction}", world.a)).text)
    assert f"zmienia dokument {world.a.invoices[12].number}" in shown
    assert "rzeczywiste odczyty w miejsce szacowanych" in shown
    assert world.a.correction.number in shown


def test_every_line_is_explained_and_agrees(world: World, browser_of: Opens) -> None:
    shown = browser_of(world.a).get(address("{document}/explanation", world.a)).text
    assert shown.count("zgadza się") == len(world.a.invoices[-1].lines)


def test_the_pdf_is_the_same_for_the_customer_as_for_staff(world: World, browser_of: Opens) -> None:
    from operational.documents.rendering import render_pdf

    answer = browser_of(world.a).get(address("{document}/pdf", world.a))
    with db.open_session("app", actor="test", database=world.database) as session:
        assert answer.data == render_pdf(session, document_id=world.a.invoices[-1].id)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="FV-2026-07-000001.pdf"'


def test_consumption_says_the_same_in_chart_table_and_csv(world: World, browser_of: Opens) -> None:
    anna = browser_of(world.a)
    page = words(anna.get("/consumption").text)
    rows = (
        anna.get("/consumption/data.csv").get_data(as_text=True).removeprefix("\ufeff").strip().split("\r\n")
    )
    assert rows[0] == "medium;punkt;adres;od;do;kWh;brutto_zl;szacowane"
    june = next(row for row in rows if ";2026-06-01;2026-07-01;" in row)
    assert ";320,000;" in june
    assert page.count("320") >= 2
    may = next(row for row in rows if ";2026-05-01;2026-06-01;" in row and row.startswith("electricity"))
    assert may.endswith(";nie")  # the correction brought the actual reading
    assert ";251,000;" in may


def test_pages_speak_english_when_the_browser_wants_it(world: World, browser_of: Opens) -> None:
    anna = browser_of(world.a)
    anna.set_cookie("iris_language", "en")
    for page in PAGES[:7]:
        shown = anna.get(page).text
        assert '<html lang="en"' in shown
        assert "Zużycie" not in words(shown)
        assert "Wyloguj" not in shown


@contextmanager
def counted(database: str) -> Iterator[list[str]]:
    """Collect the statements that pages send as iris_ebok, except the one that names the session."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("select set_config"):
            seen.append(statement)

    engine = db.engine("ebok", database)
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_needs_at_most_eight_queries(world: World, browser_of: Opens, page: str) -> None:
    anna = browser_of(world.a)
    with counted(world.database) as seen:
        assert anna.get(address(page, world.a)).status_code == 200
    assert len(seen) <= MOST_QUERIES, "\n".join(seen)


def test_headers_protect_every_answer(app: Flask, world: World, browser_of: Opens) -> None:
    anna = browser_of(world.a)
    for page in (*PAGES, "/missing", "/kit/iris.css", "/healthz", "/login"):
        with anna.get(address(page, world.a)) as answer:
            headers = answer.headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == (
            "no-store" if not page.startswith("/kit") else "public, max-age=86400"
        )
    secure = app.test_client().get("/login", base_url="https://localhost")
    assert "max-age=31536000" in secure.headers["Strict-Transport-Security"]


def test_pages_hold_no_inline_style_and_no_inline_handler(world: World, browser_of: Opens) -> None:
    anna = browser_of(world.a)
    for page in PAGES:
        if page.endswith(("pdf", "csv")):
            continue
        shown = anna.get(address(page, world.a)).text
        assert not re.search(r"<[^>]+\s(style|on\w+)=", shown), page
        assert "<style" not in shown, page


def test_nothing_is_written_by_looking(world: World, browser_of: Opens) -> None:
    anna = browser_of(world.a)
    count = text(
        "select (select count(*) from operational.documents),"
        " (select count(*) from operational.document_renditions),"
        " (select count(*) from operational.audit_trail),"
        " (select max(xmin::text::bigint) from operational.customers)"
    )
    with db.open_session("admin", actor="test", database=world.database) as session:
        before = session.execute(count).one()
    for page in PAGES:
        anna.get(address(page, world.a))
    with db.open_session("admin", actor="test", database=world.database) as session:
        assert session.execute(count).one() == before


def test_an_unforeseen_error_shows_a_case_number_and_nothing_else(
    world: World, browser_of: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ebok.pages import account

    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail of the inside")

    anna = browser_of(world.a)
    monkeypatch.setattr(account.crm, "contracts", break_down)
    answer = anna.get("/contracts")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Numer sprawy" in answer.text
