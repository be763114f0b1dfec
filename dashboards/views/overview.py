"""Overview: what was sold, billed and paid, month by month."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

page.header("overview")
language = texts.language()
rows = data.overview().tail(13)
if rows.empty:
    st.info(t("no_rows"))
    st.stop()

rows["energy_kwh"] = rows["electricity_kwh"] + rows["gas_kwh"]
last = rows.iloc[-1]
before = rows.iloc[-2] if len(rows) > 1 else None
months = list(rows["report_month"])
axis = charts.Axis(fmt.month_axis(months, language), [fmt.month(day, language) for day in months])


def tile(label_key: str, column: str, show: Callable[[Decimal], str], *, help_key: str) -> None:
    """Show one figure of the last month with its change and its course."""
    change = None if before is None else last[column] - before[column]
    st.metric(
        t(label_key),
        show(last[column]),
        None if change is None else fmt.signed(show(change), change),
        delta_color="off",
        border=True,
        chart_data=[float(value) for value in rows[column]],
        chart_type="area",
        help=f"{t(help_key)} ({fmt.month(last['report_month'], language)}; {t('against_previous')})",
    )


def amount(value: Decimal) -> str:
    """Return an amount for a tile in the language of the page."""
    return fmt.pln_short(value, language)


with st.container(horizontal=True):
    tile("net", "net_amount", amount, help_key="net_help")
    tile("energy", "energy_kwh", fmt.energy, help_key="energy_help")
    tile("payments", "payments_amount", amount, help_key="payments_help")
    tile("active_points", "active_points", fmt.number, help_key="points_help")

left, right = st.columns(2)
with left.container(border=True):
    st.subheader(t("billed_and_paid"), anchor=False)
    divide_by, unit = fmt.scale_of(float(rows[["gross_amount", "payments_amount"]].max().max()), language)
    page.figure(
        charts.bars(
            axis,
            [
                charts.Series(t("gross"), rows["gross_amount"], charts.BRAND),
                charts.Series(t("payments"), rows["payments_amount"], charts.AMBER),
            ],
            mode="group",
            unit=unit,
            divide_by=divide_by,
        ),
        "billed_and_paid",
    )
with right.container(border=True):
    st.subheader(t("energy_by_month"), anchor=False)
    page.figure(
        charts.bars(
            axis,
            [
                charts.Series(t("electricity"), rows["electricity_kwh"], charts.AMBER),
                charts.Series(t("gas"), rows["gas_kwh"], charts.BLUE),
            ],
            mode="relative",
            unit="MWh",
            divide_by=1000,
        ),
        "energy",
    )
page.table(
    rows.iloc[::-1],
    "overview",
    {
        "report_month": page.month(t("month")),
        "invoices": page.count(t("documents")),
        "corrections": page.count(t("corrections")),
        "net_amount": page.money(t("net")),
        "vat_amount": page.money(t("vat")),
        "gross_amount": page.money(t("gross")),
        "electricity_kwh": page.count(f"{t('electricity')} (kWh)"),
        "gas_kwh": page.count(f"{t('gas')} (kWh)"),
        "payments_amount": page.money(t("payments")),
        "suspense_amount": page.money(t("suspense")),
        "active_points": page.count(t("active_points")),
    },
)
