"""Receivables and ageing: what customers owe, how old it is and who owes most."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

DAYS = 90
segment = page.header("receivables", "segment", ("all", "household", "business", "public"))
language = texts.language()
summary = data.receivables_summary(segment)
if summary.empty:
    st.info(t("no_rows"))
    st.stop()

figures = summary.set_index("as_of_date").astype(float)
summary["dso"] = (figures["open_amount"] / figures["billed_90_days"].where(lambda v: v > 0) * DAYS).to_numpy()
summary["collected"] = (
    figures["paid_amount"] / figures["due_amount"].where(lambda v: v > 0) * 100
).to_numpy()
last, before = summary.iloc[-1], summary.iloc[-2] if len(summary) > 1 else None


def tile(key: str, column: str, *, unit: str = "", is_good_when: str = "low") -> None:
    """Show one figure of today with its change since the end of last month and its course over a year."""
    course = [float(value) for value in summary[column].dropna()]
    if pd.isna(last[column]):  # nothing was billed or due yet
        st.metric(t(key), "\u2013", border=True, help=t(f"{key}_help"))
        return

    def show(value: Decimal, unit: str = unit) -> str:
        return f"{fmt.number(value, 1)}{fmt.NBSP}{unit}" if unit else fmt.pln_short(value, language)

    change = None
    if before is not None and pd.notna(before[column]):
        change = last[column] - before[column]
    st.metric(
        t(key),
        show(last[column]),
        None if change is None else fmt.signed(show(change, "pp" if unit == "%" else unit), change),
        delta_color="inverse" if is_good_when == "low" else "normal",
        border=True,
        chart_data=course,
        chart_type="area",
        help=t(f"{key}_help"),
    )


with st.container(horizontal=True):
    tile("receivable", "open_amount")
    tile("overdue", "overdue_amount")
    tile("dso", "dso", unit=t("days"))
    tile("collected", "collected", unit="%", is_good_when="high")

rows = data.receivables_by_month_end(segment)
wide = rows.pivot_table(index="as_of_date", columns="ageing_bucket", values="open_amount", aggfunc="sum")
wide = wide.astype(float).reindex(summary["as_of_date"]).fillna(0.0)
names = {
    bucket: t(bucket) if bucket == "current" else bucket.replace("-", "\u2013")
    for bucket in charts.BUCKET_COLOURS
}
left, right = st.columns([1.7, 1])
with left.container(border=True):
    st.subheader(t("age_structure"), anchor=False)
    days = list(wide.index)
    axis = charts.Axis(fmt.month_axis(days, language), [fmt.day_text(day, language) for day in days])
    divide_by, unit = fmt.scale_of(float(wide.sum(axis=1).max()), language)
    page.figure(
        charts.stacked(wide, axis, names, charts.BUCKET_COLOURS, unit=unit, divide_by=divide_by), "ageing"
    )
with right.container(border=True):
    st.subheader(t("age_today"), anchor=False)
    buckets = [bucket for bucket in charts.BUCKET_COLOURS if bucket in wide.columns]
    amounts = [wide.iloc[-1][bucket] for bucket in buckets]
    page.figure(
        charts.shares(
            [names[bucket] for bucket in buckets],
            amounts,
            [charts.BUCKET_COLOURS[bucket] for bucket in buckets],
            [fmt.pln_short(amount, language) for amount in amounts],
        ),
        "today",
    )

with st.container(border=True):
    st.subheader(t("largest_debtors"), anchor=False)
    debtors = data.largest_debtors(segment)
    if debtors.empty:
        st.caption(t("no_debtors"))
        st.stop()
    columns = {
        "customer_number": page.text(t("customer_number")),
        "customer_name": page.text(t("customer")),
        "segment": page.text(t("segment")),
        "overdue_amount": page.money(t("arrears")),
        "ledger_balance": page.money(t("balance")),
        "oldest_days_overdue": page.count(t("days_overdue")),
    }
    debtors["segment"] = debtors["customer_kind"].map(t)
    debtors["share"] = debtors["share"].astype(float)
    page.grid(
        debtors,
        columns | {"trend": page.text(t("months_trend")), "share": page.text(t("share"))},
        column_config={
            "trend": st.column_config.LineChartColumn(t("months_trend"), y_min=0),
            "share": st.column_config.ProgressColumn(t("share"), format="percent", min_value=0, max_value=1),
        },
    )
    page.files(debtors, "debtors", columns)
