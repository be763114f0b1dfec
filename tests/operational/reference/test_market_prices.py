"""Import of market prices: the day with 25 hours, corrections, holes, and files that are refused whole."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from operational.reference import market_prices

AS_OF = datetime(2026, 10, 26, 8, tzinfo=UTC)


def csv(*rows: str) -> bytes:
    return "\n".join(["index_code;starts_at;price", *rows]).encode()


def test_both_hours_of_the_changed_clock_are_kept_and_a_correction_is_a_new_version(session: Session) -> None:
    night = csv(
        "RDN;2026-10-25T02:00+02:00;100,50",
        "RDN;2026-10-25T02:00+01:00;-20",
        "RDN;2026-10-25T05:00+01:00;90",
    )
    taken = market_prices.import_prices(session, content=night, as_of=AS_OF)
    assert (taken.inserted, taken.corrected, taken.unchanged) == (3, 0, 0)
    again = market_prices.import_prices(session, content=night, as_of=AS_OF)
    assert (again.inserted, again.corrected, again.unchanged) == (0, 0, 3)
    corrected = market_prices.import_prices(session, content=csv("RDN;2026-10-25T01:00Z;-25"), as_of=AS_OF)
    assert (corrected.inserted, corrected.corrected) == (0, 1)
    (day,) = market_prices.days(
        session, index_code="RDN", first_day=date(2026, 10, 25), end_day=date(2026, 10, 26)
    )
    assert (day.prices, day.lowest, day.negative) == (3, Decimal(-25), 1)
    (hole,) = market_prices.holes(session)
    assert (hole.starts_at, hole.missing) == (datetime(2026, 10, 25, 2, tzinfo=UTC), 2)
    assert {one.code: one.missing for one in market_prices.series(session)}["RDN"] == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("RDN;2026-10-25T02:00;1", "has no offset"),
        ("RDN;2026-10-25T02:15Z;1", "no start of an interval of 60 minutes"),
        ("XYZ;2026-10-25T02:00Z;1", "is no index"),
        ("RDN;2026-10-25T02:00Z;1000000", "lies outside"),
        ("RDN;2026-10-25T02:00Z;ten", "is no price"),
        ("RDN;2026-10-25T02:00Z", "2 cells instead of 3"),
        ("RDN;2026-10-25T04:00Z;7", "stands twice"),
    ],
)
def test_one_wrong_row_refuses_the_whole_file(session: Session, row: str, told: str) -> None:
    with pytest.raises(market_prices.PriceFileError, match=told):
        market_prices.import_prices(session, content=csv("RDN;2026-10-25T04:00Z;5", row), as_of=AS_OF)
    assert {one.prices for one in market_prices.series(session)} == {0}


def test_a_corrected_month_price_closes_the_old_version(session: Session) -> None:
    for price in ("300.10", "310.20"):
        market_prices.set_month_price(
            session,
            index_code="RCEm",
            month=date(2026, 3, 1),
            price=Decimal(price),
            source="PSE",
            as_of=AS_OF,
        )
    found = [one for one in market_prices.month_prices(session) if one.month == date(2026, 3, 1)]
    assert [one.price for one in found] == [Decimal("310.20")]
