"""Billing completeness: is every supply point billed for every month, and if not, why and for how much."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

medium = page.header("completeness", "medium", ("all", "electricity", "gas"))
language = texts.language()
rows = data.completeness(medium)
if rows.empty:
    st.info(t("no_rows"))
    st.stop()

due = rows[rows["billing_status"] != "not_due"]
billed = int(due[due["billing_status"].isin(["billed", "estimated"])]["points"].sum())
estimated = int(due[due["billing_status"] == "estimated"]["points"].sum())
missing = due[due["billing_status"].isin(["blocked", "not_issued"])]
billed_share = Decimal(billed) / max(int(due["points"].sum()), 1)
at_stake = Decimal(missing["amount_at_stake"].sum())
with st.container(horizontal=True):
    st.metric(t("billed_share"), fmt.percent(billed_share), border=True, help=t("billed_share_help"))
    st.metric(
        t("estimated_share"),
        fmt.percent(Decimal(estimated) / max(billed, 1)),
        border=True,
        help=t("estimated_help"),
    )
    st.metric(
        t("unbilled_points"), fmt.number(int(missing["points"].sum())), border=True, help=t("unbilled_help")
    )
    st.metric(t("at_stake"), fmt.pln_short(at_stake, language), border=True, help=t("at_stake_help"))

wide = rows.pivot_table(
    index="delivery_month", columns="billing_status", values="points", aggfunc="sum", fill_value=0
)
left, right = st.columns([1.7, 1])
with left.container(border=True):
    st.subheader(t("status_by_month"), anchor=False)
    months = list(wide.index)
    axis = charts.Axis(fmt.month_axis(months, language), [fmt.month(day, language) for day in months])
    page.figure(
        charts.stacked(wide, axis, {state: t(state) for state in wide.columns}, charts.STATUS_COLOURS),
        "states",
    )
with right.container(border=True):
    st.subheader(t("causes"), anchor=False)
    causes = data.causes(medium)
    if causes.empty:
        st.success(t("nothing_missing"), icon=":material/check_circle:")
    else:
        page.grid(
            causes.assign(cause=causes["cause"].map(t)),
            {
                "cause": page.text(t("cause")),
                "points": page.count(t("points")),
                "amount_at_stake": page.money(t("amount")),
            },
        )

with st.container(border=True):
    st.subheader(t("energy_balance"), anchor=False)
    balance = data.energy_balance(medium)
    page.grid(
        balance.assign(medium=balance["medium"].map(t)),
        {
            "medium": page.text(t("medium")),
            "delivered_kwh": page.count(t("delivered_kwh")),
            "billed_kwh": page.count(t("billed_kwh")),
            "unbilled_kwh": page.count(t("unbilled_kwh")),
            "difference_kwh": page.Column(t("difference"), lambda value: fmt.number(value, 3)),
            "points_that_differ": page.count(t("points_that_differ")),
        },
    )
page.table(
    rows.assign(state=rows["billing_status"].map(t)).iloc[::-1],
    "completeness",
    {
        "delivery_month": page.month(t("month")),
        "state": page.text(t("state")),
        "points": page.count(t("points")),
        "energy_kwh": page.count("kWh"),
        "amount_at_stake": page.money(t("at_stake")),
    },
)
