"""The PDF of invoices and corrections: content, reproducibility, the transfer code, hostile texts."""

import shutil
import subprocess
from datetime import date
from decimal import Decimal

import pytest
import segno
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents import operations, rendering
from operational.documents.printing import printed
from operational.documents.rendering import render_pdf
from operational.documents.sheet_loader import DocumentNotFound, load_sheet
from tests.factories import documents, ledger, supply

MARCH = date(2026, 3, 1)


def words_of(pdf: bytes) -> str:
    """Return the text of a PDF with plain spaces, as a person would copy it."""
    program = shutil.which("pdftotext")
    if program is None:
        pytest.skip("pdftotext is missing. Install it: apt-get install poppler-utils.")
    made = subprocess.run([program, "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return " ".join(made.stdout.decode().replace("\u00a0", " ").replace("\u2009", " ").split())


@pytest.fixture
def customer(session: Session) -> supply.Customer:
    """Return a customer with one electricity point."""
    made = supply.make_customer(session)
    supply.add_point(session, made, ordinal=1)
    return made


@pytest.fixture
def invoice(session: Session, customer: supply.Customer) -> documents.Issued:
    """Return the invoice of March 2026 over 340 kWh."""
    return documents.issue_invoice(session, customer, customer.points[0], month=MARCH, used=Decimal(340))


def test_an_invoice_shows_everything_the_law_asks_for(
    session: Session, customer: supply.Customer, invoice: documents.Issued
) -> None:
    found = words_of(render_pdf(session, document_id=invoice.id))
    for expected in (
        f"Faktura {invoice.number}", "Promyk Energia sp. z o.o.", "NIP 999 000 01 26", "Anna Nowak",
        "ul. Lipowa 12/4",
        "5 kwietnia 2026", "19 kwietnia 2026", "1–31 mar 2026", "364,40 zł", "590322 4140 0000 0017", "G12w",
        "U/2025/00001 (kompleksowa)", "91320000001", "rzeczywisty, zdalny", "Energia czynna dzienna",
        "211 kWh", "0,5612",
        "118,41", "Opłata mocowa", "17,1800", "296,26 68,14 364,40", "podatek akcyzowy", "991",
        "koordynator.ure.gov.pl",
        "74 9990 0009 0000 0000 0000 0001", "Reklamacja", "maszwybor.ure.gov.pl",
    ):  # fmt: skip
        assert expected in found, expected


def test_readings_stand_with_start_end_and_use(
    session: Session, customer: supply.Customer, invoice: documents.Issued
) -> None:
    (point,) = load_sheet(session, document_id=invoice.id).points
    day = next(row for row in point.readings if row.zone_code == "day")
    assert (day.start_value, day.end_value, day.used) == (Decimal(4821), Decimal(5032), Decimal(211))
    assert sum(row.used for row in point.readings) == point.energy_kwh == 340


def test_the_same_document_gives_the_same_bytes(session: Session, invoice: documents.Issued) -> None:
    first = render_pdf(session, document_id=invoice.id)
    rendering._compiler.cache_clear()
    assert render_pdf(session, document_id=invoice.id) == first


def test_the_creation_date_is_the_day_of_issue(session: Session, invoice: documents.Issued) -> None:
    pdf = render_pdf(session, document_id=invoice.id)
    assert b"(D:20260404220000Z)" in pdf  # midnight of 5 April in Warsaw


def test_the_transfer_code_holds_the_nine_fields_at_level_l(
    session: Session, invoice: documents.Issued
) -> None:
    drawn = printed(load_sheet(session, document_id=invoice.id))["payment"]["qr"]
    payload = f"9990000126|PL|74999000090000000000000001|036440|Promyk Energia|{invoice.number}|||"
    expected = segno.make(payload, error="l", micro=False, boost_error=False)
    assert expected.error == "L"
    assert drawn == expected.svg_inline(border=2, dark="#12211f", light="#ffffff", omitsize=True)


def test_there_is_no_code_above_its_limit_and_none_for_a_credit(
    session: Session, customer: supply.Customer, invoice: documents.Issued
) -> None:
    april = date(2026, 4, 1)
    large = documents.issue_invoice(session, customer, customer.points[0], month=april, used=Decimal(16_000))
    credit = documents.issue_correction(
        session, customer, customer.points[0], invoice, month=MARCH, used=Decimal(300)
    )
    assert large.gross > Decimal("9999.99")
    assert printed(load_sheet(session, document_id=large.id))["payment"]["qr"] is None
    assert printed(load_sheet(session, document_id=credit.id))["payment"]["qr"] is None
    assert "użyj danych do przelewu" in words_of(render_pdf(session, document_id=large.id))


def test_a_correction_names_the_corrected_document_and_shows_before_after_and_difference(
    session: Session, customer: supply.Customer, invoice: documents.Issued
) -> None:
    point = customer.points[0]
    correction = documents.issue_correction(session, customer, point, invoice, month=MARCH, used=Decimal(300))
    sheet = load_sheet(session, document_id=correction.id)
    found = words_of(render_pdf(session, document_id=correction.id))
    assert sheet.gross_before == invoice.gross
    assert sheet.gross_before + sheet.gross_amount < invoice.gross
    for expected in (
        "Faktura korygująca", f"{invoice.number} z dnia 5 kwietnia 2026", "rzeczywiste odczyty",
        "Przed korektą",
        "było 211 kWh 0,5612 23% 118,41", "jest 186 kWh", "różnica −25 kWh", "Do zwrotu",
    ):  # fmt: skip
        assert expected in found, expected
    assert "Opłata handlowa" not in found  # unchanged lines are only counted


def test_a_second_correction_stands_on_the_first(
    session: Session, customer: supply.Customer, invoice: documents.Issued
) -> None:
    point = customer.points[0]
    first = documents.issue_correction(session, customer, point, invoice, month=MARCH, used=Decimal(300))
    second = documents.issue_correction(
        session, customer, point, invoice, month=MARCH, used=Decimal(320), version=3, before=first.lines
    )
    sheet = load_sheet(session, document_id=second.id)
    assert sheet.corrected is not None
    assert sheet.corrected.number == first.number
    assert sheet.gross_before == invoice.gross + first.gross
    assert invoice.number in words_of(render_pdf(session, document_id=second.id))


def test_a_later_correction_changes_no_byte_of_the_invoice(
    session: Session, customer: supply.Customer, invoice: documents.Issued
) -> None:
    before = render_pdf(session, document_id=invoice.id)
    documents.issue_correction(session, customer, customer.points[0], invoice, month=MARCH, used=Decimal(300))
    assert render_pdf(session, document_id=invoice.id) == before


def test_a_new_name_of_the_customer_does_not_change_what_was_issued(
    session: Session, customer: supply.Customer
) -> None:
    copied = {"buyer": {"name": "Anna Kowalska", "nip": None}, "seller": {"name": "Dawny Sprzedawca S.A."}}
    issued = documents.issue_invoice(
        session, customer, customer.points[0], month=MARCH, used=Decimal(10), copied=copied
    )
    session.execute(text("update operational.customers set name = 'Anna Zet', nip = '9990000126'"))
    sheet = load_sheet(session, document_id=issued.id)
    assert (sheet.buyer.name, sheet.buyer.nip, sheet.seller.name) == (
        "Anna Kowalska",
        "",
        "Dawny Sprzedawca S.A.",
    )


def test_an_english_customer_gets_english_words(session: Session) -> None:
    customer = supply.make_customer(session, language="en")
    point = supply.add_point(session, customer, ordinal=1)
    issued = documents.issue_invoice(
        session, customer, point, month=MARCH, used=Decimal(340), kind="estimated"
    )
    found = words_of(render_pdf(session, document_id=issued.id))
    for expected in (
        "Invoice",
        "Amount due",
        "Active energy",
        "estimated",
        "Due date: 19 April 2026",
        "5 April 2026",
    ):
        assert expected in found, expected
    assert "Do zapłaty" not in found


def test_gas_shows_cubic_metres_the_factor_and_the_gas_emergency_number(session: Session) -> None:
    customer = supply.make_customer(session)
    point = supply.add_point(session, customer, ordinal=1, medium="gas", zones=("all",))
    issued = documents.issue_invoice(session, customer, point, month=MARCH, used=Decimal(150))
    found = words_of(render_pdf(session, document_id=issued.id))
    for expected in ("150 m³", "kWh/m³ = 1 707 kWh", "Pogotowie gazowe: 992", "Paliwo gazowe", "PPG"):
        assert expected in found, expected


def test_the_same_period_a_year_earlier_is_compared(session: Session, customer: supply.Customer) -> None:
    point = customer.points[0]
    documents.issue_invoice(session, customer, point, month=date(2025, 3, 1), used=Decimal(400))
    issued = documents.issue_invoice(session, customer, point, month=MARCH, used=Decimal(340))
    found = words_of(render_pdf(session, document_id=issued.id))
    assert "Ten sam okres rok wcześniej:" in found
    assert "400 kWh (15,0% mniej)" in found


def test_a_hostile_name_is_printed_and_not_run(session: Session) -> None:
    name = '#read("/etc/passwd") *x* $y$ <script>alert(1)</script>'
    customer = supply.make_customer(session, name=name)
    point = supply.add_point(session, customer, ordinal=1)
    issued = documents.issue_invoice(session, customer, point, month=MARCH, used=Decimal(1))
    found = words_of(render_pdf(session, document_id=issued.id))
    assert "root:" not in found
    assert '#read("/etc/passwd") *x* $y$' in found


def test_an_unknown_document_is_named_in_the_error(session: Session) -> None:
    with pytest.raises(DocumentNotFound, match="no document 987654"):
        render_pdf(session, document_id=987_654)


def test_the_kept_pdf_is_stored_once_and_given_back(session: Session, invoice: documents.Issued) -> None:
    first = operations.store_rendition(session, document_id=invoice.id)
    again = operations.store_rendition(session, document_id=invoice.id)
    assert (first.is_new, again.is_new) == (True, False)
    assert first.content == again.content == operations.pdf(session, document_id=invoice.id)
    kept = session.execute(
        text("select content_sha256 = sha256(content) from operational.document_renditions")
    )
    assert kept.scalars().all() == [True]


def test_amounts_of_the_ledger_are_those_of_the_document(session: Session, customer: supply.Customer) -> None:
    issued = documents.issue_invoice(session, customer, customer.points[0], month=MARCH, used=Decimal(340))
    ledger.pay(session, customer, Decimal("100.00"), day=date(2026, 4, 15), against=[issued])
    sheet = load_sheet(session, document_id=issued.id)
    assert sheet.gross_amount == sum(row.gross for row in sheet.vat) == issued.gross
    assert sum(line.net_difference for line in sheet.lines) == sheet.net_amount
