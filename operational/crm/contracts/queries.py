"""Reads of contracts: lists, one contract with its terms and supply points."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract in a list; `ends_on` is the last day of its last supply point's supply, None when open."""

    public_id: str
    number: str
    kind: str
    signed_on: date
    customer_public_id: str
    customer_name: str
    product: str | None
    points: int
    starts_on: date | None
    ends_on: date | None
    is_active: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of a contract in force on [valid_from, valid_to), and since when we know them."""

    product: str
    price_list: str
    price_list_id: int
    cycle_months: int
    payment_term_days: int
    invoicing_rule: str
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ContractPoint:
    """A supply point of a contract on [valid_from, valid_to)."""

    public_id: str
    code: str
    medium: str
    address: str
    tariff_group: str | None
    annual_kwh: Decimal | None
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract with all it says."""

    id: int
    public_id: str
    number: str
    kind: str
    signed_on: date
    customer_public_id: str
    customer_name: str
    customer_number: str
    terms: tuple[Terms, ...]
    points: tuple[ContractPoint, ...]


_LIST = """
  select k.public_id::text, k.number, k.kind, k.signed_on, c.public_id::text, c.name, t.product,
    coalesce(p.points, 0), p.starts_on, p.ends_on, coalesce(p.is_active, false)
  from operational.contracts k join operational.customers c on c.id = k.customer_id
  left join lateral (
    select count(distinct supply_point_id) as points, min(valid_from) as starts_on,
      case when bool_or(valid_to is null) then null else max(valid_to) - 1 end as ends_on,
      bool_or(valid_from <= :today and (valid_to is null or valid_to > :today)) as is_active
    from operational.contract_supply_points s where s.contract_id = k.id and s.superseded_at is null) p
      on true
  left join lateral (
    select r.name as product from operational.contract_terms t
    join operational.price_lists l on l.id = t.price_list_id join operational.products r
      on r.id = l.product_id
    where t.contract_id = k.id and t.superseded_at is null
    order by (t.valid_from <= :today) desc, t.valid_from desc limit 1) t on true
  where (:customer_id = 0 or k.customer_id = :customer_id) and (:number = '' or k.number ilike :number)
    and (:state = '' or coalesce(p.is_active, false) = (:state = 'active'))
  order by k.signed_on desc, k.number offset :offset limit :limit"""

_TERMS = """
  select r.name, l.name, l.id, t.cycle_months, t.payment_term_days, t.invoicing_rule, t.valid_from,
    t.valid_to,
    t.recorded_at, t.recorded_by
  from operational.contract_terms t join operational.price_lists l on l.id = t.price_list_id
  join operational.products r on r.id = l.product_id
  where t.contract_id = :id and t.superseded_at is null order by t.valid_from desc"""

_POINTS = """
  select s.public_id::text, s.code, s.medium, a.street || ' ' || a.building || ', ' || a.city, t.tariff_group,
    t.annual_kwh, k.valid_from, k.valid_to
  from operational.contract_supply_points k join operational.supply_points s on s.id = k.supply_point_id
  join operational.addresses a on a.id = s.address_id
  left join lateral (select tariff_group, annual_kwh from operational.supply_point_terms t
    where t.supply_point_id = s.id and t.superseded_at is null and t.valid_from <= greatest(:today,
      k.valid_from)
    order by t.valid_from desc limit 1) t on true
  where k.contract_id = :id and k.superseded_at is null order by s.code, k.valid_from"""


def contract_list(
    session: Session,
    *,
    today: date,
    customer_id: int = 0,
    number: str = "",
    state: str = "",
    offset: int = 0,
    limit: int = 51,
) -> list[ContractRow]:
    """Return contracts, newest first; `state` is active, ended or empty, `number` a fragment."""
    escaped = number.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    given = {
        "today": today,
        "customer_id": customer_id,
        "number": f"%{escaped}%" if number else "",
        "state": state,
        "offset": offset,
        "limit": limit,
    }
    return [ContractRow(*row) for row in rows(session, _LIST, given)]


def contract(session: Session, *, public_id: str, today: date) -> Contract | None:
    """Return the contract of a public id with its current terms and points, or None."""
    row = first(
        session,
        "select k.id, k.public_id::text, k.number, k.kind, k.signed_on, c.public_id::text, c.name,"
        " c.customer_number from operational.contracts k join operational.customers c on c.id = "
        "k.customer_id"
        " where k.public_id = cast(:id as uuid)",
        {"id": public_id},
    )
    if row is None:
        return None
    given = {"id": row[0], "today": today}
    terms = tuple(Terms(*found) for found in rows(session, _TERMS, given))
    points = tuple(ContractPoint(*found) for found in rows(session, _POINTS, given))
    values: Any = (*row, terms, points)
    return Contract(*values)
