"""Write-offs: debts given up, small differences cleared, notes waived - by permission, above a limit by two
people.

The limits are data (``finance_limits``). A booked write-off is a credit that settles exactly the chosen
debts; a small credit of the customer is cleared the other way round.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from operational.finance.items import lock_customers
from operational.finance.policies import limit
from operational.kernel.errors import DomainError
from operational.kernel.money import format_pln

ZERO = Decimal("0.00")
_OPEN = text("""
  select i.id, abs(i.amount) - coalesce((select sum(a.amount) from operational.allocations a
    where (i.amount > 0 and a.debt_item_id = i.id) or (i.amount < 0 and a.credit_item_id = i.id)), 0) as
      still_open,
    i.amount < 0 as is_credit
  from operational.open_items i where i.customer_id = :customer and i.id = any(:items) order by i.id""")

_WAITS = text("""
  select exists (select from operational.write_off_items m join operational.write_offs w on
    w.id = m.write_off_id where m.open_item_id = any(:items) and w.status = 'requested')""")


class WriteOffError(DomainError):
    """A write-off cannot be asked for, booked or rejected as asked."""


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What came of a request: its public id, PLN, and whether it is booked or waits for a second person."""

    public_id: str
    amount: Decimal
    is_booked: bool


def write_off(
    session: Session,
    *,
    customer_id: int,
    item_ids: list[int],
    reason: str,
    kind: str = "write_off",
    on: date,
    as_of: datetime,
) -> WriteOff:
    """Give up what is open of the chosen items (all debts, or all credits); return what came of it.

    Up to the limit ``write_off_alone`` it is booked at once; above, it waits for a second person. ``kind`` is
    write_off, small_difference (only up to the limit of that name) or waived_note. The caller commits.
    """
    rows = _chosen(session, customer_id, item_ids, reason)
    total = sum((row.still_open for row in rows), ZERO)
    small = limit(session, code="small_difference", on=on)
    if kind == "small_difference" and total > small:
        raise WriteOffError(
            "not_small",
            f"A small difference is at most {format_pln(small)}. Write it off with a reason instead.",
        )
    if rows[0].is_credit and kind != "small_difference":
        raise WriteOffError("credit_not_small", "A credit belongs to the customer: refund it instead.")
    needs_second = total > limit(session, code="write_off_alone", on=on)
    made = _ask(
        session, customer_id, rows, kind=kind, reason=reason, needs_second=needs_second, on=on, as_of=as_of
    )
    if not needs_second:
        _book(session, made.id, on, as_of)
    return WriteOff(made.public_id, total, not needs_second)


def request_write_off(
    session: Session,
    *,
    customer_id: int,
    item_ids: list[int],
    reason: str,
    on: date,
    as_of: datetime,
    dunning_case_id: int | None = None,
) -> WriteOff:
    """Ask a second person to give up what is open of the chosen debts, whatever the sum; books nothing.

    For dunning, which hands the debts of a case over: ``dunning_case_id`` says of which one. Finance approves
    or rejects it in the list of write-offs. The caller commits. Raises WriteOffError, also when a request for
    one of the debts waits already.
    """
    rows = _chosen(session, customer_id, item_ids, reason)
    if rows[0].is_credit:
        raise WriteOffError("credit_not_small", "A credit belongs to the customer: refund it instead.")
    made = _ask(
        session, customer_id, rows, kind="write_off", reason=reason, needs_second=True, on=on, as_of=as_of,
        dunning_case_id=dunning_case_id,
    )  # fmt: skip
    return WriteOff(made.public_id, sum((row.still_open for row in rows), ZERO), is_booked=False)


def _chosen(session: Session, customer_id: int, item_ids: list[int], reason: str) -> list[Row[Any]]:
    """Lock the customer and return what is open of the items, all of one side; nothing of it may wait
    already."""
    if len(reason.strip()) < 3:
        raise WriteOffError("why_missing", "Say why: a reason of three letters or more is needed.")
    lock_customers(session, [customer_id])
    rows = [
        row
        for row in session.execute(_OPEN, {"customer": customer_id, "items": item_ids})
        if row.still_open > 0
    ]
    if not rows or len({row.is_credit for row in rows}) != 1:
        raise WriteOffError("write_off_items", "Choose open debts, or open credits, of one customer.")
    waits: bool = session.execute(_WAITS, {"items": [row.id for row in rows]}).scalar_one()
    if waits:
        raise WriteOffError(
            "write_off_waits",
            "A write-off of one of these items waits for a second person already. Decide that one first.",
        )
    return rows


def _ask(
    session: Session,
    customer_id: int,
    rows: list[Row[Any]],
    *,
    kind: str,
    reason: str,
    needs_second: bool,
    on: date,
    as_of: datetime,
    dunning_case_id: int | None = None,
) -> Row[Any]:
    made = session.execute(
        text("""
          insert into operational.write_offs (customer_id, kind, is_credit, amount, reason, needs_second,
            requested_on, dunning_case_id, recorded_at)
          values (:customer, :kind, :is_credit, :amount, :reason, :second, :on, :case, :as_of)
          returning id, public_id::text"""),
        {
            "customer": customer_id,
            "kind": kind,
            "is_credit": rows[0].is_credit,
            "amount": sum((row.still_open for row in rows), ZERO),
            "reason": reason.strip(),
            "second": needs_second,
            "on": on,
            "case": dunning_case_id,
            "as_of": as_of,
        },
    ).one()
    session.execute(
        text("""insert into operational.write_off_items (write_off_id, open_item_id, amount)
                select :id, * from unnest(cast(:items as bigint[]), cast(:amounts as numeric[]))"""),
        {"id": made.id, "items": [row.id for row in rows], "amounts": [row.still_open for row in rows]},
    )
    return made


def approve_write_off(
    session: Session, *, public_id: str, row_version: int, on: date, as_of: datetime
) -> None:
    """Book a write-off that waits, as a second person. The caller commits. Raises WriteOffError."""
    found = _waiting(session, public_id, row_version)
    if found.is_own:
        raise WriteOffError("four_eyes", "You asked for this yourself, so another person has to approve it.")
    lock_customers(session, [found.customer_id])
    _book(session, found.id, on, as_of)


def reject_write_off(session: Session, *, public_id: str, row_version: int, on: date) -> None:
    """Reject a write-off that waits; the debts stay as they are. The caller commits. Raises WriteOffError."""
    found = _waiting(session, public_id, row_version)
    session.execute(
        text("""update operational.write_offs set status = 'rejected', decided_on = :on, decided_by =
          operational.actor(),
                  row_version = row_version + 1 where id = :id"""),
        {"id": found.id, "on": on},
    )


def _waiting(session: Session, public_id: str, row_version: int) -> Row[Any]:
    found = session.execute(
        text("""select id, customer_id, status, row_version, requested_by = operational.actor() as is_own
                from operational.write_offs where public_id = :public_id for update"""),
        {"public_id": public_id},
    ).one_or_none()
    if found is None or found.status != "requested" or found.row_version != row_version:
        raise WriteOffError(
            "write_off_decided", "Somebody decided this write-off meanwhile. Reload the list."
        )
    return found


def _book(session: Session, write_off_id: int, on: date, as_of: datetime) -> None:
    head = session.execute(
        text("select id, customer_id, kind, is_credit, amount from operational.write_offs where id = :id"),
        {"id": write_off_id},
    ).one()
    wanted = session.execute(
        text("""select open_item_id, amount from operational.write_off_items where write_off_id = :id
                order by open_item_id"""),
        {"id": write_off_id},
    ).all()
    items = [row.open_item_id for row in wanted]
    still = {
        row.id: row.still_open
        for row in session.execute(_OPEN, {"customer": head.customer_id, "items": items})
    }
    if any(still.get(row.open_item_id, ZERO) < row.amount for row in wanted):
        raise WriteOffError(
            "debts_changed", "Meanwhile something was paid. Reject this write-off and ask for what is left."
        )
    account = "small_differences" if head.kind == "small_difference" else "write_offs"
    given = {
        "id": head.id,
        "customer": head.customer_id,
        "amount": head.amount,
        "kind": head.kind,
        "on": on,
        "as_of": as_of,
        "debit": "receivable" if head.is_credit else account,
        "credit": account if head.is_credit else "receivable",
        "sign": 1 if head.is_credit else -1,
    }
    session.execute(
        text("""update operational.write_offs set status = 'booked', decided_on = :on, decided_by =
          operational.actor(),
                  row_version = row_version + 1 where id = :id"""),
        given,
    )
    session.execute(
        text("""
          insert into operational.ledger_transfers (debit_account, credit_account, amount, code,
            business_date,
            customer_id, write_off_id, idempotency_key, recorded_at)
          values (:debit, :credit, :amount, :kind, :on, :customer, :id, 'write-off:' || :id, :as_of)"""),
        given,
    )
    item: int = session.execute(
        text("""
          insert into operational.open_items (customer_id, write_off_id, amount, business_date, due_date,
            recorded_at)
          values (:customer, :id, :sign * cast(:amount as numeric), :on, :on, :as_of) returning id"""),
        given,
    ).scalar_one()
    session.execute(
        text("""
          insert into operational.allocations (customer_id, debt_item_id, credit_item_id, amount,
            business_date, rule,
            idempotency_key, recorded_at)
          select :customer, d.debt, d.credit, u.amount, greatest(:on, i.business_date), :kind,
            'alloc:' || d.debt || ':' || d.credit || ':' || 1, :as_of
          from unnest(cast(:items as bigint[]), cast(:amounts as numeric[])) as u(item, amount)
          join operational.open_items i on i.id = u.item
          cross join lateral (select case when :sign > 0 then :own else u.item end,
                                     case when :sign > 0 then u.item else :own end) as d(debt, credit)"""),
        {**given, "items": items, "amounts": [row.amount for row in wanted], "own": item},
    )


def clear_small_differences(session: Session, *, on: date, as_of: datetime, reason: str) -> int:
    """Clear, for each customer, what is left within the limit and has been due for 30 days; return how many.

    Only customers whose whole balance is within the limit, so that a real debt is never cut up. The caller
    commits.
    """
    small = limit(session, code="small_difference", on=on)
    rows = session.execute(
        text("""
          with balance as (
            select customer_id, sum(case when debit_account = 'receivable' then amount else -amount end) as
              amount,
              max(business_date) as last_on
            from operational.ledger_transfers
            where customer_id is not null and 'receivable' in (debit_account, credit_account) group by
              customer_id
          )
          select b.customer_id, array_agg(i.id order by i.id) as items
          from balance b join operational.open_items i on i.customer_id = b.customer_id and sign(i.amount) =
            sign(b.amount)
          where b.amount <> 0 and abs(b.amount) <= :small and b.last_on <= cast(:on as date) - 30
            and not exists (select from operational.write_offs w where w.customer_id = b.customer_id
              and w.status = 'requested')
            and abs(i.amount) > coalesce((select sum(a.amount) from operational.allocations a
              where (i.amount > 0 and a.debt_item_id = i.id) or (i.amount < 0 and a.credit_item_id = i.id)),
                0)
          group by b.customer_id order by b.customer_id"""),
        {"small": small, "on": on},
    ).all()
    for row in rows:
        write_off(
            session,
            customer_id=row.customer_id,
            item_ids=list(row.items),
            reason=reason,
            kind="small_difference",
            on=on,
            as_of=as_of,
        )
    return len(rows)
