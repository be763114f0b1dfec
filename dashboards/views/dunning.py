"""Dunning: open cases by stage, and what each step brought in."""

from __future__ import annotations

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

segment = page.header("dunning", "segment", ("all", "household", "business", "public"))
language = texts.language()
funnel, steps = data.dunning_funnel(segment), data.dunning_steps(segment)
if funnel.empty and steps.empty:
    st.info(t("no_dunning"))
    st.stop()

with st.container(horizontal=True):
    cases = int(funnel["cases"].sum()) if not funnel.empty else 0
    overdue = funnel["overdue_amount"].sum() if not funnel.empty else 0
    st.metric(t("open_cases"), fmt.number(cases), border=True)
    st.metric(t("overdue_of_cases"), fmt.pln_short(overdue, language), border=True)
    st.metric(t("steps_fired"), fmt.number(int(steps["steps"].sum()) if not steps.empty else 0), border=True)

if not funnel.empty:
    with st.container(border=True):
        st.subheader(t("dunning_funnel"), anchor=False)
        amounts = list(funnel["overdue_amount"])
        page.figure(
            charts.shares(
                [t(f"stage_{stage}") for stage in funnel["stage"]],
                amounts,
                [charts.BRAND] * len(amounts),
                [
                    f"{fmt.pln_short(amount, language)} \u00b7 {fmt.number(count)}"
                    for amount, count in zip(amounts, funnel["cases"], strict=True)
                ],
            ),
            "dunning_funnel",
        )
if not steps.empty:
    steps["step"] = steps["step_kind"].map(lambda kind: t(f"step_{kind}"))
    page.table(
        steps,
        "dunning",
        {
            "fired_month": page.month(t("month")),
            "step": page.text(t("step")),
            "steps": page.count(t("steps_fired")),
            "total_amount": page.money(t("asked_for")),
            "collected_amount": page.money(t("collected_since")),
        },
    )
