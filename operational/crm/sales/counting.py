"""The cost of a year and its margin for the points of an offer, by the price engine of the products room."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.crm.products import pricing, sale
from operational.crm.sales.profile import PointProfile
from operational.crm.sales.rules import SalesError

# The way an offer of this room is sold, in the words of the sale rules of a product.
CHANNEL = "office"
_FIGURES = ("seller_net", "network_net", "vat", "gross", "margin_net", "floor_margin_net")


@dataclass(frozen=True, slots=True)
class Choice:
    """A product that may be sold for all points of an offer on the day."""

    price_list_id: int
    product_version_id: int | None
    name: str
    code: str
    period_months: int | None


@dataclass(frozen=True, slots=True)
class Counted:
    """A product counted for the points of an offer: zloty a year, net unless named otherwise."""

    price_list_id: int
    product_version_id: int | None
    product_name: str
    period_months: int | None
    promotions: tuple[str, ...]
    seller_net: Decimal
    network_net: Decimal
    vat: Decimal
    gross: Decimal
    margin_net: Decimal
    floor_margin_net: Decimal
    is_below_floor: bool
    lines: list[dict[str, Any]]


def choices(
    session: Session, *, points: Sequence[PointProfile], segment: str, on: date
) -> tuple[Choice, ...]:
    """Return the products that the sale rules allow for every point of an offer, by name."""
    allowed: dict[int, Choice] | None = None
    for tariff_group, medium, annual_kwh in sorted(
        {(p.tariff_group, p.medium, p.annual_kwh) for p in points}
    ):
        found = {
            one.price_list_id: Choice(
                one.price_list_id, one.product_version_id, _named(one), one.product_code, one.period_months
            )
            for one in sale.sellable(
                session, on=on, medium=medium, segment=segment, channel=CHANNEL, tariff_group=tariff_group,
                annual_kwh=annual_kwh,
            )
        }  # fmt: skip
        allowed = found if allowed is None else {key: allowed[key] for key in allowed.keys() & found.keys()}
    return tuple(sorted((allowed or {}).values(), key=lambda choice: (choice.name, choice.price_list_id)))


def _named(one: sale.Sellable) -> str:
    """Return the name of a product, with its line where several are sold side by side."""
    return one.name if not one.variant or one.variant in one.name else f"{one.name} · {one.variant}"


def count(
    session: Session,
    *,
    points: Sequence[PointProfile],
    price_list_id: int,
    promotions: Sequence[str] = (),
    segment: str,
    on: date,
    sold_on: date,
) -> Counted:
    """Count a product for the points of an offer; ``on`` is the first day of supply, ``sold_on`` the signing.

    Raises SalesError for a product that the sale rules do not allow for one of the points, and whatever the
    price engine refuses (a rate that is missing).
    """
    offered = {one.price_list_id: one for one in choices(session, points=points, segment=segment, on=sold_on)}
    if price_list_id not in offered:
        raise SalesError(
            "offer_not_sellable",
            "This product may not be sold to this customer for these points today. Choose one of the list.",
        )
    chosen = offered[price_list_id]
    return counted(session, points=points, choice=chosen, promotions=promotions, on=on)


def counted(
    session: Session,
    *,
    points: Sequence[PointProfile],
    choice: Choice,
    promotions: Sequence[str],
    on: date,
) -> Counted:
    """Count a product that may be sold; the points' figures are added up."""
    totals = dict.fromkeys(_FIGURES, Decimal("0.00"))
    lines: list[dict[str, Any]] = []
    for point in points:
        cost = pricing.yearly_cost(
            session, price_list_id=choice.price_list_id, product_version_id=choice.product_version_id,
            tariff_group=point.tariff_group, dso_code=point.dso_code, zone_kwh=dict(point.zone_kwh),
            contracted_power_kw=point.contracted_power_kw, phases=point.phases, on=on,
            promotions=tuple(promotions),
        )  # fmt: skip
        for figure in _FIGURES:
            totals[figure] += getattr(cost, figure)
        lines += [{"point": point.code, **_plain(asdict(line))} for line in cost.lines]
    return Counted(
        choice.price_list_id, choice.product_version_id, choice.name, choice.period_months,
        tuple(promotions), **totals, is_below_floor=totals["margin_net"] < totals["floor_margin_net"],
        lines=lines,
    )  # fmt: skip


def _plain(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return a line with amounts and days as text, so that JSON keeps them exactly."""
    return {name: str(value) if isinstance(value, Decimal | date) else value for name, value in line.items()}
