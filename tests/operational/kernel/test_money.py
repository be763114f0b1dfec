"""Rounding and Polish notation of amounts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operational.kernel.money import (
    InvalidAmount,
    format_amount,
    format_pln,
    parse_amount,
    round_half_up,
    to_decimal,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [("0.005", "0.01"), ("2.675", "2.68"), ("-0.005", "-0.01"), ("1.004999", "1.00"), ("1E+2", "100.00")],
)
def test_halves_are_rounded_away_from_zero(value: str, expected: str) -> None:
    rounded = round_half_up(Decimal(value))
    assert rounded == Decimal(expected)
    assert rounded.as_tuple().exponent == -2


def test_an_exact_fraction_is_rounded_without_a_truncated_decimal_between() -> None:
    assert round_half_up(Fraction(1, 8)) == Decimal("0.13")
    assert round_half_up(Fraction(-1, 8)) == Decimal("-0.13")
    assert round_half_up(Fraction(17, 30) * 30) == Decimal("17.00")
    assert round_half_up(Fraction(5, 2), 0) == Decimal(3)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_a_fraction_and_its_decimal_round_alike(value: Decimal) -> None:
    assert round_half_up(Fraction(value)) == round_half_up(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 234,56", "1234.56"),
        ("1\u00a0234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("\u22125,00", "-5.00"),
        ("+7", "7"),
    ],
)
def test_polish_and_plain_notation_are_read(text: str, expected: str) -> None:
    assert parse_amount(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["", "12 zł", "1.234,56", "1e5", "NaN", "--1", "1,2,3"])
def test_a_text_that_is_no_clear_amount_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(InvalidAmount, match="Write it like") as caught:
        parse_amount(text)
    assert caught.value.code == "invalid_amount"


def test_amounts_are_written_with_non_breaking_spaces() -> None:
    assert format_amount(Decimal("1234567.895")) == "1\u00a0234\u00a0567,90"
    assert format_amount(Decimal("-1234"), 0) == "-1\u00a0234"
    assert format_pln(Decimal("5")) == "5,00\u00a0zł"


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_what_is_written_can_be_read_back(value: Decimal) -> None:
    assert parse_amount(format_amount(value)) == value


def test_a_fraction_can_be_shown_as_a_decimal() -> None:
    assert to_decimal(Fraction(1, 4)) == Decimal("0.25")
