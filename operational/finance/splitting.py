"""One transfer for several customers: split a payment in suspense into parts, join the parts again.

The transfer of the bank stays one payment; it is closed as ``split`` and its parts are payments of their own
with the same sum. Nothing moves in the ledger by that: all of it is still suspense, until a part gets a
customer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.items import lock_customers
from operational.finance.suspense import (
    PaymentError,
    assign_payment,
    locked_payment,
    unassign_payment,
)
from operational.kernel.calendar import civil_day

_MOST_PARTS = 50
_GROSZ = Decimal("0.01")

_NEW_PARTS = text("""
  insert into operational.payments (idempotency_key, amount, booked_on, title, payer_name, payer_account,
    method,
    parent_id, part_no, assigned_at, assigned_by, recorded_at)
  select 'part:' || p.id || ':' || p.split_no || ':' || n.part_no, n.amount, p.booked_on, p.title,
    p.payer_name,
    p.payer_account, p.method, p.id, n.part_no, :as_of, operational.actor(), :as_of
  from operational.payments p,
    unnest(cast(:amounts as numeric[])) with ordinality as n(amount, part_no)
  where p.id = :id order by n.part_no returning id""")
_CLOSE = text("""
  update operational.payments set reversed_on = :day, closed_as = :closed_as, row_version = row_version + 1,
    split_no = split_no + case when :closed_as = 'split' then 1 else 0 end where id = :id""")
_PARTS = text("""
  select id, customer_id, closed_as from operational.payments
  where parent_id = :id and (closed_as is null or closed_as = 'split') order by part_no, id""")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a payment in PLN and whose it is; None leaves it in suspense."""

    amount: Decimal
    customer_id: int | None = None


def split_payment(session: Session, *, payment_id: int, parts: Sequence[Part], as_of: datetime) -> list[int]:
    """Split a payment in suspense; parts with a customer are posted at once. Return the ids of the parts.

    Raises PaymentError: split_parts (fewer than two, an amount of nothing or below a grosz), split_sum (the
    parts are not the payment), unknown_customer, payment_assigned, and those of a payment that is gone.
    """
    wanted = sorted({part.customer_id for part in parts if part.customer_id is not None})
    missing = set(wanted).difference(lock_customers(session, wanted))
    if missing:
        raise PaymentError(
            "unknown_customer", f"There is no customer {min(missing)}. Choose one from the search."
        )
    payment = locked_payment(session, payment_id)
    if payment.customer_id is not None:
        raise PaymentError(
            "payment_assigned",
            f"Payment {payment_id} belongs to a customer already. Take it back from there first.",
        )
    _check(parts, payment.amount)
    session.execute(_CLOSE, {"id": payment_id, "day": civil_day(as_of), "closed_as": "split"})
    ids: list[int] = list(
        session.execute(
            _NEW_PARTS, {"id": payment_id, "amounts": [part.amount for part in parts], "as_of": as_of}
        ).scalars()
    )
    for new, part in zip(ids, parts, strict=True):
        if part.customer_id is not None:
            assign_payment(session, payment_id=new, customer_id=part.customer_id, as_of=as_of)
    return ids


def _check(parts: Sequence[Part], amount: Decimal) -> None:
    if not 1 < len(parts) <= _MOST_PARTS or any(
        part.amount <= 0 or part.amount != part.amount.quantize(_GROSZ) for part in parts
    ):
        raise PaymentError(
            "split_parts", f"A payment is split into 2 to {_MOST_PARTS} parts of at least one grosz each."
        )
    total = sum((part.amount for part in parts), Decimal(0))
    if total != amount:
        raise PaymentError(
            "split_sum", f"The parts give {total} PLN, the payment is {amount} PLN. Correct the amounts."
        )


def merge_payment(session: Session, *, payment_id: int, as_of: datetime) -> int:
    """Join the parts of a split payment: parts of customers come back by reversal; the whole is in suspense.

    Return how many parts were joined. Raises PaymentError: payment_not_split, and payment_reversed when the
    bank took it back meanwhile.
    """
    owners: Iterable[int] = session.execute(
        text(
            "select customer_id from operational.payments where parent_id = :id and customer_id is not null"
        ),
        {"id": payment_id},
    ).scalars()
    lock_customers(session, list(owners))
    payment = session.execute(
        text("select closed_as, reversed_on from operational.payments where id = :id for update"),
        {"id": payment_id},
    ).one_or_none()
    if payment is None or payment.closed_as != "split":
        raise PaymentError(
            "payment_not_split", f"Payment {payment_id} is not split, so nothing is to be joined."
        )
    parts = session.execute(_PARTS, {"id": payment_id}).all()
    for part in parts:
        if part.closed_as == "split":
            merge_payment(session, payment_id=part.id, as_of=as_of)
        if part.customer_id is not None:
            unassign_payment(session, payment_id=part.id, as_of=as_of)
        session.execute(_CLOSE, {"id": part.id, "day": civil_day(as_of), "closed_as": "merged"})
    session.execute(
        text("""update operational.payments set reversed_on = null, closed_as = null,
                assigned_at = :as_of, assigned_by = operational.actor(), row_version = row_version + 1
                where id = :id"""),
        {"id": payment_id, "as_of": as_of},
    )
    return len(parts)
