"""Receivables and ageing: what customers owe, how old it is and who owes most."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

page.header("receivables")
segment = page.choice("segment", ("all", "household", "business", "public"), "segment")
rows = data.receivables_by_month_end(segment)
if rows.empty:
    st.info(t("no_rows"))
    st.stop()

wide = rows.pivot_table(index="as_of_date", columns="ageing_bucket", values="open_amount", aggfunc="sum")
totals = wide.sum(axis=1)
overdue = totals - wide.get("current", 0)
share = (overdue / totals.where(totals > 0, Decimal(1))).iloc[-1]
with st.container(horizontal=True):
    st.metric(
        t("receivable_total"),
        fmt.pln_short(totals.iloc[-1]),
        border=True,
        chart_data=[float(v) for v in totals],
        chart_type="area",
    )
    st.metric(
        t("overdue"),
        fmt.pln_short(overdue.iloc[-1]),
        border=True,
        chart_data=[float(v) for v in overdue],
        chart_type="area",
    )
    st.metric(t("overdue_share"), fmt.percent(share), border=True)
    st.metric(t("credits"), fmt.pln_short(data.free_credits(segment)["amount"].iloc[0]), border=True)

names = {
    bucket: t(bucket) if bucket == "current" else f"{bucket}".replace("-", "\u2013")
    for bucket in charts.BUCKET_COLOURS
}
left, right = st.columns([1.6, 1])
with left.container(border=True):
    st.subheader(t("age_structure"), anchor=False)
    page.figure(
        charts.stacked_by_day(wide, [fmt.day_text(day, texts.language()) for day in wide.index], names),
        "ageing",
    )
with right.container(border=True):
    st.subheader(t("age_today"), anchor=False)
    today = wide.iloc[-1]
    buckets = [bucket for bucket in charts.BUCKET_COLOURS if bucket in wide.columns]
    page.figure(
        charts.shares(
            [names[b] for b in buckets],
            [float(today[b]) for b in buckets],
            [charts.BUCKET_COLOURS[b] for b in buckets],
        ),
        "today",
    )

with st.container(border=True):
    st.subheader(t("largest_debtors"), anchor=False)
    debtors = data.largest_debtors(segment)
    page.table(
        debtors.assign(customer_kind=debtors["customer_kind"].map(t)),
        "debtors",
        {
            "customer_number": t("customer_number"),
            "customer_name": t("customer"),
            "customer_kind": t("segment"),
            "overdue_amount": t("arrears"),
            "ledger_balance": t("balance"),
            "oldest_days_overdue": t("days_overdue"),
        },
        expanded=True,
    )
