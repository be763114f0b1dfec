"""Deposits of net-billing prosumers: months of fed-in energy are credited, expire, and are read here.

What a document takes from a deposit is a part of its issue (``sql/batch_deposits.sql``). Renewable Energy Act
art. 4b and 4c: credit = value x uplift, oldest month first, twelve months from the assignment,
then a share of the value is paid back and the rest is lost. Invariant of a lot:
credit + return = use + refund + forfeit + balance.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational import warehouse
from operational.billing.issuing import run_sql
from operational.kernel.calendar import civil_day
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows


class UnknownCustomer(DomainError):
    """No customer has this number."""

    def __init__(self, number: str) -> None:
        super().__init__(
            "unknown_customer_number",
            f"There is no customer {number}. Look the number up in the list of customers.",
        )


@dataclass(frozen=True, slots=True)
class Settled:
    """Counts of one settlement: months credited or credited anew, lots expired."""

    credited: int
    expired: int


@dataclass(frozen=True, slots=True)
class Lot:
    """A month of fed-in energy on the deposit of a supply point; amounts in PLN, movements as positive sums.

    ``is_open`` tells whether it can pay on the day asked for.
    """

    supply_point_code: str
    feed_in_month: date
    price_kind: str
    fed_kwh: Decimal
    fed_value: Decimal
    credited: Decimal
    used: Decimal
    refunded: Decimal
    forfeited: Decimal
    balance: Decimal
    assigned_on: date
    expires_on: date
    is_open: bool


@dataclass(frozen=True, slots=True)
class WaitingMonth:
    """A month of fed-in energy that has no value yet, and why."""

    supply_point_code: str
    feed_in_month: date
    fed_kwh: Decimal
    status: str


def settle_deposits(session: Session, *, as_of: datetime) -> Settled:
    """Credit the months whose day has come and close the lots that have expired; the caller commits.

    A month whose price or energy was corrected is credited with the difference. Running it again changes
    nothing. Does nothing before the warehouse has computed its first proposals.
    """
    if warehouse.missing_tables(session, "$target_deposit_lots"):
        return Settled(0, 0)
    given = {"today": civil_day(as_of)}
    run_sql(session, "deposit_lots", **given)
    credited: Any = run_sql(session, "deposit_credits", **given)
    expired: Any = run_sql(session, "deposit_expiry", **given)
    return Settled(int(credited.scalar_one()), int(expired.scalar_one()))


_LOTS = """
  select p.code, t.feed_in_month, t.price_kind, e.fed_kwh, e.fed_value, e.credited, e.used, e.refunded,
         e.forfeited, e.balance, t.assigned_on, t.expires_on,
         t.assigned_on <= :today and t.expires_on > :today and e.balance > 0
    from operational.deposit_lots t
    join operational.supply_points p on p.id = t.supply_point_id
    cross join lateral (
      select coalesce(sum(m.fed_kwh), 0) as fed_kwh, coalesce(sum(m.fed_value), 0) as fed_value,
             coalesce(sum(m.amount) filter (where m.kind = 'credit'), 0) as credited,
             -coalesce(sum(m.amount) filter (where m.kind in ('use', 'return')), 0) as used,
             -coalesce(sum(m.amount) filter (where m.kind = 'refund'), 0) as refunded,
             -coalesce(sum(m.amount) filter (where m.kind = 'forfeit'), 0) as forfeited,
             coalesce(sum(m.amount), 0) as balance
        from operational.deposit_entries m where m.lot_id = t.id) e
   where t.customer_id = :customer_id
   order by p.code, t.feed_in_month desc"""


def lots(session: Session, *, customer_id: int, today: date) -> list[Lot]:
    """Return the lots of a customer, newest month first; under the portal's role only one's own."""
    return [Lot(*row) for row in rows(session, _LOTS, {"customer_id": customer_id, "today": today})]


_WAITING = """
  select p.code, t.feed_in_month, sum(t.fed_kwh), min(t.status)
    from $target_deposit_lots t
    join operational.supply_points p on p.id = t.supply_point_id
   where t.status <> 'valued' and (cast(:customer_id as bigint) is null or t.customer_id = :customer_id)
   group by p.code, t.feed_in_month
   order by t.feed_in_month desc, p.code
   limit :limit"""


def waiting_months(
    session: Session, *, customer_id: int | None = None, limit: int = 100
) -> list[WaitingMonth]:
    """Return months that wait for a price or for intervals, of one customer or of all, newest first."""
    if warehouse.missing_tables(session, "$target_deposit_lots"):
        return []
    given = {"customer_id": customer_id, "limit": limit}
    return [WaitingMonth(*row) for row in rows(session, warehouse.fill(_WAITING), given)]


def customer_id_of(session: Session, *, customer_number: str) -> int:
    """Return the id of the customer with a number; raise UnknownCustomer when there is none."""
    found = first(
        session,
        "select id from operational.customers where customer_number = :number",
        {"number": customer_number},
    )
    if found is None:
        raise UnknownCustomer(customer_number)
    return int(found.id)
