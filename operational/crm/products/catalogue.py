"""Reads of products with their versions, what is sold, and the lists that forms choose from."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from operational.crm.products.versions import VERSION_SQL, Version
from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Filters of the product list; '' or False: not asked for."""

    text: str = ""
    medium: str = ""
    kind: str = ""
    status: str = ""
    on_sale: bool = False


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product with its latest version and what waits; ``contracts``: contracts on its price lists today."""

    id: int
    code: str
    name: str
    kind: str
    medium: str
    versions: int
    number: int | None
    status: str | None
    valid_from: date | None
    valid_to: date | None
    period_months: int | None
    drafts: int
    waiting: int
    on_sale: int
    contracts: int


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A version in the list of its product."""

    public_id: str
    number: int
    variant: str
    status: str
    price_list_id: int | None
    price_list_code: str | None
    valid_from: date
    valid_to: date | None
    period_months: int | None
    guarantee_months: int
    created_by: str
    approved_by: str | None
    contracts: int


_CONTRACTS: Final = """(select count(distinct t.contract_id) from operational.contract_terms t
      where t.price_list_id = {list} and t.superseded_at is null and t.valid_from <= :today
        and (t.valid_to is null or t.valid_to > :today))"""
_PRODUCTS: Final = f"""
  select p.id, p.code, p.name, p.kind, p.medium, count(v.id), last.number, last.status, last.valid_from,
    last.valid_to, last.period_months, count(v.id) filter (where v.status = 'draft'),
    count(v.id) filter (where v.status = 'waiting'),
    count(v.id) filter (where v.status = 'approved' and v.valid_from <= :today
      and (v.valid_to is null or v.valid_to > :today)),
    coalesce(sum({_CONTRACTS.format(list="v.price_list_id")}), 0)::bigint
  from operational.products p left join operational.product_versions v on v.product_id = p.id
  left join lateral (select o.* from operational.product_versions o where o.product_id = p.id
    order by o.status = 'withdrawn', o.number desc limit 1) last on true
  where (:text = '' or p.name ilike '%' || :text || '%' or p.code ilike '%' || :text || '%')
    and (:medium = '' or p.medium = :medium) and (:kind = '' or p.kind = :kind)
    and (:status = '' or exists (select from operational.product_versions o
      where o.product_id = p.id and o.status = :status))
    and (not :on_sale or exists (select from operational.product_versions o where o.product_id = p.id
      and o.status = 'approved' and o.valid_from <= :today and (o.valid_to is null or o.valid_to > :today)))
  group by p.id, last.number, last.status, last.valid_from, last.valid_to, last.period_months
  order by p.medium, p.name, p.id offset :offset limit :limit"""


def products(
    session: Session, *, narrowed: ProductFilter, today: date, offset: int = 0, limit: int = 500
) -> list[ProductRow]:
    """Return the products that fit, by medium and name."""
    found = rows(
        session,
        _PRODUCTS,
        {
            "text": narrowed.text, "medium": narrowed.medium, "kind": narrowed.kind,
            "status": narrowed.status, "on_sale": narrowed.on_sale, "today": today,
            "offset": offset, "limit": limit,
        },
    )  # fmt: skip
    return [ProductRow(*row) for row in found]


def product(session: Session, *, code: str, today: date) -> ProductRow | None:
    """Return the product of a code, or None."""
    found = products(session, narrowed=ProductFilter(text=code), today=today)
    return next((row for row in found if row.code == code), None)


def versions_of(session: Session, *, product_id: int, today: date) -> list[VersionRow]:
    """Return the versions of a product, newest first."""
    found = rows(
        session,
        "select v.public_id::text, v.number, v.variant, v.status, v.price_list_id, l.code, v.valid_from,"
        " v.valid_to, v.period_months, v.guarantee_months, v.created_by, v.approved_by,"
        f" {_CONTRACTS.format(list='v.price_list_id')}"
        " from operational.product_versions v left join operational.price_lists l on l.id = v.price_list_id"
        " where v.product_id = :product order by v.number desc",
        {"product": product_id, "today": today},
    )
    return [VersionRow(*row) for row in found]


def version_of_price_list(session: Session, *, price_list_id: int) -> Version | None:
    """Return the version that sells a price list, or None."""
    found = first(session, f"{VERSION_SQL} where v.price_list_id = :id", {"id": price_list_id})
    return Version(*found) if found else None


def waiting_versions(session: Session) -> list[Version]:
    """Return the versions that wait for approval, oldest first."""
    found = rows(session, f"{VERSION_SQL} where v.status = 'waiting' order by v.submitted_at")
    return [Version(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge that a price list can price, with the unit that fits it."""

    code: str
    name_pl: str
    name_en: str
    unit: str


def charges(session: Session, *, medium: str) -> list[Charge]:
    """Return the charges that price lists of a medium hold, in the order of the bill."""
    found = rows(
        session,
        "select c.code, c.name_pl, c.name_en, case c.quantity_basis when 'month' then 'month'"
        " when 'power_month' then 'kw_month' else 'kwh' end from operational.charges c"
        " where c.rate_source = 'price_list' and c.medium = :medium order by c.sort_order",
        {"medium": medium},
    )
    return [Charge(*row) for row in found]


def indices(session: Session) -> list[tuple[str, str, str]]:
    """Return code and names of the market indices that have prices by the interval."""
    found = rows(
        session,
        "select code, name_pl, name_en from operational.market_indices where minutes > 0 order by code",
    )
    return [(row.code, row.name_pl, row.name_en) for row in found]


def distributors(session: Session, *, medium: str) -> list[tuple[str, str]]:
    """Return code and name of the distributors of a medium."""
    found = rows(
        session,
        "select code, name from operational.dsos where medium = :medium order by name",
        {"medium": medium},
    )
    return [(row.code, row.name) for row in found]
