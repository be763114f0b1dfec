"""Margins of a version against the floor: price of even use less energy, profile, balancing, certificates."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from operational.crm.products.content import Content, Row
from operational.crm.products.purchase import mean_costs
from operational.crm.products.rules import ENERGY, Head, customer_class
from operational.kernel.calendar import add_months
from operational.kernel.money import ZERO, round_half_up
from operational.kernel.rows import rows


@dataclass(frozen=True, slots=True)
class GroupMargin:
    """Margin of a tariff group from a day on, in PLN per MWh of even use; ``floor`` is the least allowed."""

    tariff_group: str
    valid_from: date
    price: Decimal
    cost: Decimal
    margin: Decimal
    floor: Decimal

    @property
    def is_below(self) -> bool:
        """Tell whether the margin lies below the floor."""
        return self.margin < self.floor


_SHARES: Final = """
  select tariff_group, zone_code, sum((hour_to - hour_from) * case day_type when 'workday' then 5
      when 'nonworking' then 2 when 'all' then 7 else 1 end
      * ((make_date(2023, left(season_to, 2)::int, least(right(season_to, 2)::int, 28))
        - make_date(2023, left(season_from, 2)::int, right(season_from, 2)::int) + 365) % 365 + 1)) as hours
  from operational.zone_masks m where superseded_at is null and tariff_group = any(:groups)
    and dso_code = (select min(o.dso_code) from operational.zone_masks o
      where o.tariff_group = m.tariff_group and o.superseded_at is null)
  group by tariff_group, zone_code"""
_FLOOR: Final = """
  select floor_pln_per_mwh as floor from operational.price_floors where medium = :medium
    and customer_class = :class and superseded_at is null and valid_from <= :day
    and (valid_to is null or valid_to > :day)"""
_EXCISE: Final = """
  select price_pln_per_kwh * 1000 as excise from operational.excise_rates where medium = :medium
    and customer_class = :class and superseded_at is null and valid_from <= :day
    and (valid_to is null or valid_to > :day)"""


def zone_shares(session: Session, *, groups: Sequence[str]) -> dict[str, dict[str, Decimal]]:
    """Return the share of each zone in even use of a tariff group (the sample profile), adding up to 1."""
    hours: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for row in rows(session, _SHARES, {"groups": list(groups)}):
        hours[row.tariff_group][row.zone_code] = Decimal(row.hours)
    return {
        group: {zone: one / sum(hours[group].values(), ZERO) for zone, one in hours[group].items()}
        if group in hours
        else {"all": Decimal(1)}
        for group in groups
    }


def margins(session: Session, *, head: Head, content: Content) -> list[GroupMargin]:
    """Return the margin of each tariff group at the start of sale and after each later price step.

    Even use over the hours of the zones, costs of the twelve months from that day; fees by the month are not
    counted, since they depend on the use. Raises PricingError when the purchase costs are not known.
    """
    if not head.has_price_list:
        return []
    energy = [row for row in content.prices if row["charge_code"] == ENERGY[head.medium]]
    groups = sorted({row["tariff_group"] for row in energy}) or ["G11"]
    shares = zone_shares(session, groups=groups)
    steps = sorted({max(row["valid_from"], head.valid_from) for row in (*energy, *content.formulas)})
    found = []
    for group in groups:
        for day in steps:
            price = _price_on(energy, content.formulas, group, shares[group], day)
            if price is not None:
                found.append(_margin(session, head, content.formulas, (group, day), price))
    return [one for at, one in enumerate(found) if at == 0 or _differs(found[at - 1], one)]


def _differs(earlier: GroupMargin, later: GroupMargin) -> bool:
    return (earlier.tariff_group, earlier.price, earlier.cost) != (
        later.tariff_group,
        later.price,
        later.cost,
    )


def _price_on(
    energy: Sequence[Row], formulas: Sequence[Row], group: str, shares: Mapping[str, Decimal], day: date
) -> Decimal | None:
    """Return the mean price per MWh of even use on a day; None where a zone has none (that is a hole)."""
    if formulas:
        return ZERO if any(_holds(row, day) for row in formulas) else None
    total = ZERO
    for zone, share in shares.items():
        price = next(
            (
                row["price"]
                for row in energy
                if row["tariff_group"] == group and row["zone_code"] in (zone, "") and _holds(row, day)
            ),
            None,
        )
        if price is None:
            return None
        total += price * share * 1000
    return round_half_up(total)


def _holds(row: Row, day: date) -> bool:
    return bool(row["valid_from"] <= day and (row["valid_to"] is None or row["valid_to"] > day))


def _margin(
    session: Session, head: Head, formulas: Sequence[Row], at: tuple[str, date], price: Decimal
) -> GroupMargin:
    group, day = at
    given: dict[str, Any] = {"medium": head.medium, "group": group, "day": day}
    given["class"] = customer_class(group) if group or head.medium == "electricity" else "household"
    excise = Decimal(next(iter(rows(session, _EXCISE, given)), (0,))[0])
    formula = next((row for row in formulas if _holds(row, day)), None)
    costs = mean_costs(
        session, medium=head.medium, tariff_group=group, period=(day, add_months(day, 12)),
        index_code=formula["index_code"] if formula else "",
    )  # fmt: skip
    if formula is not None:
        added = formula["margin"] * 1000 + (excise if formula["adds_excise"] else ZERO)
        price = round_half_up(costs["energy"] * formula["multiplier"] + added)
    cost = round_half_up(sum(costs.values(), ZERO) + excise)
    floor = head.floor_pln_per_mwh
    if floor is None:
        floor = Decimal(next(iter(rows(session, _FLOOR, given)), (0,))[0])
    return GroupMargin(group, day, price, cost, price - cost, round_half_up(floor))
