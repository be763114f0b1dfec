"""The steps that post, assign, take back and reverse share: movements, items of payments, undoing
allocations."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

_TRANSFER = text("""
  insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
    customer_id,
    payment_id, reverses_id, idempotency_key, recorded_at)
  values (:debit, :credit, :amount, :code, :day, :customer, :payment, :reverses, :key, :as_of)""")

_UNDO = text("""
  insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount, business_date, rule,
    idempotency_key, recorded_at)
  select customer_id, debt_item_id, credit_item_id, -sum(amount), :day, 'undone',
    'undo:' || debt_item_id || ':' || credit_item_id || ':' || count(*), :as_of
  from operational.allocations where credit_item_id = :item
  group by customer_id, debt_item_id, credit_item_id having sum(amount) <> 0 order by debt_item_id""")

_TAKE_BACK = text("""
  with item as (
    insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date, recorded_at,
      version_no, reverses_id)
    select customer_id, payment_id, -amount, :day, :day, :as_of, version_no + 1, id
    from operational.open_items where id = :item returning id, customer_id, amount, reverses_id
  )
  insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount, business_date, rule,
    idempotency_key, recorded_at)
  select customer_id, id, reverses_id, amount, :day, 'reversal', 'alloc:' || id || ':' || reverses_id ||
    ':' || 1, :as_of
  from item""")


def lock_customers(session: Session, customer_ids: list[int]) -> list[int]:
    """Lock the customers for money movements, always in the order of their ids; return those that exist."""
    found: Sequence[int] = (
        session.execute(
            text(
                """select id from operational.customers where id = any(:ids) order by id for no key update"""
            ),
            {"ids": sorted(set(customer_ids))},
        )
        .scalars()
        .all()
    )
    return list(found)


def record_transfer(
    session: Session,
    *,
    debit: str,
    credit: str,
    amount: Decimal,
    code: str,
    day: date,
    payment_id: int,
    customer_id: int | None,
    key: str,
    as_of: datetime,
    reverses_id: int | None = None,
) -> None:
    """Write one movement of the ledger."""
    session.execute(
        _TRANSFER,
        {"debit": debit, "credit": credit, "amount": amount, "code": code, "day": day,
         "customer": customer_id, "payment": payment_id, "reverses": reverses_id, "key": key,
         "as_of": as_of},
    )  # fmt: skip


def live_item(session: Session, payment_id: int) -> int | None:
    """Return the credit item through which the payment counts for a customer now, None without one."""
    found: int | None = session.execute(
        text("""select i.id from operational.open_items i where i.payment_id = :payment and i.amount < 0
                and not exists (select from operational.open_items r where r.reverses_id = i.id)"""),
        {"payment": payment_id},
    ).scalar_one_or_none()
    return found


def take_back_item(session: Session, *, item_id: int, day: date, as_of: datetime) -> None:
    """Undo what the credit item was used for and settle it against an item of the opposite sign."""
    given = {"item": item_id, "day": day, "as_of": as_of}
    session.execute(_UNDO, given)
    session.execute(_TAKE_BACK, given)
