"""Switching: cases by state, days by station, reasons of rejections, starts, deadlines at risk."""

from __future__ import annotations

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

medium = page.header("switching", "medium", ("all", "electricity", "gas"))
language = texts.language()
stages = data.switching_stages(medium)
if stages.empty:
    st.info(t("no_switching"))
    st.stop()

risks, starts = data.switching_risks(medium), data.switching_starts(medium)
with st.container(horizontal=True):
    active = int(stages.loc[stages["status"] == "ACTIVE", "cases"].sum())
    late = int((risks["days_to_deadline"] < 0).sum()) if not risks.empty else 0
    st.metric(t("switching_cases"), fmt.number(int(stages["cases"].sum())), border=True)
    st.metric(t("switching_active"), fmt.number(active), border=True)
    st.metric(t("switching_late"), fmt.number(late), border=True)


def _bars(title: str, labels: list[str], counts: list[int]) -> None:
    """Draw a bar for each label with its count."""
    with st.container(border=True):
        st.subheader(t(title), anchor=False)
        page.figure(
            charts.shares(
                labels, counts, [charts.BRAND] * len(counts), [fmt.number(count) for count in counts]
            ),
            title,
        )


_bars(
    "switching_funnel",
    [t(f"case_{status}") for status in stages["status"]],
    [int(count) for count in stages["cases"]],
)
rejections = data.switching_rejections()
if not rejections.empty:
    _bars(
        "switching_rejections",
        list(rejections["rejection_code"]),
        [int(count) for count in rejections["rejections"]],
    )
st.subheader(t("switching_days"), anchor=False)
page.table(
    data.switching_days(medium),
    "switching_days",
    {
        "dso_code": page.text(t("dso")),
        "cases": page.count(t("switching_cases")),
        "paper_days": page.count(t("paper_days")),
        "notify_days": page.count(t("notify_days")),
        "verification_days": page.count(t("verification_days")),
        "start_days": page.count(t("start_days")),
        "delayed_kwh": page.count(t("delayed_kwh")),
    },
)
st.subheader(t("switching_starts"), anchor=False)
page.table(
    starts,
    "switching_starts",
    {
        "starts_month": page.month(t("month")),
        "starts": page.count(t("starts")),
        "leaves": page.count(t("leaves")),
    },
)
if not risks.empty:
    st.subheader(t("switching_risks"), anchor=False)
    risks["status"] = risks["status"].map(lambda status: t(f"case_{status}"))
    page.table(
        risks[["case_number", "customer_number", "dso_code", "status", "days_to_deadline"]],
        "switching_risks",
        {
            "case_number": page.text(t("case_number")),
            "customer_number": page.text(t("customer_number")),
            "dso_code": page.text(t("dso")),
            "status": page.text(t("status")),
            "days_to_deadline": page.count(t("days_to_deadline")),
        },
    )
