"""Second look at suspense: the payer's account seen before, then amount and name.

What the bank's line says by itself (virtual account, document number) was decided by ``posting``. Here
earlier payments and documents help. A decision depends on facts alone, not on when a file came: of an account
only payments booked on an earlier day count, and when a late file brings one of another customer, the payment
goes back to suspense. What a person decided, or undid, is never touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.bank_settings import AUTOMATIC, confidences
from operational.finance.items import lock_customers
from operational.finance.rules import MatchedBy
from operational.finance.suspense import withdraw

_LIKELY_NAME = 0.6
_NAME_WORDS = 4  # what follows in the payer's field is mostly an address

# What waits, and which decisions by payer's account are looked at again. Temporary tables are analysed,
# so that the planner joins thousands of rows by hash.
_WANTED = text("""
  create temp table match_wanted on commit drop as
  select id, payer_account, booked_on, customer_id, amount from operational.payments
  where payer_account <> '' and reversed_on is null and assigned_at is null
    and (customer_id is null or matched_by = 'payer_account' and payer_account in (
      select p.payer_account from raw.bank_statements b join raw.bank_lines l on l.statement_id = b.id
      join operational.payments p on p.bank_line_id = l.id where b.file_id = any(:files)))""")
_SEEN = text("""
  create temp table match_seen on commit drop as
  select h.payer_account, h.customer_id, min(h.booked_on) as since
  from operational.payments h
  where h.payer_account in (select payer_account from pg_temp.match_wanted) and h.customer_id is not null
    and h.matched_by in ('virtual_account', 'document_number', 'person')
  group by h.payer_account, h.customer_id""")
_SEEN_BEFORE = text("""
  select w.id, w.customer_id as now, w.amount, case when count(s.customer_id) = 1 then min(s.customer_id) end
    as wanted
  from pg_temp.match_wanted w
  left join pg_temp.match_seen s on s.payer_account = w.payer_account and s.since < w.booked_on
  group by w.id, w.customer_id, w.amount
  having w.customer_id is distinct from case when count(s.customer_id) = 1 then min(s.customer_id) end
  order by w.id""")

# A document of this very amount, issued before, of the only customer with a likely name.
_AMOUNT_AND_NAME = text(f"""
  select p.id, cast(null as bigint) as now, f.customer_id as wanted, p.amount
  from operational.payments p
  cross join lateral (
    select lower(public.unaccent(array_to_string((string_to_array(p.payer_name, ' '))[1:{_NAME_WORDS}], ' ')))
  ) n(name)
  cross join lateral (
    select min(c.id) as customer_id from operational.customers c
    where c.search_name operator(public.%) n.name and public.similarity(c.search_name, n.name) >=
      {_LIKELY_NAME}
      and exists (select from operational.documents d where d.customer_id = c.id and d.gross_amount = p.amount
                  and d.issue_date <= p.booked_on)
    having count(*) = 1
  ) f
  where p.customer_id is null and p.reversed_on is null and p.assigned_at is null and p.payer_name <> ''
  order by p.id""")

_ASSIGN = text("""
  with decided as (
    select * from unnest(cast(:payments as bigint[]), cast(:customers as bigint[])) as d(payment_id,
      customer_id)
  ),
  given as (
    update operational.payments p set customer_id = d.customer_id, matched_by = :matched_by,
      confidence = :confidence, row_version = p.row_version + 1
    from decided d where p.id = d.payment_id and p.customer_id is null and p.reversed_on is null
    returning p.id, p.customer_id, p.amount, p.booked_on,
      1 + (select coalesce(max(i.version_no), 0) from operational.open_items i where i.payment_id = p.id) as
        version
  ),
  moved as (
    insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      customer_id, payment_id, idempotency_key, recorded_at)
    select 'suspense', 'receivable', amount, 'payment_assigned', booked_on, customer_id, id,
      'assign:' || id || ':' || version, :as_of from given order by id
  ),
  opened as (
    insert into operational.open_items (customer_id, payment_id, amount, business_date, due_date, recorded_at,
      version_no)
    select customer_id, id, -amount, booked_on, booked_on, :as_of, version from given order by id
  )
  select count(*) as count, coalesce(sum(amount), 0) as amount from given""")


@dataclass(frozen=True, slots=True)
class Matched:
    """Payments taken out of suspense less those put back: how many, PLN, the customers whose items
    changed."""

    count: int
    amount: Decimal
    customers: frozenset[int]


def match_suspense(session: Session, *, file_ids: Sequence[int], as_of: datetime) -> Matched:
    """Give waiting payments to customers by the weaker signs, as far as their levels allow; allocate after.

    Earlier decisions are looked at again only for the payers of the files that were just posted.
    The caller holds the lock of ``pair_reversals``, so two loaders cannot decide about one payment at once.
    """
    sure = confidences(session)
    total = Matched(0, Decimal("0.00"), frozenset())
    for kind in (MatchedBy.PAYER_ACCOUNT, MatchedBy.AMOUNT_AND_NAME):
        if sure[kind] < sure[AUTOMATIC]:
            continue
        rows = (
            _seen_before(session, file_ids)
            if kind is MatchedBy.PAYER_ACCOUNT
            else _by_amount_and_name(session)
        )
        done = _apply(session, rows, kind, sure[kind], as_of)
        total = Matched(
            total.count + done.count, total.amount + done.amount, total.customers | done.customers
        )
    return total


def _seen_before(session: Session, file_ids: Sequence[int]) -> list[Row[Any]]:
    session.execute(text("drop table if exists pg_temp.match_wanted, pg_temp.match_seen"))
    session.execute(_WANTED, {"files": list(file_ids)})
    session.execute(text("analyze pg_temp.match_wanted"))
    session.execute(_SEEN)
    session.execute(text("analyze pg_temp.match_seen"))
    return list(session.execute(_SEEN_BEFORE))


def _by_amount_and_name(session: Session) -> list[Row[Any]]:
    return list(session.execute(_AMOUNT_AND_NAME))


def _apply(
    session: Session, rows: list[Row[Any]], kind: MatchedBy, confidence: int, as_of: datetime
) -> Matched:
    if not rows:
        return Matched(0, Decimal("0.00"), frozenset())
    customers = {item for row in rows for item in (row.now, row.wanted) if item is not None}
    lock_customers(session, sorted(customers))
    back = [row for row in rows if row.now is not None]
    for row in back:
        withdraw(session, payment_id=row.id, as_of=as_of)
    assigned = [row for row in rows if row.wanted is not None]
    given = {
        "payments": [row.id for row in assigned],
        "customers": [row.wanted for row in assigned],
        "matched_by": str(kind),
        "confidence": confidence,
        "as_of": as_of,
    }
    done = session.execute(_ASSIGN, given).one()._mapping
    put_back = sum((row.amount for row in back), Decimal(0))
    return Matched(done["count"] - len(back), done["amount"] - put_back, frozenset(customers))
