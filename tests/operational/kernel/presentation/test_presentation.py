"""Figures, dates, identifiers, charts and transfer codes as people see them."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from operational.kernel.presentation import charts, formatting, icons, transfer_qr

NBSP = "\u00a0"


def test_money_has_groups_comma_two_places_and_a_real_minus() -> None:
    assert formatting.money(Decimal("1234.5")) == f"1{NBSP}234,50{NBSP}zł"
    assert formatting.money(Decimal("-0.01")) == f"\u22120,01{NBSP}zł"
    assert formatting.money(Decimal("1234.5"), "en") == f"1,234.50{NBSP}zł"
    assert formatting.money(None) == "–"


def test_energy_is_short_on_tiles_and_exact_in_tables() -> None:
    assert formatting.energy(Decimal("366.000")) == f"366{NBSP}kWh"
    assert formatting.energy_short(Decimal("194321")) == f"194,3{NBSP}MWh"


def test_a_unit_price_keeps_at_least_four_and_at_most_eight_places() -> None:
    assert formatting.unit_price(Decimal("0.50500000")) == f"0,5050{NBSP}zł/kWh"
    assert formatting.unit_price(Decimal("0.12345678")) == f"0,12345678{NBSP}zł/kWh"


def test_a_half_open_period_is_shown_by_its_first_and_last_day() -> None:
    assert formatting.day_range(date(2026, 10, 1), date(2026, 11, 1)) == f"1–31{NBSP}paź{NBSP}2026"
    assert "15" in formatting.day_range(date(2026, 10, 15), date(2026, 12, 1))


def test_an_instant_is_shown_in_warsaw_time() -> None:
    assert formatting.instant(datetime(2026, 7, 1, 12, 0, tzinfo=UTC)).endswith("14:00")


@pytest.mark.parametrize(
    ("day", "words"),
    [(date(2026, 7, 29), "za 14 dni"), (date(2026, 7, 15), "dziś"), (date(2026, 6, 5), "40 dni temu")],
)
def test_a_distance_is_counted_in_days(day: date, words: str) -> None:
    assert formatting.distance(day, date(2026, 7, 15)).replace(NBSP, " ") == words


def test_identifiers_are_grouped_as_on_paper() -> None:
    assert formatting.bank_account("27109024027103000412887401").replace(NBSP, " ") == (
        "27 1090 2402 7103 0004 1288 7401"
    )
    assert formatting.tax_number("1234563218").replace(NBSP, " ") == "123 456 32 18"
    assert formatting.phone("601000418").replace(NBSP, " ") == "601 000 418"
    assert formatting.masked_national_id("44051401458") == "44•••••••58"


def test_the_transfer_code_has_nine_fields_and_the_open_amount_in_grosze() -> None:
    payload = transfer_qr.transfer_payload(
        account_number="27109024027103000412887401",
        amount=Decimal("353.50"),
        recipient="Promyk Energia sp. z o.o.",
        title="FV/2026/11/004187",
        tax_number="5252741096",
    )

    assert (
        payload == "5252741096|PL|27109024027103000412887401|035350|Promyk Energia sp. z|FV/2026/11/004187|||"
    )
    assert str(transfer_qr.transfer_qr_svg(payload)).startswith("<svg")


@pytest.mark.parametrize("amount", ["0", "-5", "10000.00"])
def test_there_is_no_transfer_code_for_nothing_or_too_much(amount: str) -> None:
    made = transfer_qr.transfer_payload(
        account_number="27109024027103000412887401", amount=Decimal(amount), recipient="a", title="b"
    )

    assert made is None


def test_a_pipe_in_a_name_cannot_shift_the_fields_of_a_transfer() -> None:
    payload = transfer_qr.transfer_payload(
        account_number="27109024027103000412887401", amount=Decimal(1), recipient="a|b", title="c|999999"
    )

    assert payload is not None
    assert payload.count("|") == 8


def test_charts_escape_what_they_are_told_and_use_no_inline_style() -> None:
    hostile = "<script>"
    drawn = charts.bar_chart(
        [charts.Bar(hostile, Decimal(5), hostile, Decimal(9), "estimated")], "gas", hostile
    )
    drawn += charts.stacked_bar([charts.Share(Decimal(1), "age0", hostile)], hostile)
    drawn += charts.spark_bars([Decimal(1), None], "gas", hostile)

    assert hostile not in drawn
    assert "style=" not in drawn
    assert 'fill="url(#hatch-c)"' in drawn


def test_the_height_of_a_bar_is_in_proportion_to_its_value() -> None:
    drawn = charts.bar_chart(
        [charts.Bar("a", Decimal(100), "100"), charts.Bar("b", Decimal(50), "50")], "electricity", "use"
    )

    assert 'height="78.00%"' in drawn
    assert 'height="39.00%"' in drawn


def test_a_missing_icon_is_named() -> None:
    with pytest.raises(LookupError, match="no-such-icon"):
        icons.icon("no-such-icon")
    assert 'width="20"' in icons.icon("search", 20)
