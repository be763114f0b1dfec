"""Estimates scored against the reading that came later: how good is each method, and where was it far off."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from dashboards import data, page, texts
from dashboards import format as fmt
from dashboards.texts import t


def _share(part: Decimal, whole: Decimal) -> str:
    """Return part / whole in per cent, a dash when there is nothing to compare with."""
    return fmt.percent(part / whole) if whole else "–"


medium = page.header("estimation", "medium", ("all", "electricity", "gas"))
language = texts.language()
rows = data.estimation_errors(medium)
if rows.empty:
    st.info(t("no_estimates"))
    st.stop()

actual = Decimal(rows["actual_kwh"].sum())
with st.container(horizontal=True):
    st.metric(t("estimates"), fmt.number(int(rows["estimates"].sum())), border=True)
    st.metric(t("settled"), fmt.number(int(rows["settled"].sum())), border=True, help=t("settled_help"))
    for key, column in (("absolute_error", "absolute_error_kwh"), ("bias", "error_kwh")):
        st.metric(t(key), _share(Decimal(rows[column].sum()), actual), border=True, help=t(f"{key}_help"))

with st.container(border=True):
    st.subheader(t("errors_by_method"), anchor=False)
    page.grid(
        rows.assign(
            method=rows["method"].map(t),
            absolute_share=[
                _share(*pair) for pair in zip(rows["absolute_error_kwh"], rows["actual_kwh"], strict=True)
            ],
            bias_share=[_share(*pair) for pair in zip(rows["error_kwh"], rows["actual_kwh"], strict=True)],
        ),
        {
            "method": page.text(t("method")),
            "estimates": page.count(t("estimates")),
            "settled": page.count(t("settled")),
            "estimated_kwh": page.count(t("estimated_kwh")),
            "actual_kwh": page.count(t("actual_kwh")),
            "absolute_share": page.text(t("absolute_error")),
            "bias_share": page.text(t("bias")),
        },
    )
with st.container(border=True):
    st.subheader(t("largest_errors"), anchor=False)
    largest = data.largest_estimation_errors(medium)
    page.grid(
        largest.assign(method=largest["method"].map(t)),
        {
            "supply_point_code": page.text(t("supply_point_code")),
            "tariff_group": page.text(t("tariff_group")),
            "method": page.text(t("method")),
            "estimated_kwh": page.count(t("estimated_kwh")),
            "actual_kwh": page.count(t("actual_kwh")),
            "error_kwh": page.count(t("error_kwh")),
        },
    )
