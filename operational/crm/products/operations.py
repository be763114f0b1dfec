"""Writes of price lists: a changed price is a new version, the old one stays known."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError


class PriceError(DomainError):
    """A price change that does not fit the price list."""


def change_price(
    session: Session,
    *,
    price_list_code: str,
    charge_code: str,
    price: Decimal,
    valid_from: date,
    as_of: datetime,
    tariff_group: str = "",
    zone_code: str = "",
    source: str = "",
) -> int:
    """Set the net price (PLN per unit) of an item from a day on; return the id of the new version.

    The price that holds on that day is closed at ``as_of`` and, unless it began on that very day, recorded
    again until ``valid_from``; the new price takes over its end. A day in the past makes corrections of what
    was billed. Raises PriceError when no price of the item holds on that day, or the price is negative or no
    number.
    """
    if not price.is_finite() or price < 0:
        raise PriceError("invalid_price", f"{price} is no price. Give a number that is not negative.")
    key = {"list": price_list_code, "charge": charge_code, "tariff": tariff_group, "zone": zone_code}
    old = session.execute(
        text(
            "update operational.price_list_items i set superseded_at = :at from operational.price_lists l "
            "where l.id = i.price_list_id and l.code = :list and i.charge_code = :charge "
            "and i.tariff_group = :tariff and i.zone_code = :zone and i.superseded_at is null "
            "and i.valid_from <= :start and (i.valid_to is null or i.valid_to > :start) "
            "returning i.price_list_id, i.unit, i.price, i.valid_from, i.valid_to, i.source"
        ),
        key | {"at": as_of, "start": valid_from},
    ).one_or_none()
    if old is None:
        raise PriceError(
            "no_price_to_change",
            f"Price list {price_list_code} has no price of {charge_code} ({tariff_group or 'all groups'}, "
            f"{zone_code or 'all zones'}) on {valid_from}. Check the item and the day.",
        )
    insert = text(
        "insert into operational.price_list_items (price_list_id, tariff_group, charge_code, zone_code, "
        "unit, price, valid_from, valid_to, source, recorded_at) "
        "values (:price_list, :tariff, :charge, :zone, :unit, :price, :start, :end, :source, :at) "
        "returning id"
    )
    same = key | {"price_list": old.price_list_id, "unit": old.unit, "at": as_of}
    if old.valid_from < valid_from:
        before = {"price": old.price, "start": old.valid_from, "end": valid_from, "source": old.source}
        session.execute(insert, same | before)
    after = {"price": price, "start": valid_from, "end": old.valid_to, "source": source or old.source}
    return int(session.execute(insert, same | after).scalar_one())
