"""Ledger, open items and payments of the documents that the factories insert."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.factories.supply import Customer, insert


class HasGross(Protocol):
    """A document that can be paid."""

    id: int
    gross: Decimal


def book_document(
    session: Session, customer: Customer, document: int, *, net: Decimal, vat: Decimal, day: date, due: date
) -> None:
    for account, amount, code in (("sales", net, "sale"), ("vat_output", vat, "vat")):
        if amount:
            debit, credit = ("receivable", account) if amount > 0 else (account, "receivable")
            insert(
                session,
                "operational.ledger_transfers",
                debit_account=debit,
                credit_account=credit,
                amount=abs(amount),
                code=code,
                business_date=day,
                customer_id=customer.id,
                document_id=document,
                idempotency_key=f"test:{document}:{code}",
            )
    if net + vat:
        insert(
            session,
            "operational.open_items",
            customer_id=customer.id,
            document_id=document,
            amount=net + vat,
            business_date=day,
            due_date=due,
        )


def pay(
    session: Session,
    customer: Customer,
    amount: Decimal,
    *,
    day: date,
    against: Sequence[HasGross] | None = None,
) -> int:
    """Insert a payment with ledger and open item, allocated to the given documents in order."""
    payment = insert(
        session,
        "operational.payments",
        idempotency_key=f"test:{customer.id}:{day}:{amount}",
        amount=amount,
        booked_on=day,
        title="Zapłata za prąd",
        payer_name="ANNA NOWAK",
        customer_id=customer.id,
        matched_by="virtual_account",
    )
    insert(
        session,
        "operational.ledger_transfers",
        debit_account="bank",
        credit_account="receivable",
        amount=amount,
        code="payment",
        business_date=day,
        customer_id=customer.id,
        payment_id=payment,
        idempotency_key=f"test:payment:{payment}",
    )
    credit = insert(
        session,
        "operational.open_items",
        customer_id=customer.id,
        payment_id=payment,
        amount=-amount,
        business_date=day,
        due_date=day,
    )
    left = amount
    for document in against or []:
        debt = session.execute(
            text("select id from operational.open_items where document_id = :d"), {"d": document.id}
        ).scalar_one()
        part = min(left, document.gross)
        if part > 0:
            insert(
                session,
                "operational.allocations",
                customer_id=customer.id,
                debt_item_id=debt,
                credit_item_id=credit,
                amount=part,
                business_date=day,
                rule="test",
                idempotency_key=f"test:{debt}:{credit}",
            )
        left -= part
    return payment
