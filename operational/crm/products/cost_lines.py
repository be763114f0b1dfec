"""Lines of a computed cost: their shape, services and discounts, adding up over the bills."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from operational.crm.products.sale import Component
from operational.kernel.money import ZERO, round_half_up
from operational.kernel.periods import Period

ENERGY_CHARGES: Final = ("energy_active", "energy_dynamic", "gas_fuel")


@dataclass(frozen=True, slots=True)
class CostLine:
    """A charge at one price over the whole period: quantity in ``unit``, net in PLN; ``section`` sale or
    distribution. ``rate_id`` points into ``rate_table``.
    """

    charge_code: str
    name_pl: str
    name_en: str
    section: str
    zone_code: str
    unit: str
    quantity: Decimal
    price: Decimal
    net: Decimal
    vat_rate: Decimal
    period_from: date
    period_to: date
    rate_table: str
    rate_id: int
    is_projected: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill number ``cycle_no``; ``excise`` in PLN per kWh, inside the price."""

    cycle_no: int
    sort_order: int
    excise: Decimal
    line: CostLine
    projected_from: date | None = None


def component_lines(components: Sequence[Component], lines: Sequence[Line]) -> list[Line]:
    """Return the lines of services and discounts in every bill that their days touch."""
    by_cycle: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        by_cycle[line.cycle_no].append(line)
    return [
        made
        for component in components
        for number, found in sorted(by_cycle.items())
        for made in _of_cycle(component, number, found)
    ]


def _of_cycle(component: Component, number: int, found: Sequence[Line]) -> list[Line]:
    """Return the line of a component in one bill; same rules as ``int_billing_market_components_priced``."""
    start = max(min(one.line.period_from for one in found), component.valid_from)
    end = min(max(one.line.period_to for one in found), component.valid_to or date.max)
    if start >= end:
        return []
    energy = [one.line for one in found if one.line.charge_code in ENERGY_CHARGES]
    quantity: Decimal | Fraction
    if component.kind == "service_once":
        unit, quantity = "piece", Decimal(1 if start == component.valid_from else 0)
    elif component.kind in ("service_month", "discount_month"):
        unit, quantity = "month", Period(start, end).months_fraction()
    elif component.kind == "discount_kwh":
        unit, quantity = "kwh", sum((line.quantity for line in energy), ZERO)
    else:
        unit, quantity = "pln", sum((line.net for line in energy), ZERO)
    if not quantity:
        return []
    is_discount = component.kind.startswith("discount")
    price = -component.value if is_discount else component.value
    line = CostLine(
        "discount" if is_discount else component.kind, component.name_pl, component.name_en, "sale", "", unit,
        round_half_up(quantity, 6), price, round_half_up(Fraction(quantity) * Fraction(price)),
        found[0].line.vat_rate, start, end, "contract_components", 0, False,
    )  # fmt: skip
    return [Line(number, 15 if is_discount else 25, ZERO, line)]


def joined_lines(lines: Sequence[Line]) -> tuple[CostLine, ...]:
    """Add up the lines of all bills that have the same charge, zone and price."""
    joined: dict[tuple[Any, ...], list[Line]] = defaultdict(list)
    for one in lines:
        line = one.line
        joined[one.sort_order, line.charge_code, line.name_pl, line.zone_code, line.unit, line.price].append(
            one
        )
    made = []
    for _key, group in sorted(
        joined.items(), key=lambda item: (item[0][0], item[1][0].line.period_from, item[0][3])
    ):
        line = group[0].line
        made.append(
            CostLine(
                line.charge_code, line.name_pl, line.name_en, line.section, line.zone_code, line.unit,
                sum((one.line.quantity for one in group), ZERO), line.price,
                sum((one.line.net for one in group), ZERO), line.vat_rate,
                min(one.line.period_from for one in group), max(one.line.period_to for one in group),
                line.rate_table, line.rate_id, any(one.line.is_projected for one in group),
            )
        )  # fmt: skip
    return tuple(made)
