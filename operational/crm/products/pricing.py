"""What a price list costs on a given use, and what is earned on it: the same lines as a bill would have.

Even use is assumed: kWh of a zone are spread over the days of the period, cut into billing cycles, priced by
the rates of each day and rounded half-up once per line, VAT once per cycle and rate (VAT Act art. 106e).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.crm.products import pricing_sql
from operational.crm.products.cost_lines import (
    ENERGY_CHARGES,
    CostLine,
    Line,
    component_lines,
    joined_lines,
)
from operational.crm.products.purchase import PricingError, mean_costs
from operational.crm.products.rules import customer_class as class_of
from operational.crm.products.sale import components_for
from operational.kernel.calendar import add_months
from operational.kernel.money import ZERO, round_half_up
from operational.kernel.rows import first, rows

__all__ = [
    "CAPACITY_HOURS", "CostLine", "CycleCost", "PricingError", "YearlyCost", "floor_per_mwh", "yearly_cost",
]  # fmt: skip
CAPACITY_HOURS: Final = "capacity_hours"


@dataclass(frozen=True, slots=True)
class CycleCost:
    """One bill of the period: net, VAT and gross in PLN."""

    period_from: date
    period_to: date
    net: Decimal
    vat: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class YearlyCost:
    """Cost in PLN for the customer and margin of the seller over the period (a year unless told otherwise).

    ``margin_net`` = what the seller keeps of ``seller_net`` after energy, profile, balancing, certificates
    and excise; ``projected_from``: first day priced with network or statutory rates that are not published.
    """

    seller_net: Decimal
    network_net: Decimal
    vat: Decimal
    gross: Decimal
    margin_net: Decimal
    floor_margin_net: Decimal
    is_below_floor: bool
    lines: tuple[CostLine, ...]
    net: Decimal
    energy_kwh: Decimal
    purchase_net: Decimal
    excise_net: Decimal
    projected_from: date | None
    cycles: tuple[CycleCost, ...]


def yearly_cost(
    session: Session,
    *,
    price_list_id: int,
    tariff_group: str,
    dso_code: str,
    zone_kwh: Mapping[str, Decimal],
    contracted_power_kw: Decimal | None,
    phases: int,
    on: date,
    product_version_id: int | None = None,
    promotions: Sequence[str] = (),
    months: int = 12,
    cycle_months: int = 1,
    annual_kwh: Decimal | None = None,
    customer_class: str = "",
    capacity_mode: str = "",
    contract_kind: str = "comprehensive",
    digits: int = 0,
) -> YearlyCost:
    """Return what ``zone_kwh`` (kWh per distributor's zone over the whole period) costs from ``on`` on.

    ``months`` 12: a year; ``cycle_months``: length of a bill, which also chooses the subscription rate;
    ``digits``: decimals of kWh (0 for registers, 3 for intervals). ``zone_kwh`` may name ``capacity_hours``
    (kWh in the hours of the capacity fee); otherwise a sample share is taken. Class, capacity mode and
    annual use are derived from group, power and kWh unless given. Promotions are codes; with a version its
    own services and discounts count too. Raises PricingError naming every missing price or rate.
    """
    kwh = {zone: Decimal(value) for zone, value in zone_kwh.items() if zone != CAPACITY_HOURS}
    total = sum(kwh.values(), ZERO)
    medium = _medium(session, price_list_id)
    group_class = customer_class or class_of(tariff_group)
    given: dict[str, Any] = {
        "price_list": price_list_id, "group": tariff_group, "dso": dso_code, "phases": phases,
        "power": contracted_power_kw, "start": on, "until": add_months(on, months), "medium": medium,
        "cycle_months": cycle_months, "cycles": -(-months // cycle_months), "class": group_class,
        "annual_kwh": total * 12 / months if annual_kwh is None else annual_kwh,
        "is_comprehensive": contract_kind == "comprehensive", "digits": digits,
        "zones": list(kwh), "kwh": list(kwh.values()),
    }  # fmt: skip
    given["capacity_mode"] = capacity_mode or _capacity_mode(session, given)
    given["capacity_kwh"] = _capacity_kwh(session, zone_kwh, total, on)
    lines = _lines(session, given)
    lines += _index_lines(session, given, lines)
    components = components_for(
        session, product_version_id=product_version_id, promotion_codes=promotions, on=on, medium=medium
    )
    lines += component_lines(components, lines)
    return _summed(session, given, lines, version_id=product_version_id)


def _medium(session: Session, price_list_id: int) -> str:
    found = first(
        session,
        "select p.medium from operational.price_lists l join operational.products p on p.id = l.product_id"
        " where l.id = :id",
        {"id": price_list_id},
    )
    if found is None:
        raise PricingError("unknown_price_list", "There is no such price list. Choose one of the list.")
    return str(found.medium)


def _parameter(session: Session, code: str, on: date) -> Decimal:
    found = first(
        session,
        "select value from operational.market_parameters where code = :code and superseded_at is null"
        " and valid_from <= :on and (valid_to is null or valid_to > :on)",
        {"code": code, "on": on},
    )
    if found is None:
        raise PricingError(
            "missing_parameter", f"The rule {code} has no value on {on}. Add it to the market parameters."
        )
    return Decimal(found.value)


def _capacity_mode(session: Session, given: Mapping[str, Any]) -> str:
    """Households and small power pay the flat fee, others by kWh: Capacity Market Act art. 89a."""
    if given["medium"] == "gas" or given["class"] == "household" or given["power"] is None:
        return "flat"
    return (
        "flat" if given["power"] <= _parameter(session, "capacity_flat_kw", given["start"]) else "volumetric"
    )


def _capacity_kwh(session: Session, zone_kwh: Mapping[str, Decimal], total: Decimal, on: date) -> Decimal:
    if CAPACITY_HOURS in zone_kwh:
        return Decimal(zone_kwh[CAPACITY_HOURS])
    return total * _parameter(session, "capacity_hours_share", on)


def _lines(session: Session, given: Mapping[str, Any]) -> list[Line]:
    found = rows(session, pricing_sql.LINES, given)
    missing = sorted(
        {
            f"{row.charge_code}{', zone ' + row.zone_code if row.zone_code else ''} from {row.period_from}"
            for row in found
            if row.rate_id is None or row.vat_rate is None
        }
    )
    if missing:
        raise PricingError(
            "missing_price",
            f"There is no price or rate of {'; '.join(missing)} for group {given['group']} of distributor"
            f" {given['dso']}. Complete the price list or the tariff.",
        )
    if given["power"] is None and any(row.unit in ("kw_month", "kw_hour") for row in found):
        raise PricingError("missing_contracted_power", "The tariff charges contracted power: give it in kW.")
    return [
        Line(
            row.cycle_no, row.sort_order, Decimal(row.excise),
            CostLine(
                row.charge_code, row.name_pl, row.name_en, row.section, row.zone_code, row.unit, row.quantity,
                row.price, row.net, row.vat_rate, row.period_from, row.period_to, row.rate_table, row.rate_id,
                row.projected_from is not None,
            ),
            row.projected_from,
        )
        for row in found
    ]  # fmt: skip


_FORMULAS: Final = """
  select f.id, f.index_code, f.margin, f.multiplier, f.adds_excise, f.valid_from, f.valid_to,
    f.floor_pln_per_mwh, f.cap_pln_per_mwh from operational.price_formulas f
  where f.price_list_id = :price_list and f.superseded_at is null and f.valid_from < :until
    and (f.valid_to is null or f.valid_to > :start) order by f.valid_from"""
_CHARGE: Final = """
  select c.sort_order, c.name_pl, c.name_en, v.rate, coalesce(x.price_pln_per_kwh, 0) as excise
  from operational.charges c
  join operational.vat_rates v on v.medium = c.medium and v.superseded_at is null and v.valid_from <= :on
    and (v.valid_to is null or v.valid_to > :on)
  left join operational.excise_rates x on x.medium = c.medium and x.customer_class = :class
    and x.superseded_at is null and x.valid_from <= :on and (x.valid_to is null or x.valid_to > :on)
  where c.code = 'energy_dynamic'"""


def _index_lines(session: Session, given: Mapping[str, Any], lines: Sequence[Line]) -> list[Line]:
    """Price energy by the expected index of the purchase costs, one line per bill: Energy Law art. 5(4a)."""
    formulas = rows(session, _FORMULAS, given)
    if not formulas:
        return []
    made = []
    for number, (start, end) in enumerate(_cycles(given)):
        formula = next(
            (f for f in formulas if f.valid_from <= start and (f.valid_to is None or f.valid_to > start)),
            None,
        )
        if formula is None:
            raise PricingError("missing_price", f"The price list has no formula from {start} on. Add one.")
        costs = _costs(session, given, formula.index_code, (start, end))
        index = _bounded(costs["energy"], formula.floor_pln_per_mwh, formula.cap_pln_per_mwh)
        charge = rows(session, _CHARGE, {**given, "on": start})[0]
        excise = Decimal(charge.excise) if formula.adds_excise else ZERO
        price = round_half_up(index * formula.multiplier / 1000 + formula.margin + excise, 8)
        quantity = _energy_of(given, start, end)
        line = CostLine(
            "energy_dynamic", charge.name_pl, charge.name_en, "sale", "", "kwh", quantity, price,
            round_half_up(quantity * price), charge.rate, start, end, "price_formulas", formula.id, True,
        )  # fmt: skip
        made.append(Line(number, charge.sort_order, Decimal(charge.excise), line))
    return made


def _bounded(index: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    raised = index if low is None else max(index, low)
    return raised if high is None else min(raised, high)


def _cycles(given: Mapping[str, Any]) -> list[tuple[date, date]]:
    step, until = given["cycle_months"], given["until"]
    return [
        (add_months(given["start"], n * step), min(add_months(given["start"], (n + 1) * step), until))
        for n in range(given["cycles"])
    ]


def _energy_of(given: Mapping[str, Any], start: date, end: date) -> Decimal:
    """Return the kWh of all zones on [start, end), spread as the statement of lines spreads them."""
    days = (given["until"] - given["start"]).days
    upto = [Decimal((day - given["start"]).days) for day in (start, end)]
    return sum(
        (
            round_half_up(kwh * upto[1] / days, given["digits"])
            - round_half_up(kwh * upto[0] / days, given["digits"])
            for kwh in given["kwh"]
        ),
        ZERO,
    )


def _costs(
    session: Session, given: Mapping[str, Any], index_code: str, period: tuple[date, date]
) -> Mapping[str, Decimal]:
    return mean_costs(
        session, medium=given["medium"], tariff_group=given["group"], index_code=index_code, period=period
    )


def _summed(
    session: Session, given: Mapping[str, Any], lines: Sequence[Line], *, version_id: int | None
) -> YearlyCost:
    cycles = _bills(given, lines)
    seller = sum((one.line.net for one in lines if one.line.section == "sale"), ZERO)
    network = sum((one.line.net for one in lines if one.line.section == "distribution"), ZERO)
    energy = [one for one in lines if one.line.charge_code in ENERGY_CHARGES]
    kwh = sum((one.line.quantity for one in energy), ZERO)
    index = rows(session, _FORMULAS, given)
    costs = _costs(session, given, index[0].index_code if index else "", (given["start"], given["until"]))
    purchase = round_half_up(kwh * sum(costs.values(), ZERO) / 1000)
    excise = round_half_up(sum((one.line.quantity * one.excise for one in energy), ZERO))
    margin = seller - purchase - excise
    floor = round_half_up(kwh * floor_per_mwh(session, given=given, version_id=version_id) / 1000)
    projected = [one.projected_from for one in lines if one.projected_from]
    return YearlyCost(
        seller_net=seller, network_net=network, net=seller + network,
        vat=sum((cycle.vat for cycle in cycles), ZERO), gross=sum((cycle.gross for cycle in cycles), ZERO),
        margin_net=margin, floor_margin_net=floor, is_below_floor=margin < floor, lines=joined_lines(lines),
        energy_kwh=kwh, purchase_net=purchase, excise_net=excise,
        projected_from=min(projected) if projected else None, cycles=tuple(cycles),
    )  # fmt: skip


def floor_per_mwh(session: Session, *, given: Mapping[str, Any], version_id: int | None) -> Decimal:
    """Return the least margin in PLN per MWh: of the version, otherwise of medium and class on ``start``."""
    found = first(
        session,
        "select coalesce((select v.floor_pln_per_mwh from operational.product_versions v"
        " where v.id = cast(:version as bigint)"
        " or (cast(:version as bigint) is null and v.price_list_id = :price_list)),"
        " (select f.floor_pln_per_mwh from operational.price_floors f where f.superseded_at is null"
        " and f.medium = :medium and f.customer_class = :class and f.valid_from <= :start"
        " and (f.valid_to is null or f.valid_to > :start))) as floor",
        {**given, "version": version_id},
    )
    return Decimal(found.floor) if found is not None and found.floor is not None else ZERO


def _bills(given: Mapping[str, Any], lines: Sequence[Line]) -> list[CycleCost]:
    bases: dict[int, dict[Decimal, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for one in lines:
        bases[one.cycle_no][one.line.vat_rate] += one.line.net
    made = []
    for number, (start, end) in enumerate(_cycles(given)):
        net = sum(bases[number].values(), ZERO)
        vat = sum((round_half_up(base * rate) for rate, base in bases[number].items()), ZERO)
        made.append(CycleCost(start, end, net, vat, net + vat))
    return made
