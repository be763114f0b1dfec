"""Interest: what runs on overdue bills, what notes asked for, what of it was paid and what was waived."""

from __future__ import annotations

import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

segment = page.header("interest", "segment", ("all", "household", "business", "public"))
language = texts.language()
totals = data.interest_totals(segment)
with st.container(horizontal=True):
    for key in ("accrued_amount", "asked_amount", "waived_amount", "waiting_amount"):
        st.metric(t(key), fmt.pln_short(totals[key], language), border=True, help=t(f"{key}_help"))

rows = data.interest_by_month(segment).tail(13)
if rows.empty:
    st.info(t("no_notes"))
    st.stop()
months = list(rows["report_month"])
axis = charts.Axis(fmt.month_axis(months, language), [fmt.month(day, language) for day in months])
divide_by, unit = fmt.scale_of(float(rows[["interest_amount", "compensation_amount"]].max().max()), language)
with st.container(border=True):
    st.subheader(t("notes_by_month"), anchor=False)
    page.figure(
        charts.bars(
            axis,
            [
                charts.Series(t("interest_amount"), rows["interest_amount"], charts.BRAND),
                charts.Series(t("compensation_amount"), rows["compensation_amount"], charts.AMBER),
                charts.Series(t("settled_amount"), rows["settled_amount"], charts.BLUE),
            ],
            mode="group",
            unit=unit,
            divide_by=divide_by,
        ),
        "notes_by_month",
    )
page.table(
    rows.iloc[::-1],
    "interest",
    {
        "report_month": page.month(t("month")),
        "notes": page.count(t("notes")),
        "interest_amount": page.money(t("interest_amount")),
        "compensation_amount": page.money(t("compensation_amount")),
        "settled_amount": page.money(t("settled_amount")),
        "waived_amount": page.money(t("waived_amount")),
    },
)
