"""Products that the points of a draft may have, each with what a year on it would cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.crm.contracts import points as point_facts
from operational.crm.contracts.content import Content, Fields
from operational.crm.contracts.rules import date_of, decimal_of
from operational.crm.products.pricing import PricingError, yearly_cost
from operational.crm.products.sale import SaleError, sellable
from operational.kernel.rows import rows

MOST_POINTS = 5  # of a draft with more, the first ones stand for all: a preview, not an invoice
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Priced:
    """A product on offer with the cost of a year in PLN over the points of the draft;
    None when it cannot be priced.
    """

    product_version_id: int
    price_list_id: int
    name: str
    product_code: str
    period_months: int | None
    guarantee_months: int
    seller_net: Decimal | None
    gross: Decimal | None
    margin_net: Decimal | None
    is_below_floor: bool
    problem: str
    refused_promotion: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A point as the price preview sees it."""

    tariff_group: str
    dso_code: str
    medium: str
    zone_kwh: Mapping[str, Decimal]
    power_kw: Decimal | None
    phases: int


_SHARES = """
  select zone_code, sum((hour_to - hour_from)
    * case day_type when 'workday' then 5 when 'nonworking' then 2 else 7 end) as hours
  from operational.zone_masks where superseded_at is null and dso_code = :dso and tariff_group = :group
    and valid_from <= :on and (valid_to is null or valid_to > :on) group by zone_code"""


def uses(session: Session, *, content: Content, on: date) -> list[Use]:
    """Return the points of a draft with their yearly kWh by zone,
    split by the hours of each zone in a week.
    """
    facts = {
        fact.code: fact
        for fact in point_facts.look_up(session, codes=[p.get("code", "") for p in content.points], today=on)
    }
    return [_use(session, point, facts[point["code"]], on) for point in content.points]


def _use(session: Session, point: Fields, fact: point_facts.PointFact, on: date) -> Use:
    group = (fact.tariff_group or point.get("tariff_group", "")).strip().upper()
    kwh = fact.annual_kwh if fact.annual_kwh is not None else decimal_of(point.get("annual_kwh", ""))
    dso = fact.dso_code or point.get("dso_code", "")
    hours = {
        str(row.zone_code): Decimal(row.hours)
        for row in rows(session, _SHARES, {"dso": dso, "group": group, "on": on})
    } or {"all": Decimal(1)}
    whole = sum(hours.values(), _ZERO)
    split = {zone: ((kwh or _ZERO) * part / whole).quantize(Decimal("0.001")) for zone, part in hours.items()}
    power = fact.contracted_power_kw or decimal_of(point.get("contracted_power_kw", ""))
    phases = fact.phases if fact.supply_point_id is not None else int(point.get("phases") or 1)
    return Use(group, dso, fact.medium, split, power, phases)


def on_offer(session: Session, *, content: Content, segment: str, today: date) -> list[Priced]:
    """Return what may be sold to the customer of a draft for its first point, priced over its points.

    `segment` is the kind of the customer. Without points nothing can be offered.
    """
    if not content.points:
        return []
    used = uses(session, content=content, on=today)
    lead = used[0]
    offers = sellable(
        session,
        on=today,
        medium=lead.medium,
        segment=segment,
        channel=content.product.get("sales_channel", "office"),
        tariff_group=lead.tariff_group,
        annual_kwh=sum(lead.zone_kwh.values(), _ZERO),
    )
    starts = [start for point in content.points if (start := date_of(point.get("wanted_start", "")))]
    begins = max(today, min(starts, default=today))
    return [
        price(
            session,
            used=used[:MOST_POINTS],
            price_list_id=offer.price_list_id,
            product_version_id=offer.product_version_id,
            on=begins,
            named=(
                offer.name,
                f"{offer.product_code} · {offer.price_list_code}",
                offer.period_months,
                offer.guarantee_months,
            ),
        )
        for offer in offers
    ]


def price(
    session: Session,
    *,
    used: list[Use],
    price_list_id: int,
    product_version_id: int | None,
    on: date,
    named: tuple[str, str, int | None, int] = ("", "", None, 0),
    promotions: tuple[str, ...] = (),
) -> Priced:
    """Return the cost of a year over points; `problem` says which price or rate is missing."""
    name, code, months, guarantee = named
    try:
        costs = [
            yearly_cost(
                session,
                price_list_id=price_list_id,
                product_version_id=product_version_id,
                tariff_group=use.tariff_group,
                dso_code=use.dso_code,
                zone_kwh=use.zone_kwh,
                contracted_power_kw=use.power_kw,
                phases=use.phases,
                on=on,
                promotions=promotions,
            )
            for use in used
        ]
    except (PricingError, SaleError) as error:
        return Priced(
            product_version_id or 0, price_list_id, name, code, months, guarantee, None, None, None, False,
            error.message, isinstance(error, SaleError),
        )  # fmt: skip
    return Priced(
        product_version_id or 0,
        price_list_id,
        name,
        code,
        months,
        guarantee,
        sum((cost.seller_net for cost in costs), _ZERO),
        sum((cost.gross for cost in costs), _ZERO),
        sum((cost.margin_net for cost in costs), _ZERO),
        any(cost.is_below_floor for cost in costs),
        "",
    )
