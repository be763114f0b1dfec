"""Overview: what was sold, billed and paid, month by month."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

page.header("overview")
rows = data.overview().tail(13)
if rows.empty:
    st.info(t("no_rows"))
    st.stop()

rows["energy_kwh"] = rows["electricity_kwh"] + rows["gas_kwh"]
last = rows.iloc[-1]
before = rows.iloc[-2] if len(rows) > 1 else None
labels = [fmt.month(day, texts.language()) for day in rows["report_month"]]


def tile(label_key: str, column: str, show: Callable[[Decimal], str]) -> None:
    """Show one figure of the last month with its change and its course."""
    change = None if before is None else last[column] - before[column]
    text = None if change is None else ("+" if change > 0 else "") + show(change)
    st.metric(
        t(label_key),
        show(last[column]),
        text,
        border=True,
        chart_data=[float(v) for v in rows[column]],
        chart_type="area",
        help=t("against_previous"),
    )


with st.container(horizontal=True):
    tile("net", "net_amount", fmt.pln_short)
    tile("energy", "energy_kwh", fmt.energy)
    tile("documents", "invoices", fmt.number)
    tile("corrections", "corrections", fmt.number)
    tile("payments", "payments_amount", fmt.pln_short)
    tile("active_points", "active_points", fmt.number)

left, right = st.columns(2)
with left.container(border=True):
    st.subheader(t("billed_and_paid"), anchor=False)
    page.figure(
        charts.amounts_by_month(
            labels,
            [
                (t("gross"), rows["gross_amount"], charts.BRAND),
                (t("payments"), rows["payments_amount"], charts.AMBER),
            ],
        ),
        "billed_and_paid",
    )
with right.container(border=True):
    st.subheader(t("energy_by_month"), anchor=False)
    page.figure(
        charts.energy_by_month(
            labels, rows["electricity_kwh"], rows["gas_kwh"], (t("electricity"), t("gas"))
        ),
        "energy",
    )
page.table(
    rows.iloc[::-1],
    "overview",
    {
        "report_month": t("month"),
        "invoices": t("documents"),
        "corrections": t("corrections"),
        "net_amount": t("net"),
        "vat_amount": t("vat"),
        "gross_amount": t("gross"),
        "electricity_kwh": f"{t('electricity')} (kWh)",
        "gas_kwh": f"{t('gas')} (kWh)",
        "payments_amount": t("payments"),
        "suspense_amount": t("suspense"),
        "active_points": t("active_points"),
    },
)
