"""Warsaw days, instants, holidays and due dates."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operational.kernel.calendar import (
    add_months,
    add_working_days,
    civil_day,
    days_in_month,
    effective_due_date,
    first_of_next_month,
    hours_of_day,
    is_public_holiday,
    is_working_day,
    months,
    next_working_day,
    parse_month,
    start_of_day,
    working_days,
)

YEARS = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))


def test_a_warsaw_day_begins_an_hour_or_two_before_midnight_of_greenwich() -> None:
    assert start_of_day(date(2026, 1, 15)) == datetime(2026, 1, 14, 23, tzinfo=UTC)
    assert start_of_day(date(2026, 7, 15)) == datetime(2026, 7, 14, 22, tzinfo=UTC)


@given(YEARS)
def test_the_two_crossings_between_days_and_instants_undo_each_other(day: date) -> None:
    assert civil_day(start_of_day(day)) == day
    assert civil_day(start_of_day(day) - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        civil_day(datetime(2026, 1, 1))  # noqa: DTZ001  the very thing that must be refused


def test_days_have_23_24_or_25_hours() -> None:
    assert [hours_of_day(date(2026, 3, 29)), hours_of_day(date(2026, 3, 30))] == [23, 24]
    assert hours_of_day(date(2026, 10, 25)) == 25


def test_christmas_eve_is_a_day_off_since_2025() -> None:
    assert not is_public_holiday(date(2024, 12, 24))
    assert is_public_holiday(date(2025, 12, 24))


def test_moving_feasts_are_days_off_and_good_friday_is_not() -> None:
    assert is_public_holiday(date(2026, 4, 6))  # Easter Monday
    assert is_public_holiday(date(2026, 6, 4))  # Corpus Christi
    assert is_working_day(date(2026, 4, 3))  # Good Friday


def test_the_year_2026_has_253_working_days() -> None:
    assert working_days(date(2026, 1, 1), date(2027, 1, 1)) == 253


@pytest.mark.parametrize(
    ("due", "effective"),
    [
        (date(2026, 4, 3), date(2026, 4, 3)),  # Good Friday is an ordinary day
        (date(2026, 4, 4), date(2026, 4, 7)),  # Saturday before Easter: Sunday and Monday are days off
        (date(2026, 8, 15), date(2026, 8, 17)),  # a holiday on a Saturday
        (date(2025, 12, 24), date(2025, 12, 29)),  # Christmas and a weekend in a row
    ],
)
def test_a_due_date_on_a_day_off_moves_to_the_next_working_day(due: date, effective: date) -> None:
    assert effective_due_date(due) == effective


@given(YEARS)
def test_an_effective_due_date_is_a_working_day_and_never_earlier(day: date) -> None:
    effective = effective_due_date(day)
    assert is_working_day(effective)
    assert 0 <= (effective - day).days <= 6


def test_working_days_are_counted_forward() -> None:
    assert next_working_day(date(2026, 4, 3)) == date(2026, 4, 7)
    assert add_working_days(date(2026, 4, 3), 2) == date(2026, 4, 8)
    assert add_working_days(date(2026, 4, 4), 0) == date(2026, 4, 4)


def test_months_keep_the_day_or_take_the_last_one() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2024, 3, 31), -1) == date(2024, 2, 29)
    assert first_of_next_month(date(2026, 12, 9)) == date(2027, 1, 1)
    assert days_in_month(date(2028, 2, 1)) == 29
    assert list(months(date(2026, 1, 15), date(2026, 3, 1))) == [date(2026, 1, 1), date(2026, 2, 1)]


def test_a_month_is_read_from_text() -> None:
    assert parse_month("2026-03") == date(2026, 3, 1)


@pytest.mark.parametrize("text", ["2026-13", "03-2026", "2026", "2026-3"])
def test_a_text_that_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"month"):
        parse_month(text)
