"""What happens to the portfolio during the simulation and when the supplier gets to know it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts.operations import end_supply
from operational.crm.products.operations import change_price
from operational.kernel.calendar import WARSAW, add_months
from operational.metering.exchange import NewRegister, exchange_meter
from orchestration.simulator.market import Market, Point

_NOON: Final = time(12)


@dataclass(frozen=True, slots=True)
class Change:
    """A change that the supplier records at ``known_at``; ``key`` names it for logs."""

    known_at: datetime
    key: str


@dataclass(frozen=True, slots=True)
class SupplyEnds(Change):
    """The supply of a point ends; ``valid_to`` is the first day without."""

    point: Point
    valid_to: date


@dataclass(frozen=True, slots=True)
class MeterExchanged(Change):
    """A point gets its second meter."""

    point: Point


@dataclass(frozen=True, slots=True)
class PriceChanged(Change):
    """An energy price changes from a day on, which may lie in the past."""

    price_list: str
    group: str
    zone: str
    price: Decimal
    valid_from: date


@dataclass(frozen=True, slots=True)
class OwnChange(Change):
    """A change that knows itself how it is recorded and how to tell that it was."""

    def apply(self, session: Session) -> None:
        """Record the change at ``known_at``."""
        raise NotImplementedError(self.key)

    def question(self) -> tuple[str, dict[str, object]]:
        """Return the SQL, with its values, that tells whether the change was recorded already."""
        raise NotImplementedError(self.key)


def at(day: date) -> datetime:
    """Return noon of a Warsaw day."""
    return datetime.combine(day, _NOON, tzinfo=WARSAW)


def planned_changes(market: Market) -> list[Change]:
    """Return all changes in the order in which they become known."""
    changes: list[Change] = []
    for point in market.points:
        if point.end is not None and point.end <= market.last:
            changes.append(
                SupplyEnds(at(point.end - timedelta(days=8)), f"end:{point.code}", point, point.end)
            )
        if len(point.meters) > 1:
            day = point.meters[1].first_day
            changes.append(MeterExchanged(at(day + timedelta(days=1)), f"exchange:{point.code}", point))
    stories = {point.story for point in market.points}
    middle = add_months(market.first, 3).replace(day=16)
    if "price_change" in stories:
        changes.append(
            PriceChanged(at(middle - timedelta(days=20)), "price:DOM-ZMIANA", "DOM-ZMIANA", "G11", "all",
                         Decimal("0.4890"), middle)
        )  # fmt: skip
    if "late_price" in stories:  # agreed in autumn, entered in winter: bills of autumn are corrected
        known = add_months(market.first, 6).replace(day=20)
        changes.append(
            PriceChanged(at(known), "price:DOM-POMYLKA", "DOM-POMYLKA", "G11", "all", Decimal("0.4700"),
                         add_months(market.first, 3))
        )  # fmt: skip
    return sorted(changes, key=lambda change: (change.known_at, change.key))


def apply_change(session: Session, change: Change) -> None:
    """Record a change through the operation that staff would use."""
    match change:
        case SupplyEnds(known_at=known_at, point=point, valid_to=valid_to):
            end_supply(session, supply_point_id=_point_id(session, point), valid_to=valid_to, as_of=known_at)
        case MeterExchanged(known_at=known_at, point=point):
            meter = point.meters[1]
            exchange_meter(
                session, supply_point_id=_point_id(session, point), serial=meter.serial, as_of=known_at,
                registers=[NewRegister(zone, point.unit, meter.digits) for zone in point.zones],
                first_day=meter.first_day,
            )  # fmt: skip
        case PriceChanged():
            change_price(
                session, price_list_code=change.price_list, charge_code="energy_active", price=change.price,
                valid_from=change.valid_from, as_of=change.known_at, tariff_group=change.group,
                zone_code=change.zone, source="price change of the demonstration",
            )  # fmt: skip
        case OwnChange():
            change.apply(session)
        case _:
            raise NotImplementedError(change.key)


_HAS_ENDED: Final = """
    select exists (
        select from operational.contract_supply_points k
        join operational.supply_points p on p.id = k.supply_point_id
        where p.code = :code and k.valid_to = :day and k.superseded_at is null)"""
_HAS_METER: Final = "select exists (select from operational.meters where serial = :serial)"
_HAS_PRICE: Final = """
    select exists (
        select from operational.price_list_items i join operational.price_lists l on l.id = i.price_list_id
        where l.code = :code and i.price = :price and i.tariff_group = :group)"""


def recorded_question(change: Change) -> tuple[str, dict[str, object]]:
    """Return the SQL, with its values, that tells whether a change was recorded already."""
    match change:
        case SupplyEnds(point=point, valid_to=valid_to):
            return _HAS_ENDED, {"code": point.code, "day": valid_to}
        case MeterExchanged(point=point):
            return _HAS_METER, {"serial": point.meters[1].serial}
        case PriceChanged():
            return _HAS_PRICE, {
                "code": change.price_list,
                "price": change.price,
                "group": change.group,
            }
        case OwnChange():
            return change.question()
    raise NotImplementedError(change.key)


def _point_id(session: Session, point: Point) -> int:
    return int(
        session.execute(
            text("select id from operational.supply_points where code = :code"), {"code": point.code}
        ).scalar_one()
    )
