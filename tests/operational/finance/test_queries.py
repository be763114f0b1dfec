"""Balance, open items, account card and ageing tell one story."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import queries
from operational.finance.operations import allocate, import_bank_file
from operational.kernel.db import open_session
from tests.factories.finance import Payer, bank_file, issue, make_payer, transfer

NOW = datetime(2026, 3, 31, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 31)


@pytest.fixture
def payer(session: Session) -> Payer:
    """A customer with two invoices, a correction and a payment."""
    made = make_payer(session)
    first = issue(session, made, "180.00", on=date(2026, 1, 5), due=date(2026, 1, 20))
    issue(session, made, "210.00", on=date(2026, 2, 5), due=date(2026, 2, 20))
    issue(session, made, "-30.00", on=date(2026, 2, 10), due=date(2026, 2, 10), corrects=first)
    line = transfer("200.00", to=made.account, title="luty", reference="B1")
    import_bank_file(session, content=bank_file([line]), name="a.sta", as_of=NOW)
    return made


def test_the_balance_is_the_ledgers_on_every_day(session: Session, payer: Payer) -> None:
    days = {date(2026, 1, 4): "0.00", date(2026, 1, 5): "180.00", date(2026, 2, 9): "390.00",
            date(2026, 2, 10): "360.00", date(2026, 3, 10): "160.00"}  # fmt: skip
    found = {day: queries.balance(session, customer_id=payer.id, on=day) for day in days}
    assert found == {day: Decimal(amount) for day, amount in days.items()}
    assert queries.balance(session, customer_id=payer.id) == Decimal("160.00")


def test_the_card_ends_with_the_balance_and_names_documents_and_payments(
    session: Session, payer: Payer
) -> None:
    card = queries.account_card(session, customer_id=payer.id)
    assert [(row.kind, row.charged, row.paid, row.balance) for row in card] == [
        ("invoice", Decimal("180.00"), Decimal("0"), Decimal("180.00")),
        ("invoice", Decimal("210.00"), Decimal("0"), Decimal("390.00")),
        ("correction", Decimal("0"), Decimal("30.00"), Decimal("360.00")),
        ("payment", Decimal("0"), Decimal("200.00"), Decimal("160.00")),
    ]
    assert [row.reference for row in card] == [
        "FV/2026/01/000001",
        "FV/2026/02/000001",
        "FK/2026/02/000001",
        "luty",
    ]
    february = queries.account_card(
        session, customer_id=payer.id, date_from=date(2026, 2, 1), date_to=date(2026, 2, 28)
    )
    assert [row.balance for row in february] == [Decimal("390.00"), Decimal("360.00")]


def test_net_and_vat_of_a_document_are_one_line_of_the_card(session: Session) -> None:
    made = make_payer(session)
    document = issue(session, made, "100.00", on=date(2026, 1, 5), due=date(2026, 1, 20))
    session.execute(
        text("""insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
          business_date,
                  customer_id, document_id, idempotency_key)
                values ('receivable', 'vat_output', 23, 'vat', '2026-01-05', :customer, :document, 'vat')"""),
        {"customer": made.id, "document": document},
    )
    (row,) = queries.account_card(session, customer_id=made.id)
    assert (row.charged, row.balance) == (Decimal("123.00"), Decimal("123.00"))


def test_open_items_add_up_to_the_balance_at_any_day(session: Session, payer: Payer) -> None:
    for day in (date(2026, 1, 10), date(2026, 2, 5), date(2026, 2, 28), TODAY):
        items = queries.open_items(session, customer_id=payer.id, on=day)
        assert sum(item.open_amount for item in items) == queries.balance(
            session, customer_id=payer.id, on=day
        )


def test_ageing_puts_debts_into_buckets_and_credits_apart(session: Session, payer: Payer) -> None:
    found = queries.ageing(session, on=TODAY, customer_id=payer.id)
    assert found.buckets["31-60"] == Decimal("160.00")
    assert (found.overdue, found.credits, found.total) == (
        Decimal("160.00"),
        Decimal("0.00"),
        Decimal("160.00"),
    )
    other = make_payer(session, 2)
    line = transfer("10.00", to=other.account, reference="B2")
    import_bank_file(session, content=bank_file([line]), name="b.sta", as_of=NOW)
    everybody = queries.ageing(session, on=TODAY)
    assert (everybody.credits, everybody.total) == (Decimal("-10.00"), Decimal("150.00"))


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (365, "181-365"), (366, "365+")],
)
def test_the_buckets_are_those_of_the_warehouse(days: int, bucket: str) -> None:
    assert queries.bucket_of(days) == bucket


def test_a_payment_is_found_by_its_public_id(session: Session, payer: Payer) -> None:
    (listed,) = queries.customer_payments(session, customer_id=payer.id)
    assert queries.payment(session, public_id=listed.public_id) == listed
    assert queries.payment(session, public_id="nonsense") is None
    assert (listed.used, listed.unused, listed.matched_by) == (
        Decimal("200.00"),
        Decimal("0.00"),
        "virtual_account",
    )


def test_the_portal_reads_the_same_account_through_row_level_security(
    session: Session, database: str, payer: Payer
) -> None:
    allocate(session, as_of=NOW)
    session.commit()
    with open_session("ebok", actor="ebok:nobody", database=database) as stranger:
        assert queries.balance(stranger, customer_id=payer.id) == Decimal("0.00")
        assert queries.account_card(stranger, customer_id=payer.id) == []
        assert queries.open_items(stranger, customer_id=payer.id, on=TODAY) == []
        assert queries.customer_payments(stranger, customer_id=payer.id) == []
