"""Whose payment may it be: customers ranked by what the transfer and their accounts have in common."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.rules import find_document_numbers, find_nips, find_number_fragments

# Points of each sign; they add up, and 100 is the most shown. The payer's account seen before and a tax
# number say most, the amount alone little, because bills of the same tariff are often equal.
_POINTS = {
    "document": 60,
    "payer_account": 55,
    "nip": 50,
    "name": 45,
    "amount": 30,
    "fragment": 20,
    "balance": 30,
}
_LIKELY_NAME = 0.4
_MOST_PER_SIGN = 25
_NAME_WORDS = 4  # what follows in the payer's field is mostly an address


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who may have paid: score 1-100, signs found (document, payer_account, nip, name,
    amount, fragment, balance).

    ``documents`` are numbers of open documents that speak for it, ``balance`` is what the customer owes in
    PLN.
    """

    customer_id: int
    public_id: str
    customer_number: str
    name: str
    score: int
    reasons: tuple[str, ...]
    documents: tuple[str, ...]
    open_amount: Decimal


_USED = """cross join lateral (select coalesce(sum(a.amount), 0) as used from operational.allocations a
      where a.debt_item_id = i.id) u"""

# Each sign is looked up through an index of its own: sign, customer, document's number, strength 0-1.
_SIGNS = f"""
  (select 'document' as sign, customer_id, number, 1.0::real as strength
   from operational.documents where number = any(:numbers))
  union all (select 'document', customer_id, number, 1.0
   from operational.interest_notes where number = any(:numbers))
  union all (select 'document', customer_id, number, 1.0
   from operational.instalment_agreements where number = any(:numbers))
  union all (select distinct 'payer_account', p.customer_id, null::text, 1.0::real from (
      select customer_id from operational.payments
      where payer_account = :payer_account and payer_account <> '' and customer_id is not null
      limit {_MOST_PER_SIGN * 4}) p)
  union all (select 'nip', id, null, 1.0 from operational.customers where nip = any(:nips))
  union all (select 'name', id, null, public.similarity(search_name, lower(public.unaccent(:name)))
    from operational.customers
    where search_name operator(public.%) lower(public.unaccent(:name))
      and public.similarity(search_name, lower(public.unaccent(:name))) >= {_LIKELY_NAME}
    order by 4 desc, 2 limit {_MOST_PER_SIGN})
  union all (select 'amount', i.customer_id, d.number, 1.0
    from operational.open_items i join operational.documents d on d.id = i.document_id {_USED}
    where i.amount = :amount and i.amount > 0 and i.document_id is not null and u.used = 0
    order by abs(i.business_date - :booked_on), i.id limit {_MOST_PER_SIGN})
  union all (select 'fragment', d.customer_id, d.number, 1.0
    from unnest(cast(:fragments as text[])) f
    join operational.documents d on reverse(d.number) >= reverse(f)
      and reverse(d.number) < reverse(f) || chr(1114111)
    join operational.open_items i on i.document_id = d.id {_USED}
    where i.amount > u.used and i.amount > 0 order by d.id desc limit {_MOST_PER_SIGN})"""

_FOUND = text(f"""
  with signs as ({_SIGNS}),
  people as (
    select c.id as customer_id, c.public_id::text as public_id, c.customer_number, c.name, x.balance
    from (select distinct customer_id from signs) s join operational.customers c on c.id = s.customer_id
    cross join lateral (
      select coalesce(sum(case when debit_account = 'receivable' then amount else 0 end
        - case when credit_account = 'receivable' then amount else 0 end), 0.00) as balance
      from operational.ledger_transfers t where t.customer_id = c.id and t.business_date <= :on
    ) x
  )
  select p.*, array_agg(distinct s.sign order by s.sign) as signs, max(s.strength) filter (where s.sign =
    'name')
      as name_strength,
    coalesce(array_agg(distinct s.number) filter (where s.number is not null), '{{}}') as documents
  from people p join signs s on s.customer_id = p.customer_id
  group by p.customer_id, p.public_id, p.customer_number, p.name, p.balance""")


def rank_candidates(
    session: Session,
    *,
    amount: Decimal,
    title: str,
    payer_name: str,
    payer_account: str,
    booked_on: date,
    on: date,
    limit: int,
) -> list[Candidate]:
    """Return the likeliest payers of a transfer, best first; equal ones in the order of their ids."""
    told = f"{title} {payer_name}"
    rows = session.execute(
        _FOUND,
        {
            "numbers": list(find_document_numbers(title)),
            "payer_account": payer_account,
            "nips": list(find_nips(told)),
            "name": " ".join(payer_name.split()[:_NAME_WORDS]),
            "amount": amount,
            "booked_on": booked_on,
            "on": on,
            "fragments": list(find_number_fragments(title)),
        },
    )
    ranked = sorted(
        (_candidate(row, amount) for row in rows), key=lambda item: (-item.score, item.customer_id)
    )
    return ranked[:limit]


def _candidate(row: Row[Any], amount: Decimal) -> Candidate:
    signs = sorted({*row.signs, *(["balance"] if row.balance == amount else [])}, key=list(_POINTS).index)
    points = sum(_POINTS[sign] * (row.name_strength if sign == "name" else 1) for sign in signs)
    return Candidate(
        customer_id=row.customer_id,
        public_id=row.public_id,
        customer_number=row.customer_number,
        name=row.name,
        score=min(100, round(points)),
        reasons=tuple(signs),
        documents=tuple(row.documents),
        open_amount=row.balance,
    )
