"""The difference of two bills, split by hand-worked figures; the parts always add up."""

import random
from decimal import Decimal
from fractions import Fraction

import pytest

from operational.documents.comparison import Side, effects_of


def side(quantity: str, net: str, days: int) -> Side:
    return Side(Fraction(quantity), Decimal(net), days)


def test_more_use_per_day_is_volume() -> None:
    # 300 kWh at 0.50 in 30 days, then 360 kWh: 60 kWh x 0.50.
    parts = effects_of("kwh", side("300", "150.00", 30), side("360", "180.00", 30))
    assert parts == {"days": Decimal("0.00"), "volume": Decimal("30.00"), "price": Decimal("0")}


def test_a_longer_month_at_the_same_daily_use_is_days() -> None:
    # 10 kWh a day at 0.50: one day more costs 5.00.
    parts = effects_of("kwh", side("300", "150.00", 30), side("310", "155.00", 31))
    assert parts == {"days": Decimal("5.00"), "volume": Decimal("0.00"), "price": Decimal("0")}


def test_a_dearer_price_is_price() -> None:
    # 300 kWh: 0.50 becomes 0.60.
    parts = effects_of("kwh", side("300", "150.00", 30), side("300", "180.00", 30))
    assert parts == {"days": Decimal("0.00"), "volume": Decimal("0.00"), "price": Decimal("30.00")}


def test_all_three_at_once_add_up() -> None:
    # 10 kWh/day at 0.50 for 30 days; 12 kWh/day at 0.60 for 31 days = 223.20.
    # days 1 x 10 x 0.50 = 5.00; volume 2 x 31 x 0.50 = 31.00; price 372 x 0.10 = 37.20.
    parts = effects_of("kwh", side("300", "150.00", 30), side("372", "223.20", 31))
    assert parts == {"days": Decimal("5.00"), "volume": Decimal("31.00"), "price": Decimal("37.20")}


def test_half_a_month_more_of_a_monthly_fee_is_days() -> None:
    parts = effects_of("month", side("1", "10.00", 30), side("1.5", "18.00", 45))
    assert parts == {"days": Decimal("5.00"), "price": Decimal("3.00")}


@pytest.mark.parametrize(("old", "new"), [(Side(), side("1", "20.00", 30)), (side("1", "20.00", 30), Side())])
def test_a_charge_on_one_bill_only_is_a_one_off(old: Side, new: Side) -> None:
    assert effects_of("month", old, new) == {"one_off": new.net - old.net}


def test_a_grosz_from_rounding_two_lines_is_no_price_change() -> None:
    # 0.6212 a kWh both times: 101 kWh = 62.74, 102 kWh = 63.36 (0.62 more, of which 0.6212 by volume).
    parts = effects_of("kwh", side("101", "62.74", 30), side("103", "63.99", 30))
    assert parts["price"] == 0
    assert sum(parts.values()) == Decimal("1.25")


def test_the_parts_add_up_for_any_two_bills() -> None:
    chance = random.Random(20261123)
    for _ in range(2000):
        old, new = (
            side(
                str(chance.randrange(0, 5000)),
                f"{chance.randrange(0, 300000) / 100:.2f}",
                chance.randrange(1, 63),
            )
            for _ in range(2)
        )
        parts = effects_of(chance.choice(["kwh", "month", "kw_month"]), old, new)
        assert sum(parts.values(), Decimal(0)) == new.net - old.net
