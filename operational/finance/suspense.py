"""Suspense: a person says whose payment it is, or takes it back from a customer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.allocation import allocate
from operational.finance.items import live_item, lock_customers, record_transfer, take_back_item
from operational.finance.results import AllocationResult
from operational.finance.rules import MatchedBy
from operational.kernel.calendar import civil_day
from operational.kernel.errors import DomainError

_PAYMENT = text("""
  select id, customer_id, amount, booked_on, reversed_on, closed_as, parent_id, split_no, row_version,
    (select coalesce(max(i.version_no), 0) from operational.open_items i where i.payment_id = p.id) as items
  from operational.payments p where id = :id""")
_NEW_ITEM = text("""
  insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date, recorded_at,
    version_no)
  values (:customer, :payment, -cast(:amount as numeric), :booked_on, :booked_on, :as_of, :version)""")


class PaymentError(DomainError):
    """A payment cannot be moved as wished; nothing was changed."""


def assign_payment(
    session: Session, *, payment_id: int, customer_id: int, as_of: datetime
) -> AllocationResult:
    """Give a payment in suspense to a customer and allocate it; return what was allocated.

    Four rows in one transaction: the payment's customer, the movement suspense -> receivable on the day of
    ``as_of``, the credit item as of the booking date (it counts as paid when the bank credited it),
    allocations. The same assignment again changes nothing. Raises PaymentError: unknown_payment,
    unknown_customer, payment_assigned (to another customer), payment_reversed.
    """
    if not lock_customers(session, [customer_id]):
        raise PaymentError(
            "unknown_customer", f"There is no customer {customer_id}. Choose one from the search."
        )
    payment = locked_payment(session, payment_id)
    if payment.customer_id == customer_id:
        return AllocationResult()
    if payment.customer_id is not None:
        raise PaymentError(
            "payment_assigned",
            f"Payment {payment_id} belongs to another customer already. Take it back from there first.",
        )
    _set_customer(session, payment_id, customer_id, as_of)
    version = payment.items + 1
    record_transfer(
        session, debit="suspense", credit="receivable", amount=payment.amount, code="payment_assigned",
        day=civil_day(as_of), payment_id=payment_id, customer_id=customer_id,
        key=f"assign:{payment_id}:{version}", as_of=as_of,
    )  # fmt: skip
    session.execute(
        _NEW_ITEM,
        {"customer": customer_id, "payment": payment_id, "amount": payment.amount,
         "booked_on": payment.booked_on, "as_of": as_of, "version": version},
    )  # fmt: skip
    return allocate(session, customer_ids=[customer_id], as_of=as_of)


def unassign_payment(session: Session, *, payment_id: int, as_of: datetime) -> Decimal:
    """Take a payment from its customer back to suspense by reversal; return the amount in PLN.

    What it had settled is open again and other credits of the customer are used for it. Nothing is deleted:
    the movement, the item and the allocations get counterparts on the day of ``as_of``. Raises PaymentError:
    unknown_payment, payment_in_suspense, payment_reversed.
    """
    customer, amount = _back_to_suspense(session, payment_id, civil_day(as_of), as_of)
    _set_customer(session, payment_id, None, as_of)
    allocate(session, customer_ids=[customer], as_of=as_of)
    return amount


def withdraw(session: Session, *, payment_id: int, as_of: datetime) -> None:
    """Undo a decision of the machine: as ``unassign_payment``, but it may decide again; nothing is
    allocated."""
    booked_on: date = session.execute(
        text("select booked_on from operational.payments where id = :id"), {"id": payment_id}
    ).scalar_one()
    _back_to_suspense(session, payment_id, booked_on, as_of)
    session.execute(
        text("""update operational.payments set customer_id = null, matched_by = null, confidence = null,
                row_version = row_version + 1 where id = :id"""),
        {"id": payment_id},
    )


def repost_payment(
    session: Session, *, payment_id: int, customer_id: int, as_of: datetime
) -> AllocationResult:
    """Move a payment to another customer: back to suspense by reversal, then to the right one.

    Raises PaymentError like ``assign_payment`` and ``unassign_payment``; then nothing was changed.
    """
    owner: int | None = session.execute(
        text("select customer_id from operational.payments where id = :id"), {"id": payment_id}
    ).scalar_one_or_none()
    lock_customers(session, [item for item in (owner, customer_id) if item is not None])
    if owner is not None and owner != customer_id:
        unassign_payment(session, payment_id=payment_id, as_of=as_of)
    return assign_payment(session, payment_id=payment_id, customer_id=customer_id, as_of=as_of)


def _back_to_suspense(session: Session, payment_id: int, day: date, as_of: datetime) -> tuple[int, Decimal]:
    owner: int | None = session.execute(
        text("select customer_id from operational.payments where id = :id"), {"id": payment_id}
    ).scalar_one_or_none()
    customers: list[int] = lock_customers(session, [owner]) if owner is not None else []
    payment = locked_payment(session, payment_id)
    if payment.customer_id is None or payment.customer_id not in customers:
        raise PaymentError(
            "payment_in_suspense", f"Payment {payment_id} belongs to no customer now. Assign it instead."
        )
    item = live_item(session, payment_id)
    if item is not None:
        take_back_item(session, item_id=item, day=day, as_of=as_of)
    record_transfer(
        session, debit="receivable", credit="suspense", amount=payment.amount, code="payment_unassigned",
        day=day, payment_id=payment_id, customer_id=payment.customer_id,
        key=f"unassign:{payment_id}:{payment.items + 1}", as_of=as_of,
        reverses_id=_assigning_transfer(session, payment_id, payment.items),
    )  # fmt: skip
    return payment.customer_id, Decimal(payment.amount)


def locked_payment(session: Session, payment_id: int) -> Row[Any]:
    """Return a payment, locked. Raises PaymentError when it is unknown, split or taken back."""
    session.execute(text("select from operational.payments where id = :id for update"), {"id": payment_id})
    payment = session.execute(_PAYMENT, {"id": payment_id}).one_or_none()
    if payment is None:
        raise PaymentError(
            "unknown_payment", f"There is no payment {payment_id}. Open it from the list again."
        )
    if payment.closed_as in ("split", "merged"):
        raise PaymentError(
            "payment_split",
            f"Payment {payment_id} was split or joined again, so its money is elsewhere. Open its parts.",
        )
    if payment.reversed_on is not None:
        raise PaymentError(
            "payment_reversed",
            f"The bank took payment {payment_id} back on {payment.reversed_on}, so there is nothing to move.",
        )
    return payment


def _set_customer(session: Session, payment_id: int, customer_id: int | None, as_of: datetime) -> None:
    session.execute(
        text("""update operational.payments set customer_id = :customer, matched_by = :matched_by,
                confidence = case when cast(:matched_by as text) is null then null else 100 end,
                assigned_at = :as_of, assigned_by = operational.actor(), row_version = row_version + 1
                where id = :id"""),
        {"id": payment_id, "customer": customer_id, "as_of": as_of,
         "matched_by": None if customer_id is None else str(MatchedBy.PERSON)},
    )  # fmt: skip


def _assigning_transfer(session: Session, payment_id: int, version: int) -> int | None:
    """Return the movement that a person's assignment made; a payment matched by itself has none to mirror."""
    found: int | None = session.execute(
        text("select id from operational.ledger_transfers where idempotency_key = :key"),
        {"key": f"assign:{payment_id}:{version}"},
    ).scalar_one_or_none()
    return found
