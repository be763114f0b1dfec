"""Billing completeness: is every supply point billed for every month, and if not, why and for how much."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

page.header("completeness")
medium = page.choice("medium", ("all", "electricity", "gas"), "medium")
rows = data.completeness(medium)
if rows.empty:
    st.info(t("no_rows"))
    st.stop()

due = rows[rows["billing_status"] != "not_due"]
billed = due[due["billing_status"].isin(["billed", "estimated"])]["points"].sum()
estimated = due[due["billing_status"] == "estimated"]["points"].sum()
all_due = max(int(due["points"].sum()), 1)
missing = due[due["billing_status"].isin(["blocked", "not_issued"])]
with st.container(horizontal=True):
    st.metric(t("billed_share"), fmt.percent(Decimal(int(billed)) / all_due), border=True)
    st.metric(t("estimated_share"), fmt.percent(Decimal(int(estimated)) / max(int(billed), 1)), border=True)
    st.metric(t("unbilled_points"), fmt.number(int(missing["points"].sum())), border=True)
    st.metric(t("at_stake"), fmt.pln_short(missing["amount_at_stake"].sum()), border=True)

wide = rows.pivot_table(
    index="delivery_month", columns="billing_status", values="points", aggfunc="sum", fill_value=0
)
left, right = st.columns([1.6, 1])
with left.container(border=True):
    st.subheader(t("status_by_month"), anchor=False)
    labels = [fmt.month(day, texts.language()) for day in wide.index]
    page.figure(charts.states_by_month(wide, labels, {state: t(state) for state in wide.columns}), "states")
with right.container(border=True):
    st.subheader(t("causes"), anchor=False)
    causes = data.causes(medium)
    if causes.empty:
        st.success(t("billed"), icon=":material/check_circle:")
    else:
        st.dataframe(
            causes.rename(
                columns={"cause": t("cause"), "points": t("points"), "amount_at_stake": t("amount")}
            ),
            hide_index=True,
            width="stretch",
        )

with st.container(border=True):
    st.subheader(t("energy_balance"), anchor=False)
    balance = data.energy_balance(medium)
    balance["medium"] = balance["medium"].map(t)
    columns = {
        "medium": t("medium"),
        "delivered_kwh": t("delivered_kwh"),
        "billed_kwh": t("billed_kwh"),
        "unbilled_kwh": t("unbilled_kwh"),
        "difference_kwh": t("difference"),
    }
    st.dataframe(balance[list(columns)].rename(columns=columns), hide_index=True, width="stretch")
page.table(
    rows.iloc[::-1].assign(billing_status=rows["billing_status"].map(t)),
    "completeness",
    {
        "delivery_month": t("month"),
        "billing_status": t("result"),
        "points": t("points"),
        "energy_kwh": "kWh",
        "amount_at_stake": t("at_stake"),
    },
)
