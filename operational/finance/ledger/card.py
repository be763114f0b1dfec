"""The account card: what was charged and paid, day by day, with the balance after each line.

A page reads only its own lines and one sum of everything older, so ten thousand movements cost no more than
ten.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

_ALWAYS = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class CardLine:
    """A line of the card, PLN: ``amount`` above zero raises what is owed. ``reference`` is a number or a
    title."""

    business_date: date
    kind: str
    reference: str
    document_public_id: str | None
    payment_public_id: str | None
    note_public_id: str | None
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class CardPage:
    """A page of the card, newest line first; ``opening`` and ``closing`` are the balances around the chosen
    days."""

    lines: tuple[CardLine, ...]
    total: int
    opening: Decimal
    closing: Decimal
    charged: Decimal
    paid: Decimal


# Net and VAT of a document are one line; every other movement is a line of its own.
_BOOKED = """
  with moves as (
    select t.id, t.business_date, t.code, t.document_id, t.payment_id, t.note_id,
      case when t.debit_account = 'receivable' then t.amount else -t.amount end as amount
    from operational.ledger_transfers t
    where t.customer_id = :customer and t.business_date <= :to and 'receivable' in (t.debit_account,
      t.credit_account)
  ),
  booked as materialized (
    select min(id) as id, business_date, document_id, payment_id, note_id, sum(amount) as amount, min(code)
      as code
    from moves group by business_date, document_id, payment_id, note_id, case when document_id is null then
      id end
  )"""

_TOTALS = text(
    _BOOKED
    + """
  select count(*) filter (where business_date >= :from) as total,
    coalesce(sum(amount) filter (where business_date < :from), 0.00) as opening, coalesce(sum(amount), 0.00)
      as closing,
    coalesce(sum(amount) filter (where business_date >= :from and amount > 0), 0.00) as charged,
    coalesce(-sum(amount) filter (where business_date >= :from and amount < 0), 0.00) as paid
  from booked"""
)

_LINES = text(
    _BOOKED
    + """,
  running as (
    select *, sum(amount) over (order by business_date, id) as balance from booked
  ),
  shown as (
    select * from running where business_date >= :from order by business_date desc, id desc limit :limit
      offset :offset
  )
  select s.business_date, coalesce(d.kind, n.kind, s.code) as kind,
    coalesce(d.number, n.number, nullif(p.title, ''), '') as reference, d.public_id::text as
      document_public_id,
    p.public_id::text as payment_public_id, n.public_id::text as note_public_id, s.amount, s.balance
  from shown s left join operational.documents d on d.id = s.document_id
  left join operational.payments p on p.id = s.payment_id
  left join operational.interest_notes n on n.id = s.note_id
  order by s.business_date desc, s.id desc"""
)


def card_page(
    session: Session,
    *,
    customer_id: int,
    date_from: date | None = None,
    date_to: date | None = None,
    limit: int = 50,
    offset: int = 0,
) -> CardPage:
    """Return a page of the customer's card within the chosen days, newest line first, and the sums of those
    days."""
    given = {"customer": customer_id, "from": date_from or date.min, "to": date_to or _ALWAYS}
    totals = session.execute(_TOTALS, given).one()
    rows = session.execute(_LINES, {**given, "limit": limit, "offset": offset})
    return CardPage(tuple(CardLine(**row._mapping) for row in rows), **totals._mapping)
