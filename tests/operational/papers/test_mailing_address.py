"""Post goes to the address for correspondence, and the main address stays that of the buyer."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlalchemy import text

from operational.crm.customers import people
from operational.documents.papers import operations as papers
from operational.documents.rendering import render_pdf
from operational.finance.ledger import printing
from operational.kernel import db
from operational.kernel.settings import get_settings
from operational.messaging import letters, queue
from operational.messaging.channels.letters import read_index
from operational.messaging.operations import NewMessage, queue_messages
from operational.messaging.texts import common_values
from tests.factories import billing_market
from tests.factories.billing_desk import Desk

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
POST = {
    "kind": "correspondence", "street": "ul. Odbiorcza", "building": "7", "flat": "3",
    "postal_code": "80-001", "city": "Gdańsk",
}  # fmt: skip
LINE = "Adres do korespondencji: ul. Odbiorcza 7/3, 80-001 Gdańsk"


def _words(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split()).replace("\u00a0", " ")


def test_letters_papers_notes_and_invoices_use_the_address_for_correspondence(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operational.messaging.channels.letters.state.home", lambda: tmp_path)
    billing_market.build(database, customers=2)
    with db.open_session("app", actor="test", database=database) as session:
        session.execute(text("update operational.customers set invoice_channel = 'letter'"))
        people.add_address(session, customer_id=1, given=POST, valid_from=date(2025, 1, 1))
    Desk(database).bill(months=1)
    factory = db.session_factory("app", database, actor="test")
    with factory() as session, session.begin():
        demand = {"documents": "FV/1", "amount": Decimal("99.00"), "pay_by": date(2026, 5, 4)}
        for one in (1, 2):
            letter = NewMessage(f"d:{one}", one, "demand.payment", demand, channel="letter")
            queue_messages(session, messages=[letter], as_of=NOW)
        queue.expand_documents(session, as_of=NOW, limit=10)
    letters.print_batches(factory, common=common_values(get_settings()), as_of=NOW, limit=10)
    with factory() as session, session.begin():
        printed = session.execute(text("select pdf, index_csv from operational.letter_batches")).one()
        index = read_index(bytes(printed.index_csv))
        invoice = session.execute(
            text("select id from operational.documents where customer_id = 1")
        ).scalar_one()
        bill = _words(render_pdf(session, document_id=invoice))
        balance = printing.confirmation_pdf(
            session, customer_id=1, on=date(2026, 3, 1), settings=get_settings()
        )
        values = papers.customer_values(session, customer_id=1, day=date(2026, 3, 1))
        before = papers.customer_values(session, customer_id=1, day=date(2024, 3, 1))
    assert sorted((row.name, row.city) for row in index) == [
        ("Odbiorca 1", "80-001 Gdańsk"), ("Odbiorca 1", "80-001 Gdańsk"),
        ("Odbiorca 2", "00-950 Warszawa"), ("Odbiorca 2", "00-950 Warszawa"),
    ]  # fmt: skip
    assert "ul. Odbiorcza 7/3" in _words(bytes(printed.pdf))
    for said in (bill, _words(balance)):
        assert LINE in said and "ul. Testowa 1" in said
    assert values["customer.mailing"] == "ul. Odbiorcza 7/3, 80-001 Gdańsk"
    assert before["customer.mailing"] is None
