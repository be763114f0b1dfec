"""Read simulations and what came out: totals, by price list and tariff group, winners and losers."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class Simulation:
    """A simulation and its state; ``rates`` rows of facts get another price."""

    id: int
    public_id: str
    name: str
    billing_month: date
    status: str
    asked_at: datetime
    asked_by: str
    finished_at: datetime | None
    message: str
    rates: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Bills as they are and as they would be; amounts in PLN.

    ``margin_...`` are the seller's lines without the purchase cost, None where no cost is known. ``losers``
    pay more.
    """

    name: str
    reference: str
    bills: int
    energy_kwh: Decimal
    net_before: Decimal
    net_after: Decimal
    seller_before: Decimal
    seller_after: Decimal
    gross_before: Decimal
    gross_after: Decimal
    margin_before: Decimal | None
    margin_after: Decimal | None
    winners: int
    losers: int


_SUMS: Final = """
  count(*) as bills, coalesce(sum(r.energy_kwh), 0) as energy_kwh,
  coalesce(sum(r.net_before), 0) as net_before,
  coalesce(sum(r.net_after), 0) as net_after, coalesce(sum(r.seller_before), 0) as seller_before,
  coalesce(sum(r.seller_after), 0) as seller_after, coalesce(sum(r.gross_before), 0) as gross_before,
  coalesce(sum(r.gross_after), 0) as gross_after,
  sum(r.seller_before) filter (where r.purchase_cost is not null) - sum(r.purchase_cost) as margin_before,
  sum(r.seller_after) filter (where r.purchase_cost is not null) - sum(r.purchase_cost) as margin_after,
  count(*) filter (where r.net_after < r.net_before) as winners,
  count(*) filter (where r.net_after > r.net_before) as losers"""
_SIMULATIONS: Final = """
  select s.id, s.public_id::text as public_id, s.name, s.billing_month, s.status, s.asked_at, s.asked_by,
    s.finished_at, s.message,
    (select count(*) from operational.simulation_rates t where t.simulation_id = s.id) as rates
  from operational.simulations s"""


def simulations(session: Session, *, limit: int = 50) -> list[Simulation]:
    """Return the newest simulations."""
    found = rows(
        session, f"{_SIMULATIONS} order by s.asked_at desc, s.id desc limit :limit", {"limit": limit}
    )
    return [Simulation(**row._mapping) for row in found]


def simulation(session: Session, *, public_id: str) -> Simulation | None:
    """Return one simulation by its address."""
    found = first(session, f"{_SIMULATIONS} where s.public_id::text = :id", {"id": public_id})
    return Simulation(**found._mapping) if found else None


def simulation_by_id(session: Session, *, simulation_id: int) -> Simulation | None:
    """Return one simulation by its number."""
    found = first(session, f"{_SIMULATIONS} where s.id = :id", {"id": simulation_id})
    return Simulation(**found._mapping) if found else None


def waiting(session: Session) -> list[int]:
    """Return the simulations that nobody has taken up, the oldest first."""
    found = rows(
        session, "select id from operational.simulations where status = 'waiting' order by asked_at, id"
    )
    return [int(row.id) for row in found]


def total(session: Session, *, simulation_id: int) -> Compared:
    """Return the sums of the whole portfolio."""
    sql = f"""select '' as name, '' as reference, {_SUMS} from operational.simulation_results r
      where r.simulation_id = :id"""
    return Compared(**rows(session, sql, {"id": simulation_id})[0]._mapping)


def by_product(session: Session, *, simulation_id: int) -> list[Compared]:
    """Return the sums by price list, the largest change of revenue first."""
    sql = f"""select l.name, l.code as reference, {_SUMS} from operational.simulation_results r
      join operational.price_lists l on l.id = r.price_list_id where r.simulation_id = :id
      group by l.id order by abs(sum(r.net_after - r.net_before)) desc, l.code"""
    return [Compared(**row._mapping) for row in rows(session, sql, {"id": simulation_id})]


def by_tariff_group(session: Session, *, simulation_id: int) -> list[Compared]:
    """Return the sums by tariff group."""
    sql = f"""select r.tariff_group as name, r.medium as reference, {_SUMS}
      from operational.simulation_results r where r.simulation_id = :id
      group by r.tariff_group, r.medium order by r.medium, r.tariff_group"""
    return [Compared(**row._mapping) for row in rows(session, sql, {"id": simulation_id})]


def by_customer(session: Session, *, simulation_id: int, gaining: bool, limit: int = 20) -> list[Compared]:
    """Return the customers who would pay less most (``gaining``), or more most; only those who would."""
    order = "asc" if gaining else "desc"
    sign = "<" if gaining else ">"
    sql = f"""select c.name, c.public_id::text as reference, {_SUMS} from operational.simulation_results r
      join operational.customers c on c.id = r.customer_id where r.simulation_id = :id
      group by c.id having sum(r.net_after) {sign} sum(r.net_before)
      order by sum(r.net_after - r.net_before) {order}, c.id limit :limit"""
    return [Compared(**row._mapping) for row in rows(session, sql, {"id": simulation_id, "limit": limit})]


def all_customers(session: Session, *, simulation_id: int) -> list[Compared]:
    """Return every customer of the month, for export; ``reference`` is the customer number."""
    sql = f"""select c.name, c.customer_number as reference, {_SUMS} from operational.simulation_results r
      join operational.customers c on c.id = r.customer_id where r.simulation_id = :id
      group by c.id order by c.customer_number"""
    return [Compared(**row._mapping) for row in rows(session, sql, {"id": simulation_id})]
