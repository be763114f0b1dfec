"""Reads of the cash desk page."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Taken:
    """Money taken at the desk (PLN), with its payment and customer."""

    receipt: str
    amount: Decimal
    occurred_at: datetime
    payment_public_id: str
    customer_name: str | None
    recorded_by: str


def taken_lately(session: Session, *, limit: int = 50) -> list[Taken]:
    """Return what the desk took, newest first."""
    rows = session.execute(
        text("""select e.event_id as receipt, e.amount, e.occurred_at, p.public_id::text as payment_public_id,
                  c.name as customer_name, e.recorded_by
                from operational.channel_events e join operational.payments p on p.id = e.payment_id
                left join operational.customers c on c.id = p.customer_id
                where e.channel = 'cash' and e.kind = 'paid' order by e.id desc limit :limit"""),
        {"limit": limit},
    )
    return [Taken(**row._mapping) for row in rows]


def balance(session: Session) -> Decimal:
    """Return the cash that was taken and not yet brought to the bank (PLN)."""
    found: Decimal = session.execute(
        text("""select coalesce(sum(case when debit_account = 'cash_clearing' then amount else -amount end),
          0.00)
                from operational.ledger_transfers where 'cash_clearing' in (debit_account, credit_account)""")
    ).scalar_one()
    return found


def next_receipt(session: Session, *, day: date) -> str:
    """Return the next free number of a cash receipt of a year: KP/2026/000012."""
    count: int = session.execute(
        text(
            "select count(*) from operational.channel_events where channel = 'cash' and event_id like :year"
        ),
        {"year": f"KP/{day.year}/%"},
    ).scalar_one()
    return f"KP/{day.year}/{count + 1:06d}"


def account_of(session: Session, *, customer_id: int) -> str:
    """Return the customer's own account."""
    found: str = session.execute(
        text("select virtual_account from operational.customers where id = :id"), {"id": customer_id}
    ).scalar_one()
    return found
