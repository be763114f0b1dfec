"""Reads of products and price lists with their dated prices."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.kernel.rows import rows


@dataclass(frozen=True, slots=True)
class PriceListRow:
    """A price list with its product, the days its prices cover and how many contracts use it today."""

    id: int
    code: str
    name: str
    product_code: str
    product: str
    medium: str
    prices: int
    covers_from: date | None
    covers_to: date | None
    contracts: int


@dataclass(frozen=True, slots=True)
class Price:
    """A price of a price list on [valid_from, valid_to), in zloty per unit, net."""

    tariff_group: str
    charge: str
    zone_code: str
    unit: str
    price: Decimal
    valid_from: date
    valid_to: date | None
    source: str
    recorded_at: datetime
    recorded_by: str


_LIST = """
  select l.id, l.code, l.name, r.code, r.name, r.medium, count(i.id), min(i.valid_from),
    case when bool_or(i.valid_to is null) then null else max(i.valid_to) end,
    (select count(*) from operational.contract_terms t where t.price_list_id = l.id
      and t.superseded_at is null
       and t.valid_from <= :today and (t.valid_to is null or t.valid_to > :today))
  from operational.price_lists l join operational.products r on r.id = l.product_id
  left join operational.price_list_items i on i.price_list_id = l.id and i.superseded_at is null
  where (:id = 0 or l.id = :id)
  group by l.id, r.id order by r.medium, r.name, l.name, l.id"""


def price_lists(session: Session, *, today: date, price_list_id: int = 0) -> list[PriceListRow]:
    """Return all price lists, or the one of an id."""
    return [PriceListRow(*row) for row in rows(session, _LIST, {"today": today, "id": price_list_id})]


def prices(session: Session, *, price_list_id: int, language: str = "pl") -> list[Price]:
    """Return the prices of a price list that we hold to be right now, by charge, zone and day."""
    found = rows(
        session,
        "select i.tariff_group, case :language when 'pl' then c.name_pl else c.name_en end, "
        "i.zone_code, i.unit,"
        " i.price, i.valid_from, i.valid_to, i.source, i.recorded_at, i.recorded_by"
        " from operational.price_list_items i join operational.charges c on c.code = i.charge_code"
        " where i.price_list_id = :id and i.superseded_at is null"
        " order by c.sort_order, i.tariff_group, i.zone_code, i.valid_from",
        {"id": price_list_id, "language": language},
    )
    return [Price(*row) for row in found]
