"""Everything of the finance room that reads, under one name: the customer's account here, the bank in
``bank_reads``.

The customer's account uses only tables that the portal sees through row-level security, so portal and staff
app show the same figures. Amounts are PLN; a debt is positive, a credit of the customer negative.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.bank_reads import (
    BankImport,
    BankImportDetails,
    BankLineRow,
    BankReconciliation,
    BankStatementRow,
    Candidate,
    RejectedFile,
    SuspenseItem,
    SuspenseTotals,
    bank_import,
    bank_imports,
    bank_reconciliation,
    candidates,
    not_posted_lines,
    rejected_bank_files,
    suspense,
    suspense_totals,
)

__all__ = [
    "Ageing",
    "BankImport",
    "BankImportDetails",
    "BankLineRow",
    "BankReconciliation",
    "BankStatementRow",
    "Candidate",
    "CardRow",
    "OpenItem",
    "Payment",
    "RejectedFile",
    "SuspenseItem",
    "SuspenseTotals",
    "account_card",
    "ageing",
    "balance",
    "bank_import",
    "bank_imports",
    "bank_reconciliation",
    "candidates",
    "customer_payments",
    "not_posted_lines",
    "open_items",
    "payment",
    "rejected_bank_files",
    "suspense",
    "suspense_totals",
]

# The same buckets as macro ageing_bucket of the warehouse.
AGEING_BUCKETS = (
    ("current", 0),
    ("1-30", 30),
    ("31-60", 60),
    ("61-90", 90),
    ("91-180", 180),
    ("181-365", 365),
)
_OLDEST_BUCKET = "365+"
_ALWAYS = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A debt (amount > 0) or a credit (amount < 0) that is not settled; ``kind`` invoice, correction,
    payment, interest_note, compensation_note, refund or write_off."""

    id: int
    kind: str
    reference: str
    document_public_id: str | None
    payment_public_id: str | None
    amount: Decimal
    open_amount: Decimal
    business_date: date
    due_date: date
    days_overdue: int


@dataclass(frozen=True, slots=True)
class CardRow:
    """A line of the account card: what was charged or paid, and the balance after it.

    ``kind`` is invoice, correction, payment, payment_assigned, payment_unassigned, payment_reversed,
    interest_note, compensation_note, refund, write_off, small_difference or waived_note; ``reference`` is the
    document's number or the transfer's title.
    """

    business_date: date
    kind: str
    reference: str
    document_public_id: str | None
    payment_public_id: str | None
    charged: Decimal
    paid: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Ageing:
    """Open debts by days overdue, and the credits not used up (negative)."""

    buckets: dict[str, Decimal]
    credits: Decimal

    @property
    def overdue(self) -> Decimal:
        """Return the debts past their due date."""
        return sum((amount for name, amount in self.buckets.items() if name != "current"), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """Return all debts less all credits: the balance of the account."""
        return sum(self.buckets.values(), Decimal("0.00")) + self.credits


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment from the bank. ``used`` is what settled debts, ``unused`` waits for the next one."""

    id: int
    public_id: str
    customer_id: int | None
    amount: Decimal
    booked_on: date
    title: str
    payer_name: str
    payer_account: str
    matched_by: str | None
    reversed_on: date | None
    used: Decimal
    unused: Decimal


def balance(session: Session, *, customer_id: int, on: date | None = None) -> Decimal:
    """Return what the customer owes (negative: has paid too much) by the ledger, at the end of ``on``
    (default: now)."""
    found: Decimal = session.execute(
        text("""select coalesce(sum(case when debit_account = 'receivable' then amount else 0 end
                  - case when credit_account = 'receivable' then amount else 0 end), 0.00)
                from operational.ledger_transfers where customer_id = :customer and business_date <= :on"""),
        {"customer": customer_id, "on": on or _ALWAYS},
    ).scalar_one()
    return found


_OPEN_ITEMS = """
  select i.id, coalesce(d.kind, n.kind, case when i.refund_id is not null then 'refund'
      when i.write_off_id is not null then 'write_off' else 'payment' end) as kind,
    coalesce(d.number, n.number, p.title, '') as reference,
    d.public_id::text as document_public_id, p.public_id::text as payment_public_id, i.amount,
    i.amount - coalesce(x.used, 0) as open_amount, i.business_date, i.due_date,
    case when i.amount > 0 then greatest(:on - i.due_date, 0) else 0 end as days_overdue
  from operational.open_items i
  left join operational.documents d on d.id = i.document_id
  left join operational.payments p on p.id = i.payment_id
  left join operational.interest_notes n on n.id = i.note_id
  left join lateral (
    select sum(case when a.debt_item_id = i.id then a.amount else -a.amount end) as used
    from operational.allocations a
    where (a.debt_item_id = i.id or a.credit_item_id = i.id) and a.business_date <= :on
  ) x on true
  where i.customer_id = :customer and i.business_date <= :on and i.amount <> coalesce(x.used, 0)
  order by i.due_date, i.id"""


def open_items(session: Session, *, customer_id: int, on: date) -> list[OpenItem]:
    """Return the customer's unsettled items at the end of ``on``, oldest due first; overdue days count to
    ``on``."""
    rows = session.execute(text(_OPEN_ITEMS), {"customer": customer_id, "on": on})
    return [OpenItem(**row._mapping) for row in rows]


_CARD = text("""
  with moves as (
    select t.id, t.business_date, t.code, t.document_id, t.payment_id, t.note_id,
      case when t.debit_account = 'receivable' then t.amount else -t.amount end as amount
    from operational.ledger_transfers t
    where t.customer_id = :customer and 'receivable' in (t.debit_account, t.credit_account)
  ),
  booked as (  -- net and VAT of a document are one line
    select min(id) as id, business_date, document_id, payment_id, note_id, sum(amount) as amount,
      case when document_id is null then min(code) end as code
    from moves group by business_date, document_id, payment_id, note_id, case when document_id is null then
      id end
  ),
  running as (
    select *, sum(amount) over (order by business_date, id) as balance from booked
  )
  select r.business_date, coalesce(d.kind, r.code) as kind, coalesce(d.number, n.number, p.title, '') as
    reference,
    d.public_id::text as document_public_id, p.public_id::text as payment_public_id,
    greatest(r.amount, 0) as charged, greatest(-r.amount, 0) as paid, r.balance
  from running r
  left join operational.documents d on d.id = r.document_id
  left join operational.payments p on p.id = r.payment_id
  left join operational.interest_notes n on n.id = r.note_id
  where r.business_date between :from and :to order by r.business_date, r.id""")


def account_card(
    session: Session, *, customer_id: int, date_from: date | None = None, date_to: date | None = None
) -> list[CardRow]:
    """Return the movements of the customer's account, oldest first, each with the balance after it.

    The balance counts everything before ``date_from`` too, so the last row's is ``balance(on=date_to)``.
    """
    given = {"customer": customer_id, "from": date_from or date.min, "to": date_to or _ALWAYS}
    return [CardRow(**row._mapping) for row in session.execute(_CARD, given)]


_AGEING = text("""
  with used as (
    select x.id, sum(x.used) as used from operational.allocations a
    cross join lateral (values (a.debt_item_id, a.amount), (a.credit_item_id, -a.amount)) as x(id, used)
    where a.business_date <= :on and (cast(:customer as bigint) is null or a.customer_id = :customer) group
      by x.id
  )
  select case when i.amount < 0 then -1 else greatest(:on - i.due_date, 0) end as days,
    sum(i.amount - coalesce(u.used, 0)) as amount
  from operational.open_items i left join used u on u.id = i.id
  where i.business_date <= :on and (cast(:customer as bigint) is null or i.customer_id = :customer)
  group by 1""")


def ageing(session: Session, *, on: date, customer_id: int | None = None) -> Ageing:
    """Return open debts by days overdue at the end of ``on``, of one customer or of all."""
    buckets = {name: Decimal("0.00") for name, _ in AGEING_BUCKETS} | {_OLDEST_BUCKET: Decimal("0.00")}
    unused = Decimal("0.00")
    for row in session.execute(_AGEING, {"on": on, "customer": customer_id}):
        if row.days < 0:
            unused += row.amount
        else:
            buckets[bucket_of(row.days)] += row.amount
    return Ageing(buckets, unused)


def bucket_of(days_overdue: int) -> str:
    """Return the ageing bucket of a number of days overdue; 0 is ``current``."""
    return next((name for name, last in AGEING_BUCKETS if days_overdue <= last), _OLDEST_BUCKET)


_PAYMENTS = """
  select p.id, p.public_id::text as public_id, p.customer_id, p.amount, p.booked_on, p.title, p.payer_name,
    p.payer_account, p.matched_by, p.reversed_on, coalesce(x.used, 0.00) as used,
    case when p.customer_id is null or p.reversed_on is not null then 0.00 else p.amount - coalesce(x.used,
      0) end
      as unused
  from operational.payments p
  left join lateral (
    select sum(a.amount) as used from operational.open_items i
    join operational.allocations a on a.credit_item_id = i.id
    where i.payment_id = p.id and a.rule <> 'reversal'
  ) x on true"""


def customer_payments(
    session: Session, *, customer_id: int, limit: int = 100, offset: int = 0
) -> list[Payment]:
    """Return the customer's payments, newest first."""
    rows = session.execute(
        text(
            f"{_PAYMENTS} where p.customer_id = :customer order by p.booked_on desc, p.id desc"
            " limit :limit offset :offset"
        ),
        {"customer": customer_id, "limit": limit, "offset": offset},
    )
    return [_payment(row) for row in rows]


def payment(session: Session, *, public_id: str) -> Payment | None:
    """Return one payment by the id that stands in addresses, None when there is none."""
    row = session.execute(
        text(f"{_PAYMENTS} where p.public_id::text = :public_id"), {"public_id": public_id}
    ).one_or_none()
    return None if row is None else _payment(row)


def _payment(row: Row[Any]) -> Payment:
    return Payment(**row._mapping)
