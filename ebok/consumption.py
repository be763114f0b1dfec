"""From billed periods to the chart and table of consumption: twelve months, last year behind, estimates
hatched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from markupsafe import Markup

from operational.documents.portal.queries import BilledPeriod, PeriodUse
from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.presentation import charts, formatting

SHOWN_MONTHS = 12
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Month:
    """Use of one medium in the billing periods that begin in a month, with the same month a year earlier."""

    month: date
    period_from: date
    period_to: date
    energy_kwh: Decimal
    gross_amount: Decimal
    is_estimated: bool
    year_before_kwh: Decimal | None
    year_before_gross: Decimal | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart with the figures it says in words; ``change`` is a share against a year earlier."""

    medium: str
    unit: str
    svg: Markup
    months: tuple[Month, ...]
    latest: Month | None
    change: Decimal | None
    has_estimates: bool
    has_previous: bool
    total_kwh: Decimal
    total_gross: Decimal


def since(today: date) -> date:
    """Return the first day that the chart needs: two years and a bit back."""
    return add_months(first_of_month(today), -2 * SHOWN_MONTHS - 2)


def media(periods: Sequence[BilledPeriod]) -> list[str]:
    """Return the media that the customer uses, electricity first."""
    return sorted({period.medium for period in periods})


def months(periods: Sequence[BilledPeriod], *, medium: str, supply_point: str = "") -> tuple[Month, ...]:
    """Sum the periods of a medium (and a point) by the month they begin in; the last twelve months."""
    chosen = [row for row in periods if row.medium == medium and supply_point in ("", row.supply_point)]
    by_month: dict[date, list[BilledPeriod]] = {}
    for row in chosen:
        by_month.setdefault(first_of_month(row.period_from), []).append(row)
    if not by_month:
        return ()
    newest = max(by_month)
    shown = sorted(month for month in by_month if month > add_months(newest, -SHOWN_MONTHS))
    return tuple(_month(month, by_month) for month in shown)


def _month(month: date, by_month: dict[date, list[BilledPeriod]]) -> Month:
    rows, earlier = by_month[month], by_month.get(add_months(month, -12))
    return Month(
        month=month,
        period_from=min(row.period_from for row in rows),
        period_to=max(row.period_to for row in rows),
        energy_kwh=sum((row.energy_kwh for row in rows), ZERO),
        gross_amount=sum((row.gross_amount for row in rows), ZERO),
        is_estimated=any(row.is_estimated for row in rows),
        year_before_kwh=sum((row.energy_kwh for row in earlier), ZERO) if earlier else None,
        year_before_gross=sum((row.gross_amount for row in earlier), ZERO) if earlier else None,
    )


def chart(
    periods: Sequence[BilledPeriod], *, medium: str, unit: str, language: str, supply_point: str = ""
) -> Chart:
    """Draw the chart in kWh or PLN (``unit`` kwh or pln)."""
    shown = months(periods, medium=medium, supply_point=supply_point)
    bars = [_bar(row, unit, language) for row in shown]
    latest = shown[-1] if shown else None
    words = "Zużycie w kolejnych okresach" if language == "pl" else "Consumption by period"
    return Chart(
        medium=medium,
        unit=unit,
        svg=charts.bar_chart(bars, medium, words, chart_id=f"use-{medium}"),
        months=shown,
        latest=latest,
        change=_change(latest),
        has_estimates=any(row.is_estimated for row in shown),
        has_previous=any(row.year_before_kwh for row in shown),
        total_kwh=sum((row.energy_kwh for row in shown), ZERO),
        total_gross=sum((row.gross_amount for row in shown), ZERO),
    )


def history(uses: Sequence[PeriodUse], *, until: date, medium: str, language: str) -> Markup:
    """Draw the last thirteen billing periods of one point up to a day, as they stood on the document."""
    shown = [use for use in uses if use.period_from <= until][-SHOWN_MONTHS - 1 :]
    bars = [
        charts.Bar(
            label=formatting.month_short(use.period_from, language),
            value=use.energy_kwh,
            text=formatting.number(use.energy_kwh, 0, language),
            kind="estimated" if use.is_estimated else "actual",
        )
        for use in shown
    ]
    words = "Zużycie w kolejnych okresach" if language == "pl" else "Consumption by period"
    return charts.bar_chart(bars, medium, words, chart_id="history") if len(bars) > 1 else Markup("")


def _bar(row: Month, unit: str, language: str) -> charts.Bar:
    value, previous = row.energy_kwh, row.year_before_kwh
    if unit == "pln":
        value, previous = row.gross_amount, row.year_before_gross
    return charts.Bar(
        label=formatting.month_short(row.month, language),
        value=max(value, ZERO),
        text=formatting.number(value, 0, language),
        previous=None if previous is None else max(previous, ZERO),
        kind="estimated" if row.is_estimated else "actual",
    )


def _change(latest: Month | None) -> Decimal | None:
    if latest is None or not latest.year_before_kwh:
        return None
    return (latest.energy_kwh - latest.year_before_kwh) / latest.year_before_kwh
