"""Campaigns: the funnel of leads, what each campaign and side brought, what it cost and earned."""

from __future__ import annotations

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

segment = page.header("campaigns", "segment", ("all", "household", "business", "public"))
language = texts.language()
funnel, results = data.sales_funnel(segment), data.campaign_results()
if funnel.empty and results.empty:
    st.info(t("no_campaigns"))
    st.stop()

if not results.empty:
    cost, accepted = results["cost_amount"].sum(), int(results["accepted"].sum())
    with st.container(horizontal=True):
        st.metric(t("campaign_cost"), fmt.pln_short(cost, language), border=True)
        st.metric(t("accepted_offers"), fmt.number(accepted), border=True)
        st.metric(t("cac"), fmt.pln_short(cost / accepted, language) if accepted else "–", border=True)
        st.metric(
            t("expected_margin"),
            fmt.pln_short(results["expected_margin_amount"].sum(), language),
            border=True,
        )
        st.metric(
            t("earned_margin"), fmt.pln_short(results["earned_margin_amount"].sum(), language), border=True
        )
if not funnel.empty:
    steps = ("leads", "contacted", "qualified", "offered", "won")
    counts = [int(funnel[step].sum()) for step in steps]
    with st.container(border=True):
        st.subheader(t("sales_funnel"), anchor=False)
        page.figure(
            charts.shares(
                [t(f"funnel_{step}") for step in steps],
                counts,
                [charts.BRAND] * len(steps),
                [fmt.number(count) for count in counts],
            ),
            "sales_funnel",
        )
if not results.empty:
    page.table(
        results,
        "campaigns",
        {
            "campaign_code": page.text(t("campaign")),
            "side": page.text(t("campaign_side")),
            "members": page.count(t("people")),
            "allowed": page.count(t("with_consent")),
            "contacted": page.count(t("funnel_contacted")),
            "leads": page.count(t("funnel_leads")),
            "offers": page.count(t("funnel_offered")),
            "accepted": page.count(t("accepted_offers")),
            "contracts": page.count(t("contracts")),
            "cost_amount": page.money(t("campaign_cost_pln")),
            "expected_margin_amount": page.money(t("expected_margin_pln")),
            "earned_margin_amount": page.money(t("earned_margin_pln")),
        },
    )
