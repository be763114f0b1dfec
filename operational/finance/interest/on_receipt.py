"""Interest before principal: a payment settles the interest of a bill up to its day, then the bill (policy
``interest_first``).

Off by default. Where it holds, the interest that a payment meets is asked for by a note of the payment's day,
so that there is a document for it. One payment follows the other, since each changes the interest of the
next; the first payments of all customers are written together, then the second ones, and so on.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.interest.rules import Part, Rate, interest_parts
from operational.finance.interest.writing import drop_due, write_notes
from operational.finance.rules import find_document_numbers

_ZERO = Decimal("0.00")

_CUSTOMERS = text("""
  select c.id from operational.customers c
  join operational.finance_policies f on f.customer_kind = c.kind and f.superseded_at is null
    and f.valid_from <= :day and (f.valid_to is null or f.valid_to > :day)
  left join operational.customer_finance_terms t on t.customer_id = c.id and t.superseded_at is null
    and t.valid_from <= :day and (t.valid_to is null or t.valid_to > :day)
  where c.id = any(:ids) and coalesce(t.allocation_order, f.allocation_order) = 'interest_first' order by
    c.id""")

_CREDITS = text("""
  select o.id, o.customer_id, o.open_amount, o.business_date, p.title
  from pg_temp.open_now o join operational.payments p on p.id = o.payment_id
  where not o.is_debt and o.open_amount > 0 and o.customer_id = any(:ids)
  order by o.customer_id, o.business_date, o.id""")

_DEBTS = text("""
  with covered as (
    select open_item_id, max(covered_to) as covered_to from (
      select open_item_id, period_to as covered_to from operational.interest_note_lines where kind =
        'interest'
      union all select open_item_id, through + 1 from operational.interest_waivers) x group by open_item_id
  )
  select o.id, o.customer_id, i.amount, o.open_amount, o.due_date, o.business_date,
    coalesce(d.number, n.number, '') as number,
    c.covered_to, f.note_term_days, f.year_days,
    case when d.id is not null and coalesce(t.interest_mode, 'note') <> 'none' and not exists (
      select from operational.instalment_items m join operational.instalment_plans p on p.id = m.agreement_id
      where m.open_item_id = o.id and p.interest_rule <> 'statutory')
      then coalesce(t.rate_kind, f.rate_kind) end as rate_kind
  from pg_temp.open_now o
  join operational.open_items i on i.id = o.id
  join operational.customers k on k.id = o.customer_id
  join operational.finance_policies f on f.customer_kind = k.kind and f.superseded_at is null
    and f.valid_from <= o.due_date and (f.valid_to is null or f.valid_to > o.due_date)
  left join operational.customer_finance_terms t on t.customer_id = k.id and t.superseded_at is null
    and t.valid_from <= o.due_date and (t.valid_to is null or t.valid_to > o.due_date)
  left join operational.documents d on d.id = o.document_id
  left join operational.interest_notes n on n.id = i.note_id
  left join covered c on c.open_item_id = o.id
  where o.is_debt and o.open_amount > 0 and o.customer_id = any(:ids)
  order by o.customer_id, o.due_date, o.id""")

_HISTORY = text("""
  select debt_item_id, business_date, sum(amount) as amount from operational.allocations
  where debt_item_id = any(:debts) group by 1, 2 order by 1, 2""")

_RATES = text("""
  select kind, valid_from, coalesce(valid_to, '9999-01-01') as valid_to, rate_pct from
    operational.interest_rates
  where superseded_at is null order by kind, valid_from""")

_DUE_LINES = text("""
  create temp table note_lines_due on commit drop as
  select customer_id, 'interest_note' as note_kind, open_item_id, 'interest' as kind, rate_kind, period_from,
    period_to,
    principal, rate_pct, cast(null as numeric) as eur, cast(null as numeric) as eur_rate, amount
  from unnest(cast(:customers as bigint[]), cast(:items as bigint[]), cast(:kinds as text[]), cast(:starts as
    date[]),
    cast(:ends as date[]), cast(:principals as numeric[]), cast(:rates as numeric[]), cast(:amounts as
      numeric[]))
    as l(customer_id, open_item_id, rate_kind, period_from, period_to, principal, rate_pct, amount)""")

_DUE_HEADS = text("""
  create temp table note_heads_due on commit drop as
  select l.customer_id, l.note_kind, sum(l.amount) as amount, h.day as issue_date, h.day as through,
    h.day + h.term as due_date, 'payment' as origin, cast(null as bigint) as bill_id
  from note_lines_due l
  join unnest(cast(:customers as bigint[]), cast(:days as date[]), cast(:terms as integer[])) as
    h(customer_id, day, term)
    on h.customer_id = l.customer_id
  group by l.customer_id, l.note_kind, h.day, h.term""")

_ALLOCATE = text("""
  with written as (
    insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount, business_date,
      rule,
      idempotency_key, recorded_at)
    select u.customer_id, u.debt_id, u.credit_id, u.amount, u.day, 'interest_first',
      'alloc:' || u.debt_id || ':' || u.credit_id || ':' || (1 + (select count(*) from
        operational.allocations a
        where a.debt_item_id = u.debt_id and a.credit_item_id = u.credit_id)), :as_of
    from unnest(cast(:customers as bigint[]), cast(:debts as bigint[]), cast(:credits as bigint[]),
      cast(:amounts as numeric[]), cast(:days as date[])) as u(customer_id, debt_id, credit_id, amount, day)
    returning debt_item_id, credit_item_id, amount
  )
  update pg_temp.open_now o set open_amount = o.open_amount - s.amount
  from (select id, sum(amount) as amount from (select debt_item_id as id, amount from written
          union all select credit_item_id, amount from written) x group by id) s
  where o.id = s.id""")


@dataclass(slots=True)
class _Debt:
    id: int
    amount: Decimal
    open_amount: Decimal
    due_date: date
    business_date: date
    number: str
    rate_kind: str | None
    year_days: int
    term: int
    covered_to: date | None
    settled: list[tuple[date, Decimal]] = field(default_factory=list)


@dataclass(slots=True)
class _Turn:
    """One payment of one customer: what it settles, and the interest that it brings about."""

    customer_id: int
    credit_id: int
    day: date
    term: int = 0
    parts: list[tuple[_Debt, Part]] = field(default_factory=list)
    interest_paid: Decimal = _ZERO
    paid: list[tuple[_Debt, Decimal]] = field(default_factory=list)


def pay_interest_first(
    session: Session, *, customer_ids: list[int], day: date, as_of: datetime
) -> tuple[int, Decimal]:
    """Use up open payments of customers whose policy on ``day`` is interest first; return rows and PLN used.

    Works on ``pg_temp.open_now`` of the allocation, whose customers are locked.
    """
    chosen: list[int] = list(session.execute(_CUSTOMERS, {"ids": customer_ids, "day": day}).scalars())
    if not chosen:
        return 0, _ZERO
    credits_ = defaultdict[int, list[Any]](list)
    for row in session.execute(_CREDITS, {"ids": chosen}):
        credits_[row.customer_id].append(row)
    debts = _debts(session, list(credits_))
    rates = defaultdict[str, list[Rate]](list)
    for row in session.execute(_RATES):
        rates[row.kind].append(Rate(row.valid_from, row.valid_to, row.rate_pct))
    count, total = 0, _ZERO
    for place in range(max((len(rows) for rows in credits_.values()), default=0)):
        turns = [
            _take(rows[place], debts[customer], rates)
            for customer, rows in credits_.items()
            if place < len(rows)
        ]
        done = _write([turn for turn in turns if turn.paid or turn.interest_paid], debts, session, as_of)
        count, total = count + done[0], total + done[1]
    return count, total


def _debts(session: Session, customers: list[int]) -> dict[int, list[_Debt]]:
    found = defaultdict[int, list[_Debt]](list)
    by_id: dict[int, _Debt] = {}
    for row in session.execute(_DEBTS, {"ids": customers}):
        debt = _Debt(
            row.id,
            row.amount,
            row.open_amount,
            row.due_date,
            row.business_date,
            row.number,
            row.rate_kind,
            row.year_days,
            row.note_term_days,
            row.covered_to,
        )
        found[row.customer_id].append(debt)
        by_id[debt.id] = debt
    for row in session.execute(_HISTORY, {"debts": list(by_id)}):
        by_id[row.debt_item_id].settled.append((row.business_date, row.amount))
    return found


def _take(credit: Any, debts: list[_Debt], rates: dict[str, list[Rate]]) -> _Turn:
    """Use up one payment: named bills first in the order named, then what fell due first; interest, then
    bill."""
    turn = _Turn(credit.customer_id, credit.id, credit.business_date)
    named = {number: place for place, number in enumerate(find_document_numbers(credit.title))}
    left = credit.open_amount
    for debt in sorted(debts, key=lambda item: (named.get(item.number, len(named)), item.due_date, item.id)):
        if left <= 0:
            break
        if debt.open_amount <= 0:
            continue
        parts = _new_interest(debt, turn.day, rates)
        interest = sum((part.amount for part in parts), _ZERO)
        if interest > 0:
            turn.parts += [(debt, part) for part in parts]
            turn.term = debt.term
            debt.covered_to = turn.day + timedelta(days=1)
            used = min(interest, left)
            turn.interest_paid += used
            left -= used
        used = min(debt.open_amount, left)
        if used > 0:
            debt.open_amount -= used
            debt.settled.append((max(turn.day, debt.business_date), used))
            turn.paid.append((debt, used))
            left -= used
    return turn


def _new_interest(debt: _Debt, day: date, rates: dict[str, list[Rate]]) -> list[Part]:
    if debt.rate_kind is None:
        return []
    parts = interest_parts(
        amount=debt.amount,
        due_date=debt.due_date,
        payments=debt.settled,
        rates=rates[debt.rate_kind],
        through=day,
        year_days=debt.year_days,
        cut_on=debt.covered_to,
    )
    return [part for part in parts if debt.covered_to is None or part.period_from >= debt.covered_to]


def _write(
    turns: list[_Turn], debts: dict[int, list[_Debt]], session: Session, as_of: datetime
) -> tuple[int, Decimal]:
    if not turns:
        return 0, _ZERO
    with_interest = [turn for turn in turns if turn.parts]
    notes = {row.customer_id: row for row in _write_notes(session, with_interest, as_of)}
    rows: list[tuple[int, int, int, Decimal, date]] = []
    for turn in turns:
        note = notes.get(turn.customer_id)
        if note is not None and turn.interest_paid:
            rows.append((turn.customer_id, note.open_item_id, turn.credit_id, turn.interest_paid, turn.day))
        if note is not None and note.amount > turn.interest_paid:  # the next payment finds what is left
            debts[turn.customer_id].append(
                _Debt(
                    note.open_item_id,
                    note.amount,
                    note.amount - turn.interest_paid,
                    turn.day,
                    turn.day,
                    "",
                    None,
                    365,
                    turn.term,
                    None,
                )
            )
        rows += [
            (turn.customer_id, debt.id, turn.credit_id, used, max(turn.day, debt.business_date))
            for debt, used in turn.paid
        ]
    customers, debt_ids, credit_ids, amounts, days = zip(*rows, strict=True)
    session.execute(
        _ALLOCATE,
        {
            "customers": list(customers),
            "debts": list(debt_ids),
            "credits": list(credit_ids),
            "amounts": list(amounts),
            "days": list(days),
            "as_of": as_of,
        },
    )
    return len(rows), sum(amounts, _ZERO)


def _write_notes(session: Session, turns: list[_Turn], as_of: datetime) -> Iterable[Any]:
    if not turns:
        return []
    lines = [(turn.customer_id, debt, part) for turn in turns for debt, part in turn.parts]
    drop_due(session)
    session.execute(
        _DUE_LINES,
        {
            "customers": [item[0] for item in lines],
            "items": [debt.id for _, debt, _part in lines],
            "kinds": [debt.rate_kind for _, debt, _part in lines],
            "starts": [part.period_from for *_, part in lines],
            "ends": [part.period_to for *_, part in lines],
            "principals": [part.principal for *_, part in lines],
            "rates": [part.rate_pct for *_, part in lines],
            "amounts": [part.amount for *_, part in lines],
        },
    )
    session.execute(
        _DUE_HEADS,
        {
            "customers": [turn.customer_id for turn in turns],
            "days": [turn.day for turn in turns],
            "terms": [turn.term for turn in turns],
        },
    )
    rows = write_notes(session, as_of=as_of)
    drop_due(session)
    return rows
