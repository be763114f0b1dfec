"""Allocation: credits (payments, corrections in minus) are used up for debts, for all customers at once.

The order, one rule after the other (Civil Code art. 451):
1. ``own_invoice`` - a correction in minus first settles the invoice it corrects, with its other corrections;
2. ``interest_first`` - where the policy says so, a payment settles interest up to its day, then the bill, in
the order of 3 and 4 (see ``interest/on_receipt.py``); 3. ``indicated`` - a payment settles the documents its
title names, in the order named (par. 1); 4. ``oldest_due`` - what is left settles the debt that fell due
first (par. 3), debts not yet due included. What no debt uses stays a credit and is used when the next debt is
issued. Rows are only added.

Within a group that may settle each other (an invoice and its corrections, one named document, a customer)
debts and credits are laid end to end in their order; where a debt's stretch overlaps a credit's, that much is
used.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance.interest.on_receipt import pay_interest_first
from operational.finance.items import lock_customers
from operational.finance.results import AllocationResult
from operational.finance.rules import find_document_numbers
from operational.kernel.calendar import civil_day

_MOST_NAMED_DOCUMENTS = 20

# Open amount = amount - what was allocated, for debts; for credits the part not used up yet; both positive.
_OPEN = """
  with used_for_debt as (
    select debt_item_id as id, sum(amount) as used, max(business_date) filter (where rule = 'undone') as
      undone_on
    from operational.allocations where {which} group by debt_item_id
  ),
  used_of_credit as (
    select credit_item_id as id, sum(amount) as used from operational.allocations where {which} group by
      credit_item_id
  )
  select i.id, i.customer_id, i.amount > 0 as is_debt, abs(i.amount) - coalesce(d.used, c.used, 0) as
    open_amount,
    i.document_id, i.payment_id, i.business_date, i.due_date, d.undone_on
  from operational.open_items i
  left join used_for_debt d on i.amount > 0 and d.id = i.id
  left join used_of_credit c on i.amount < 0 and c.id = i.id
  where {which} and abs(i.amount) <> coalesce(d.used, c.used, 0)"""

_CANDIDATES = text(
    f"""with opened as materialized ({_OPEN.format(which="true")})
    select customer_id from opened group by customer_id having bool_or(is_debt) and bool_or(not is_debt)
    order by customer_id"""
)
_OPEN_NOW = text(
    "create temp table open_now on commit drop as "
    + _OPEN.replace("where {which} and", "where i.{which} and").format(which="customer_id = any(:ids)")
)

# {groups} yields group_key, item_id: which items may settle each other, debts and credits alike.
_USE_UP = """
  with members as ({groups}),
  sides as (
    select m.group_key, o.*,
      sum(o.open_amount) over (partition by m.group_key, o.is_debt
        order by case when o.is_debt then o.due_date else o.business_date end, o.id) as upper_end
    from members m join pg_temp.open_now o on o.id = m.item_id where o.open_amount > 0
  ),
  pairs as (
    select d.customer_id, d.id as debt_id, c.id as credit_id,
      least(d.upper_end, c.upper_end)
        - greatest(d.upper_end - d.open_amount, c.upper_end - c.open_amount) as amount,
      greatest(d.business_date, c.business_date, d.undone_on) as business_date
    from sides d join sides c on c.group_key = d.group_key and not c.is_debt
      and c.upper_end - c.open_amount < d.upper_end and d.upper_end - d.open_amount < c.upper_end
    where d.is_debt
  ),
  written as (
    insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount, business_date,
      rule, idempotency_key, recorded_at)
    select p.customer_id, p.debt_id, p.credit_id, p.amount, p.business_date, :rule,
      'alloc:' || p.debt_id || ':' || p.credit_id || ':' || (1 + (select count(*) from
        operational.allocations a
        where a.debt_item_id = p.debt_id and a.credit_item_id = p.credit_id)), :as_of
    from pairs p order by p.debt_id, p.credit_id
    returning debt_item_id, credit_item_id, amount
  ),
  less as (
    update pg_temp.open_now o set open_amount = o.open_amount - s.amount
    from (select id, sum(amount) as amount from (select debt_item_id as id, amount from written
            union all select credit_item_id, amount from written) x group by id) s
    where o.id = s.id
  )
  select count(*) as count, coalesce(sum(amount), 0) as amount from written"""

_OWN_INVOICE = text(
    _USE_UP.format(
        groups="""
    select coalesce(d.invoice_id, d.id) as group_key, o.id as item_id
    from pg_temp.open_now o join operational.documents d on d.id = o.document_id
    where o.is_debt or d.kind = 'correction'"""
    )
)
_INDICATED = text(
    _USE_UP.format(
        groups="""
    select debt_id as group_key, credit_id as item_id from pg_temp.named_debts where turn = :turn
    union select debt_id, debt_id from pg_temp.named_debts where turn = :turn"""
    )
)
_OLDEST_DUE = text(
    _USE_UP.format(groups="select customer_id as group_key, id as item_id from pg_temp.open_now")
)

_NAMING_PAYMENTS = text("""
  select c.id, p.title from pg_temp.open_now c join operational.payments p on p.id = c.payment_id
  where not c.is_debt and p.title ~* '(f[vk]|n[orb]|ps|ug)[^0-9a-z]{0,3}20[0-9]{2}' order by c.id""")

# The n-th document or note that a payment's title names, as far as it is an open debt of the same customer;
# an agreement on instalments names its debts, the oldest first.
_NAMED_DEBTS = text("""
  create temp table named_debts on commit drop as
  select c.id as credit_id, o.id as debt_id, row_number() over (partition by c.id order by n.place,
    o.due_date, o.id) as turn
  from unnest(cast(:credits as bigint[]), cast(:numbers as text[]), cast(:places as integer[]))
    as n(credit_id, number, place)
  join pg_temp.open_now c on c.id = n.credit_id
  cross join lateral (
    select i.id from operational.documents d join operational.open_items i on i.document_id = d.id
      where d.number = n.number
    union all select i.id from operational.interest_notes t join operational.open_items i on i.note_id = t.id
      where t.number = n.number
    union all select m.open_item_id from operational.instalment_agreements g
      join operational.instalment_items m on m.agreement_id = g.id where g.number = n.number
  ) named(id)
  join pg_temp.open_now o on o.id = named.id and o.is_debt and o.customer_id = c.customer_id""")


@dataclass(frozen=True, slots=True)
class _Done:
    """Rows written by one rule and PLN used up."""

    count: int
    amount: Decimal


def allocate(session: Session, *, customer_ids: list[int] | None = None, as_of: datetime) -> AllocationResult:
    """Use up open credits for open debts of the given customers (default: of all that have both).

    Never more than the credit or the debt. Safe to run at any time, also twice at once: customers are
    locked in the order of their ids, and a second run finds nothing left to do. The caller commits.
    """
    wanted = list(session.execute(_CANDIDATES).scalars()) if customer_ids is None else customer_ids
    locked = lock_customers(session, wanted) if wanted else []
    if not locked:
        return AllocationResult()
    session.execute(text("drop table if exists pg_temp.open_now, pg_temp.named_debts"))
    session.execute(_OPEN_NOW, {"ids": locked})
    session.execute(text("analyze pg_temp.open_now"))
    done = {"own_invoice": _pass(session, "own_invoice", as_of)}
    first = pay_interest_first(session, customer_ids=locked, day=civil_day(as_of), as_of=as_of)
    if first[0]:
        done["interest_first"] = _Done(*first)
    done["indicated"] = _pass_indicated(session, as_of)
    done["oldest_due"] = _pass(session, "oldest_due", as_of)
    session.execute(text("drop table if exists pg_temp.open_now, pg_temp.named_debts"))
    return AllocationResult(
        customers=len(locked),
        allocations=sum(item.count for item in done.values()),
        amount=sum((item.amount for item in done.values()), Decimal("0.00")),
        by_rule={rule: item.count for rule, item in done.items()},
    )


def _pass(session: Session, rule: str, as_of: datetime) -> _Done:
    statement = _OWN_INVOICE if rule == "own_invoice" else _OLDEST_DUE
    done = session.execute(statement, {"rule": rule, "as_of": as_of})
    return _Done(**done.one()._mapping)


def _pass_indicated(session: Session, as_of: datetime) -> _Done:
    """Settle named documents: first the one each payment names first, then the second ones, and so on."""
    named = [
        (row.id, number, place)
        for row in session.execute(_NAMING_PAYMENTS)
        for place, number in enumerate(find_document_numbers(row.title)[:_MOST_NAMED_DOCUMENTS])
    ]
    if not named:
        return _Done(0, Decimal("0.00"))
    credits_, numbers, places = zip(*named, strict=True)
    session.execute(
        _NAMED_DEBTS, {"credits": list(credits_), "numbers": list(numbers), "places": list(places)}
    )
    turns: int = session.execute(text("select coalesce(max(turn), 0) from pg_temp.named_debts")).scalar_one()
    total = _Done(0, Decimal("0.00"))
    for turn in range(1, turns + 1):
        done = session.execute(_INDICATED, {"rule": "indicated", "turn": turn, "as_of": as_of})
        found = _Done(**done.one()._mapping)
        total = _Done(total.count + found.count, total.amount + found.amount)
    return total
