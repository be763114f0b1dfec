"""What a change costs or brings: a year by the price engine, the past by the lines that were issued."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.crm.products import pricing
from operational.kernel.errors import DomainError
from operational.kernel.money import round_half_up
from operational.kernel.rows import one, rows

ZERO: Final = Decimal("0.00")

# Terms of the points of a contract on a day, with what each zone used in the last year by issued documents.
_POINTS: Final = """
  select p.id, p.code, p.dso_code, t.tariff_group, t.phases, t.contracted_power_kw, t.annual_kwh,
    t.customer_class, t.capacity_mode,
    coalesce((select jsonb_object_agg(z.zone_code, z.kwh) from (
      select l.zone_code, sum(l.energy_kwh_after - l.energy_kwh_before) as kwh
      from operational.billing_scopes s join operational.document_lines l on l.scope_id = s.id
      where s.supply_point_id = p.id and l.charge_code in ('energy_active', 'gas_fuel', 'energy_dynamic')
        and l.period_from >= cast(:on as date) - 365 group by 1) z where z.kwh > 0), '{}') as used,
    coalesce((select array_agg(distinct r.zone_code) from operational.meter_installations i
      join operational.registers r on r.meter_id = i.meter_id where i.supply_point_id = p.id
        and i.superseded_at is null and (i.valid_to is null or i.valid_to > :on)), '{all}') as zones,
    coalesce((select array_agg(distinct m.zone_code) from operational.zone_masks m
      where m.dso_code = p.dso_code and m.superseded_at is null
        and m.tariff_group = any(:groups)), '{}') as new_zones
  from operational.contract_supply_points k join operational.supply_points p on p.id = k.supply_point_id
  join lateral (select * from operational.supply_point_terms t where t.supply_point_id = p.id
    and t.superseded_at is null and t.valid_from <= :on order by t.valid_from desc limit 1) t on true
  where k.contract_id = :contract and k.superseded_at is null and k.valid_from <= :on
    and (k.valid_to is null or k.valid_to > :on) order by p.id"""


@dataclass(frozen=True, slots=True)
class YearlyEffect:
    """Gross PLN a year before and after; ``missing`` says why it could not be computed."""

    before: Decimal | None
    after: Decimal | None
    missing: str = ""

    @property
    def difference(self) -> Decimal | None:
        """Return what a year costs more (below zero: less)."""
        return None if self.before is None or self.after is None else self.after - self.before


def _zones(annual: Decimal, used: Mapping[str, Any], zones: list[str]) -> dict[str, Decimal]:
    """Spread the annual use over zones: as it was used, else evenly."""
    total = sum((Decimal(str(kwh)) for kwh in used.values()), ZERO)
    if total > 0 and set(used) <= set(zones):
        return {zone: annual * Decimal(str(kwh)) / total for zone, kwh in used.items()}
    return {zone: annual / len(zones) for zone in zones}


def yearly_effect(
    session: Session, *, contract_id: int, on: date, price_list_id: int, new_price_list_id: int,
    cycle_months: int, new_cycle_months: int, points: Mapping[int, Mapping[str, Any]],
) -> YearlyEffect:  # fmt: skip
    """Return what a year from ``on`` costs before and after, for all points of the contract, by the price
    engine (``crm.products.pricing``). Discounts of the contract itself are in neither.
    """
    groups = [str(change["tariff_group"]) for change in points.values() if change.get("tariff_group")]
    found = rows(session, _POINTS, {"contract": contract_id, "on": on, "groups": groups})
    before = after = ZERO
    try:
        for point in found:
            change = points.get(point.id, {})
            before += _cost(session, point, {}, on, (price_list_id, cycle_months))
            after += _cost(session, point, change, on, (new_price_list_id, new_cycle_months))
    except DomainError as error:
        return YearlyEffect(None, None, error.message)
    return YearlyEffect(before, after) if found else YearlyEffect(None, None)


def _cost(
    session: Session, point: Any, change: Mapping[str, Any], on: date, terms: tuple[int, int]
) -> Decimal:
    """Return the gross PLN of a year at a point; a new tariff group takes the zones of its own mask."""
    group = str(change.get("tariff_group") or point.tariff_group)
    zones = list(point.zones)
    if group != point.tariff_group:
        zones = list(point.new_zones) or ["all"]
    power = change.get("contracted_power_kw")
    cost = pricing.yearly_cost(
        session,
        price_list_id=terms[0],
        tariff_group=group,
        dso_code=point.dso_code,
        zone_kwh=_zones(point.annual_kwh, point.used, zones),
        contracted_power_kw=point.contracted_power_kw if power is None else Decimal(str(power)),
        phases=point.phases,
        on=on,
        cycle_months=terms[1],
        annual_kwh=point.annual_kwh,
        customer_class=point.customer_class,
        capacity_mode=point.capacity_mode,
    )
    return cost.gross


@dataclass(frozen=True, slots=True)
class PastEffect:
    """What corrections of issued bills will come to: gross PLN (None: only the warehouse can tell),
    and how many bills they touch.
    """

    gross: Decimal | None
    documents: int


# The last state of every line of the contract's bills that reaches beyond the day.
_ISSUED: Final = """
  with latest as (
    select distinct on (l.scope_id, l.line_key, l.vat_rate) s.invoice_id, s.supply_point_id, l.charge_code,
      l.zone_code, l.unit, l.quantity_after, l.price_after, l.vat_rate, l.period_from, l.period_to
    from operational.billing_scopes s join operational.document_lines l on l.scope_id = s.id
    join operational.documents d on d.id = l.document_id
    where s.contract_id = :contract and s.period_to > :on
    order by l.scope_id, l.line_key, l.vat_rate, d.version_no desc
  ), moved as (
    select l.*, t.tariff_group, greatest(l.period_from, cast(:on as date)) as starts,
      l.quantity_after * (l.period_to - greatest(l.period_from, cast(:on as date)))
        / (l.period_to - l.period_from) as quantity
    from latest l join operational.charges c on c.code = l.charge_code and c.rate_source = 'price_list'
    left join lateral (select tariff_group from operational.supply_point_terms t
      where t.supply_point_id = l.supply_point_id and t.superseded_at is null
        and t.valid_from <= l.period_from order by t.valid_from desc limit 1) t on true
    where l.period_to > :on and l.quantity_after <> 0
  )
  select (select count(distinct invoice_id) from latest where period_to > :on) as documents,
    sum(round(m.quantity * (n.price - m.price_after) * (1 + m.vat_rate), 2)) as gross,
    count(*) filter (where n.price is null) as unpriced
  from moved m left join lateral (
    select i.price from operational.price_list_items i where i.price_list_id = :price_list
      and i.superseded_at is null and i.charge_code = m.charge_code and i.zone_code in ('', m.zone_code)
      and i.tariff_group in ('', m.tariff_group) and i.valid_from <= m.starts
      and (i.valid_to is null or i.valid_to > m.starts)
    order by (i.zone_code <> '')::int * 2 + (i.tariff_group <> '')::int desc limit 1) n on true"""


def past_effect(
    session: Session, *, contract_id: int, on: date, new_price_list_id: int | None, is_exact: bool
) -> PastEffect:
    """Return a dry run of the corrections a change in the past brings, by what was issued since ``on``.

    Prices of the seller are computed line by line; with ``is_exact`` False (another tariff group or power)
    the amount stays open, because only the next computation of the warehouse can tell it. Nothing is written.
    """
    given = {"contract": contract_id, "on": on, "price_list": new_price_list_id or 0}
    found = one(session, _ISSUED, given)
    if not is_exact or (new_price_list_id is not None and found.unpriced):
        return PastEffect(None, found.documents)
    if new_price_list_id is None:
        return PastEffect(ZERO, found.documents)
    return PastEffect(round_half_up(found.gross or ZERO), found.documents)
