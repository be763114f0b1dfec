"""Reversals: the bank takes back a credit that it booked before (mark RC), and the payment goes with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.items import live_item, lock_customers, record_transfer, take_back_item

_PAIRING_LOCK = 7_401_101

_REVERSALS = text("""
  select l.id, l.business_key, s.account, l.amount, l.booked_on, l.bank_reference, l.payer_account,
    l.virtual_account
  from raw.bank_lines l join raw.bank_statements s on s.id = l.statement_id
  where l.is_reversal and l.amount < 0
    and exists (select from operational.ledger_transfers t where t.idempotency_key = 'bank:' ||
      l.business_key)
    and not exists (select from operational.ledger_transfers t
                    where t.idempotency_key = 'reversal:' || l.business_key)
  order by l.booked_on, l.business_key""")

# Equal amounts alone prove nothing; the bank's reference, or the same parties, do.
_TAKEN_BACK = text("""
  select p.id, p.customer_id
  from operational.payments p
  join raw.bank_lines o on o.id = p.bank_line_id join raw.bank_statements s on s.id = o.statement_id
  where (s.account = :account or s.feed = 'collect') and p.amount = :amount and p.booked_on <= :booked_on
    and (p.reversed_on is null or p.closed_as = 'split')
    and (o.bank_reference = :reference and :reference <> ''
      or o.payer_account = :payer and :payer <> '' and o.virtual_account = :virtual)
  order by (o.bank_reference = :reference and :reference <> '') desc, p.booked_on desc, p.id limit 1""")

# The money of a payment is in itself or, after a split, in its parts.
_LIVE = text("""
  with recursive whole as (
    select id, customer_id, amount, reversed_on from operational.payments where id = :id
    union all
    select p.id, p.customer_id, p.amount, p.reversed_on from operational.payments p join whole w on
      p.parent_id = w.id
  )
  select id, customer_id, amount from whole where reversed_on is null order by id""")


@dataclass(frozen=True, slots=True)
class Reversals:
    """Payments taken back: how many, PLN, and the customers whose debts are open again."""

    count: int
    amount: Decimal
    customers: frozenset[int]


def pair_reversals(session: Session, *, as_of: datetime, also_lock: Iterable[int] = ()) -> Reversals:
    """Take back the payments that the bank reversed.

    A reversal whose payment is not here yet stays against ``bank_other`` and is tried again after every
    file, so the order of files does not matter. The bank's line is posted once, by ``posting``; here the
    amount moves from the customer (or suspense) to ``bank_other``, and what the payment had settled is open
    again. ``also_lock`` are customers the same transaction will allocate for: all are locked in one go, in
    the order of their ids, so that two loaders cannot wait for each other.
    """
    session.execute(text("select pg_advisory_xact_lock(:lock, 0)"), {"lock": _PAIRING_LOCK})
    lines = session.execute(_REVERSALS).all()
    found = [payment for line in lines if (payment := _taken_back(session, line)) is not None]
    if not found:
        return Reversals(0, Decimal("0.00"), frozenset())
    owners = {owner for payment in found for owner in _owners(session, payment.id)}
    locked = {None, *lock_customers(session, sorted(owners.union(also_lock)))}
    count, amount, customers = 0, Decimal("0.00"), set[int]()
    for line in lines:
        payment = _taken_back(session, line)
        # A payment that a person moved to a customer not locked here is left for the next run.
        if payment is not None and payment.customer_id in locked and _reverse(session, line, payment, as_of):
            count, amount = count + 1, amount - line.amount
            customers.update(_owners(session, payment.id))
    return Reversals(count, amount, frozenset(customers))


def _owners(session: Session, payment_id: int) -> set[int]:
    """Return the customers of a payment and of its parts."""
    found = session.execute(
        text("""select customer_id from operational.payments where id = :id and customer_id is not null
                union select customer_id from operational.payments where parent_id = :id
                  and customer_id is not null"""),
        {"id": payment_id},
    )
    return set(found.scalars())


def _taken_back(session: Session, line: Row[Any]) -> Row[Any] | None:
    return session.execute(
        _TAKEN_BACK,
        {"account": line.account, "amount": -line.amount, "booked_on": line.booked_on,
         "reference": line.bank_reference, "payer": line.payer_account, "virtual": line.virtual_account},
    ).one_or_none()  # fmt: skip


def _reverse(session: Session, line: Row[Any], payment: Row[Any], as_of: datetime) -> bool:
    # What a person moved meanwhile is taken from there by the next run.
    owner: int | None = session.execute(
        text("select customer_id from operational.payments where id = :id for update"), {"id": payment.id}
    ).scalar_one()
    if owner != payment.customer_id:
        return False
    close_payment(
        session, payment_id=payment.id, credit="bank_other", key=f"reversal:{line.business_key}",
        closed_as="bank", day=line.booked_on, as_of=as_of,
    )  # fmt: skip
    return True


def close_payment(
    session: Session, *, payment_id: int, credit: str, key: str, closed_as: str, day: date, as_of: datetime
) -> list[int]:
    """Take the money of a payment, or of its parts, back to the account ``credit``; return the customers.

    The customers are to be locked by the caller when the payment is not split.
    """
    customers = []
    live = session.execute(_LIVE, {"id": payment_id}).all()
    for place, part in enumerate(live):
        record_transfer(
            session, debit="suspense" if part.customer_id is None else "receivable", credit=credit,
            amount=part.amount, code="payment_reversed", day=day, payment_id=part.id,
            customer_id=part.customer_id, key=key if place == 0 else f"{key}:{part.id}", as_of=as_of,
        )  # fmt: skip
        item = live_item(session, part.id)
        if item is not None:
            take_back_item(session, item_id=item, day=day, as_of=as_of)
        customers += [] if part.customer_id is None else [part.customer_id]
    session.execute(
        text("""update operational.payments set reversed_on = :day, closed_as = :closed_as,
                row_version = row_version + 1 where id = any(:ids)"""),
        {"ids": [payment_id, *(part.id for part in live)], "day": day, "closed_as": closed_as},
    )
    return customers
