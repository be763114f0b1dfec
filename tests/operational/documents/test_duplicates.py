"""A duplicate: the same number and content, the word DUPLIKAT and its own day, nothing booked."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from operational.documents import duplicates
from tests.factories import documents, supply

AS_OF = datetime(2026, 7, 15, 10, 0, tzinfo=UTC)


def _words(pdf: bytes) -> str:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return " ".join(page.extract_text() for page in pages).replace("\u00a0", " ")


def test_a_duplicate_bears_the_number_of_its_document_and_a_day_of_its_own(session: Session) -> None:
    customer = supply.make_customer(session)
    point = supply.add_point(session, customer, ordinal=1)
    issued = documents.issue_invoice(session, customer, point, month=date(2026, 1, 1), used=Decimal(300))
    before = session.execute(text("select count(*), sum(amount) from operational.ledger_transfers")).one()
    numbers = session.execute(text("select sum(last_number) from operational.number_series")).scalar_one()

    made = duplicates.issue_duplicate(
        session, document_id=issued.id, reason="The customer lost it", as_of=AS_OF
    )
    first, again = (duplicates.duplicate_pdf(session, found=made) for _ in range(2))
    words = _words(first)
    assert first == again
    assert issued.number in words
    assert "DUPLIKAT z 15 lipca 2026" in words
    assert duplicates.duplicates(session, document_id=issued.id) == [made]
    after = session.execute(text("select count(*), sum(amount) from operational.ledger_transfers")).one()
    assert (after, numbers) == (
        before, session.execute(text("select sum(last_number) from operational.number_series")).scalar_one()
    )  # fmt: skip

    with pytest.raises(duplicates.DuplicateRefused):
        duplicates.issue_duplicate(session, document_id=issued.id, reason=" ", as_of=AS_OF)
    early = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(duplicates.DuplicateRefused):
        duplicates.issue_duplicate(session, document_id=issued.id, reason="x", as_of=early)
    with pytest.raises(DBAPIError, match="permission denied"):
        session.execute(text("update operational.document_duplicates set reason = 'y'"))
