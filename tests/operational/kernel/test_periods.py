"""Half-open periods, cutting and exact months."""

from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operational.kernel.periods import InvalidPeriod, Period, open_end

DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2030, 12, 31))
PERIODS = st.tuples(DAYS, DAYS).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: Period(*pair))


def test_the_end_is_the_first_day_outside() -> None:
    period = Period(date(2026, 4, 1), date(2026, 5, 1))
    assert period.days == 30
    assert date(2026, 4, 30) in period
    assert date(2026, 5, 1) not in period


def test_a_period_without_a_day_is_refused() -> None:
    with pytest.raises(InvalidPeriod, match="has no day"):
        Period(date(2026, 4, 1), date(2026, 4, 1))


def test_neighbours_do_not_overlap() -> None:
    april, may = Period.of_month(date(2026, 4, 9)), Period.of_month(date(2026, 5, 1))
    assert not april.overlaps(may)
    assert april.intersection(may) is None
    assert april.overlaps(Period(date(2026, 4, 30), date(2026, 6, 1)))


def test_months_are_exact_fractions() -> None:
    assert Period(date(2026, 4, 15), date(2026, 6, 1)).months_fraction() == Fraction(16, 30) + 1
    assert Period(date(2026, 4, 1), date(2026, 4, 18)).months_fraction() == Fraction(17, 30)
    assert Period(date(2026, 1, 1), date(2027, 1, 1)).months_fraction() == 12


@given(PERIODS, st.lists(DAYS, max_size=8))
def test_the_pieces_of_a_cut_touch_and_cover_the_whole(period: Period, at: list[date]) -> None:
    pieces = period.cut(at)
    assert pieces[0].start == period.start
    assert pieces[-1].end == period.end
    assert all(left.end == right.start for left, right in pairwise(pieces))
    assert sum((piece.months_fraction() for piece in pieces), Fraction(0)) == period.months_fraction()


@given(PERIODS, PERIODS)
def test_the_intersection_holds_the_days_of_both(one: Period, other: Period) -> None:
    common = one.intersection(other)
    assert (common is not None) == one.overlaps(other)
    if common:
        assert common.start in one
        assert common.start in other
        assert common.end <= min(one.end, other.end)


def test_an_open_end_is_the_end_of_the_calendar() -> None:
    assert open_end(None) == date.max
    assert open_end(date(2026, 1, 1)) == date(2026, 1, 1)
