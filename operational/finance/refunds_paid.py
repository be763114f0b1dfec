"""Refunds seen on the bank's statement: the outgoing transfer clears what ``refunds_payable`` still holds.

The line itself is posted by ``posting`` (bank against ``bank_other``, once); here the same amount moves from
``bank_other`` to ``refunds_payable``. A line belongs to a refund by our reference in its title, else by
account and amount together, when only one refund that left has these. The amount has to be the refund's to
the grosz; a line that names a refund with another amount stays in ``bank_other`` and is shown.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.rules import find_refunds

_UNDER_WAY = text("""
  select r.id, r.amount, r.account, b.execute_on,
    (select count(*) from operational.refunds o where o.account = r.account and o.amount = r.amount
      and o.status in ('exported', 'paid')) = 1 as is_only
  from operational.refunds r join operational.transfer_batch_lines l on l.refund_id = r.id
  join operational.transfer_batches b on b.id = l.batch_id
  where r.status = 'exported' order by r.id""")

_LINES = text("""
  select l.id, -l.amount as amount, l.booked_on, l.payer_account, l.business_key,
    l.title || chr(10) || replace(l.description, chr(10), '') as told
  from raw.bank_lines l
  where l.amount < 0 and not l.is_reversal and l.booked_on >= :since
    and (-l.amount = any(:amounts) or l.title ~* 'ZW[0-9]{10}' or l.description ~* 'ZW')
    and not exists (select from operational.refunds r where r.bank_line_id = l.id)
    and exists (select from operational.ledger_transfers t where t.idempotency_key = 'bank:' ||
      l.business_key and t.debit_account = 'bank_other')
  order by l.booked_on, l.business_key""")

_CLEAR = text("""
  with told as (
    select * from unnest(cast(:refunds as bigint[]), cast(:lines as bigint[]), cast(:days as date[]))
      as t(refund_id, line_id, day)
  ),
  paid as (
    update operational.refunds r set status = 'paid', paid_on = t.day, bank_line_id = t.line_id,
      row_version = row_version + 1
    from told t where r.id = t.refund_id and r.status = 'exported' returning r.id, r.amount, r.paid_on
  ),
  booked as (
    insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
      refund_id, idempotency_key, recorded_at)
    select 'refunds_payable', 'bank_other', amount, 'refund_paid', paid_on, id, 'refund-paid:' || id, :as_of
    from paid order by id
  )
  select count(*) from paid""")


@dataclass(frozen=True, slots=True)
class OddRefund:
    """A line of a statement that names a refund under way, but with another amount; PLN."""

    refund_public_id: str
    customer_name: str
    amount: Decimal
    booked_on: date
    paid_amount: Decimal
    title: str


def clear_refunds(session: Session, *, as_of: datetime) -> int:
    """Mark refunds as paid whose transfers stand on posted statements; return how many. Safe to run again.

    The caller holds the lock of ``pair_reversals`` and commits.
    """
    waiting, lines = _under_way(session)
    by_id = {row.id: row for row in waiting}
    found: dict[int, Row[Any]] = {}
    for line in lines:
        refund = next(_named(line, by_id), None)
        if refund is not None and refund.amount == line.amount and refund.id not in found:
            found[refund.id] = line
    taken = {line.id for line in found.values()}
    only = {
        (row.account, row.amount): row
        for row in waiting
        if row.is_only and row.id not in found
    }  # fmt: skip
    for line in lines:
        refund = only.get((line.payer_account, line.amount))
        if (
            refund is not None
            and line.id not in taken
            and refund.id not in found
            and line.booked_on >= refund.execute_on
            and not find_refunds(line.told)
        ):
            found[refund.id] = line
    if not found:
        return 0
    given = {
        "refunds": list(found),
        "lines": [line.id for line in found.values()],
        "days": [line.booked_on for line in found.values()],
        "as_of": as_of,
    }
    count: int = session.execute(_CLEAR, given).scalar_one()
    return count


def odd_refunds(session: Session) -> list[OddRefund]:
    """Return the lines that name a refund under way with another amount, oldest first."""
    waiting, lines = _under_way(session)
    by_id = {row.id: row for row in waiting}
    odd = {
        line.id: (refund.id, line)
        for line in lines
        for refund in _named(line, by_id)
        if refund.amount != line.amount
    }
    if not odd:
        return []
    heads = {
        row.id: row
        for row in session.execute(
            text("""select r.id, r.public_id::text as public_id, r.amount, c.name from operational.refunds r
                    join operational.customers c on c.id = r.customer_id where r.id = any(:ids)"""),
            {"ids": [refund for refund, _line in odd.values()]},
        )
    }
    return [
        OddRefund(
            heads[refund].public_id, heads[refund].name, heads[refund].amount, line.booked_on, line.amount,
            line.told.partition("\n")[0],
        )
        for refund, line in odd.values()
    ]  # fmt: skip


def _under_way(session: Session) -> tuple[Sequence[Row[Any]], Sequence[Row[Any]]]:
    """Return the refunds that left in a file and were not seen yet, and outgoing lines that may be theirs."""
    waiting = session.execute(_UNDER_WAY).all()
    if not waiting:
        return [], []
    given = {
        "since": min(row.execute_on for row in waiting),
        "amounts": sorted({row.amount for row in waiting}),
    }
    return waiting, session.execute(_LINES, given).all()


def _named(line: Row[Any], refunds: dict[int, Row[Any]]) -> Iterator[Row[Any]]:
    return (refunds[item] for item in find_refunds(line.told) if item in refunds)
