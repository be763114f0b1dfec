"""What may be sold to whom on a day, and which discounts and services come with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.kernel.calendar import add_months
from operational.kernel.errors import DomainError
from operational.kernel.rows import rows


class SaleError(DomainError):
    """A promotion that does not exist, does not hold on the day, or whose condition is not fulfilled."""


@dataclass(frozen=True, slots=True)
class Sellable:
    """An approved version that may be signed; ``floor_margin`` in PLN per MWh, ``period_months`` None: open.

    ``stock_left`` counts contracts, None: no limit. ``price_list_version`` is the number of the version.
    """

    product_version_id: int
    product_code: str
    name: str
    kind: str
    variant: str
    price_list_id: int
    price_list_code: str
    price_list_version: int
    period_months: int | None
    guarantee_months: int
    floor_margin: Decimal
    valid_to: date | None
    stock_left: int | None


@dataclass(frozen=True, slots=True)
class Component:
    """A discount or service to be written to contract_components on [valid_from, valid_to).

    ``value`` is positive: PLN a month, PLN once, PLN per kWh, or a share of the energy lines.
    """

    kind: str
    code: str
    name_pl: str
    name_en: str
    value: Decimal
    valid_from: date
    valid_to: date | None
    promotion_id: int | None


# A price list without a price of energy for the group on the day is not offered at all.
_SELLABLE: Final = """
  with fitting as (
    select r.product_version_id, case when bool_or(r.stock is null) then null else max(r.stock) end as stock
    from operational.sale_rules r where r.superseded_at is null
      and r.segment in ('', :segment) and r.channel in ('', :channel)
      and (r.tariff_groups = '{}' or :group = any(r.tariff_groups))
      and :kwh >= r.annual_kwh_from and (r.annual_kwh_to is null or :kwh < r.annual_kwh_to)
      and r.valid_from <= :on and (r.valid_to is null or r.valid_to > :on)
    group by r.product_version_id
  )
  select v.id, p.code, p.name, p.kind, v.variant, l.id, l.code, v.number, v.period_months, v.guarantee_months,
    coalesce(v.floor_pln_per_mwh, (select f.floor_pln_per_mwh from operational.price_floors f
      where f.superseded_at is null and f.medium = p.medium and f.customer_class = :class
        and f.valid_from <= :on and (f.valid_to is null or f.valid_to > :on)), 0) as floor_margin,
    v.valid_to, case when s.stock is not null then s.stock - (
      select count(distinct t.contract_id) from operational.contract_terms t
      where t.price_list_id = l.id and t.superseded_at is null)::int end as stock_left
  from fitting s join operational.product_versions v on v.id = s.product_version_id
  join operational.products p on p.id = v.product_id
  join operational.price_lists l on l.id = v.price_list_id
  where v.status = 'approved' and p.medium = :medium and v.valid_from <= :on
    and (v.valid_to is null or v.valid_to > :on)
    and (exists (select from operational.price_formulas f where f.price_list_id = l.id
        and f.superseded_at is null and f.valid_from <= :on and (f.valid_to is null or f.valid_to > :on))
      or exists (select from operational.price_list_items i where i.price_list_id = l.id
        and i.superseded_at is null and i.charge_code in ('energy_active', 'gas_fuel')
        and i.tariff_group in ('', :group) and i.valid_from <= :on
        and (i.valid_to is null or i.valid_to > :on)))
  order by p.name, l.name, v.number"""


def sellable(
    session: Session,
    *,
    on: date,
    medium: str,
    segment: str,
    channel: str,
    tariff_group: str,
    annual_kwh: Decimal,
) -> tuple[Sellable, ...]:
    """Return the approved versions that may be signed on a day, by product; none left in stock: left out.

    ``segment``: household, business or public; ``channel``: office, phone, web, field or partner ('' asks
    only for what is sold everywhere).
    """
    found = rows(
        session,
        _SELLABLE,
        {
            "on": on, "medium": medium, "segment": segment, "channel": channel, "group": tariff_group,
            "kwh": annual_kwh, "class": "household" if segment == "household" else "business",
        },
    )  # fmt: skip
    offers = (Sellable(*row) for row in found)
    return tuple(offer for offer in offers if offer.stock_left is None or offer.stock_left > 0)


_OF_VERSION: Final = """
  select c.kind, c.code, c.name_pl, c.name_en, c.value, c.months, null::bigint as promotion_id
  from operational.product_components c
  where c.product_version_id = :version and c.superseded_at is null order by c.code"""
_PROMOTIONS: Final = """
  select r.id, r.code, r.kind, r.name_pl, r.name_en, r.value, r.months, r.needs_code, r.segment, r.channel,
    r.period_months_from, r.annual_kwh_from, r.product_id is not null and v.id is null as is_other_product
  from operational.promotions r
  left join operational.product_versions v on v.id = :version and v.product_id = r.product_id
  where r.status = 'approved' and (cast(:medium as text) is null or r.medium = :medium)
    and r.valid_from <= :on and (r.valid_to is null or r.valid_to > :on)
    and (r.code = any(:codes) or not r.needs_code) order by r.code"""


def components_for(
    session: Session,
    *,
    product_version_id: int | None,
    promotion_codes: Sequence[str],
    on: date,
    medium: str | None = None,
    segment: str = "",
    channel: str = "",
    period_months: int | None = None,
    annual_kwh: Decimal | None = None,
) -> tuple[Component, ...]:
    """Return what a contract signed on these terms gets from ``on`` (the first day of supply).

    Services and standing discounts of the version, promotions asked for by code, and promotions that need no
    code. The caller writes them with ``crm.products.market.add_component``, in the same transaction as the
    contract. Raises SaleError for a code that is unknown, over, or whose condition is not fulfilled by what
    is given; conditions on what is not given (empty) are not checked for codes and keep promotions without a
    code away.
    """
    wanted = sorted({code.strip().upper() for code in promotion_codes if code.strip()})
    found = rows(session, _OF_VERSION, {"version": product_version_id})
    made = [_component(row, row.code, on, None) for row in found]
    promotions = rows(
        session, _PROMOTIONS,
        {"version": product_version_id, "medium": medium or _medium(session, product_version_id),
         "on": on, "codes": wanted},
    )  # fmt: skip
    unknown = sorted(set(wanted) - {row.code for row in promotions})
    if unknown:
        raise SaleError(
            "unknown_promotion", f"No promotion {', '.join(unknown)} holds on {on}. Check code and dates."
        )
    for row in promotions:
        broken = _broken(row, segment, channel, period_months, annual_kwh)
        if row.code in wanted and broken and broken != "unknown":
            raise SaleError(
                "promotion_not_allowed",
                f"Promotion {row.code} is not for this contract: {broken}. Take it away or change the terms.",
            )
        if row.code in wanted or not broken:
            made.append(_component(row, row.code.lower(), on, row.id))
    return tuple(made)


def _medium(session: Session, version_id: int | None) -> str | None:
    found = rows(
        session,
        "select p.medium from operational.product_versions v"
        " join operational.products p on p.id = v.product_id where v.id = :id",
        {"id": version_id},
    )
    return str(found[0].medium) if found else None


def _broken(
    row: Any, segment: str, channel: str, period_months: int | None, annual_kwh: Decimal | None
) -> str:
    """Return which condition is not fulfilled, ``unknown`` when one cannot be judged, '' when all hold."""
    if row.is_other_product:
        return "another product"
    judged = (
        (row.segment != "", segment != "", segment == row.segment, f"customers: {row.segment}"),
        (row.channel != "", channel != "", channel == row.channel, f"channel: {row.channel}"),
        (row.period_months_from > 0, period_months is not None,
         (period_months or 0) >= row.period_months_from, f"at least {row.period_months_from} months"),
        (row.annual_kwh_from > 0, annual_kwh is not None,
         (annual_kwh or Decimal(0)) >= row.annual_kwh_from, f"at least {row.annual_kwh_from} kWh a year"),
    )  # fmt: skip
    asked = [(is_given, holds, words) for is_asked, is_given, holds, words in judged if is_asked]
    wrong = [words for is_given, holds, words in asked if is_given and not holds]
    if wrong:
        return "; ".join(wrong)
    return "" if all(is_given for is_given, _holds, _words in asked) else "unknown"


def _component(row: Any, code: str, on: date, promotion_id: int | None) -> Component:
    return Component(
        row.kind, code, row.name_pl, row.name_en, row.value, on,
        add_months(on, row.months) if row.months else None, promotion_id,
    )  # fmt: skip


def early_termination(session: Session, *, price_list_id: int) -> "EarlyTermination | None":
    """Return the rule of leaving early of the version that sells a price list; None: there is no rule."""
    found = rows(
        session,
        "select r.formula, r.amount, r.most_pln, r.free_months, r.vat, r.legal_basis, v.id, v.period_months"
        " from operational.early_termination_rules r"
        " join operational.product_versions v on v.id = r.product_version_id"
        " where v.price_list_id = :id and r.superseded_at is null",
        {"id": price_list_id},
    )
    return EarlyTermination(*found[0]) if found else None


@dataclass(frozen=True, slots=True)
class EarlyTermination:
    """What leaving a fixed term early costs.

    ``formula``: none; fixed (``amount`` PLN); per_month_left (PLN a month left); per_mwh_left (PLN per MWh
    not taken); percent_of_energy_left (a share of the energy's value not taken). ``most_pln`` bounds it,
    ``free_months`` before the end cost nothing, ``vat``: outside (a debit note) or standard (an invoice).
    """

    formula: str
    amount: Decimal
    most_pln: Decimal | None
    free_months: int
    vat: str
    legal_basis: str
    product_version_id: int
    period_months: int | None
