"""Cash: what came to the bank and left it, against what was due, week by week."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import streamlit as st

from dashboards import charts, data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

WEEKS = 26
COLUMNS = ["received_amount", "unmatched_amount", "paid_out_amount", "due_amount", "refunds_amount"]

page.header("cash")
language = texts.language()
day = data.as_of()["business_day"]
rows = data.cash(day - timedelta(weeks=WEEKS), day)
if rows.empty:
    st.info(t("no_rows"))
    st.stop()

month = rows[[item > day - timedelta(days=30) for item in rows["business_date"]]]
with st.container(horizontal=True):
    for key, column in (
        ("received_30", "received_amount"),
        ("due_30", "due_amount"),
        ("paid_out_30", "paid_out_amount"),
        ("refunds_30", "refunds_amount"),
    ):
        st.metric(
            t(key), fmt.pln_short(month[column].sum() or 0, language), border=True, help=t(f"{key}_help")
        )

rows["week"] = [item - timedelta(days=item.weekday()) for item in rows["business_date"]]
weeks: pd.DataFrame = rows.groupby("week", as_index=False)[COLUMNS].sum()
axis = charts.Axis(
    [fmt.day_text(item, language) for item in weeks["week"]],
    [fmt.day_text(item, language) for item in weeks["week"]],
)
divide_by, unit = fmt.scale_of(float(weeks[["received_amount", "due_amount"]].max().max()), language)
with st.container(border=True):
    st.subheader(t("received_and_due"), anchor=False)
    page.figure(
        charts.bars(
            axis,
            [
                charts.Series(t("due_amount"), weeks["due_amount"], charts.AMBER),
                charts.Series(t("received_amount"), weeks["received_amount"], charts.BRAND),
            ],
            mode="group",
            unit=unit,
            divide_by=divide_by,
        ),
        "received_and_due",
    )
weeks["day"] = [fmt.day_text(item, language) for item in weeks["week"]]
page.table(
    weeks.iloc[::-1],
    "cash",
    {
        "day": page.text(t("week_of")),
        "due_amount": page.money(t("due_amount")),
        "received_amount": page.money(t("received_amount")),
        "unmatched_amount": page.money(t("unmatched_amount")),
        "paid_out_amount": page.money(t("paid_out_amount")),
        "refunds_amount": page.money(t("refunds_amount")),
    },
)
