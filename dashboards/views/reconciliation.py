"""Month reconciliation: every pair of sources that must agree, to the grosz."""

from __future__ import annotations

import streamlit as st

from dashboards import data, page, texts
from dashboards import format as fmt
from dashboards.texts import t

page.header("reconciliation")
rows = data.reconciliation()
if rows.empty:
    st.info(t("no_rows"))
    st.stop()

differences = data.balance_differences()
if rows["is_reconciled"].all() and differences.empty:
    st.success(t("all_reconciled"), icon=":material/check_circle:")
else:
    st.error(t("some_differ"), icon=":material/error:")

months = sorted(rows["report_month"].unique(), reverse=True)
wanted = st.query_params.get("month", str(months[0]))
index = next((i for i, day in enumerate(months) if str(day) == wanted), 0)
month = st.selectbox(
    t("month"), months, index=index, format_func=lambda day: fmt.month(day, texts.language())
)
st.query_params["month"] = str(month)
of_month = rows[rows["report_month"] == month]
shown = of_month.assign(
    check=of_month["check_code"].map(t),
    a=of_month["amount_a"].map(lambda v: fmt.number(v, 2)),
    b=of_month["amount_b"].map(lambda v: fmt.number(v, 2)),
    diff=of_month["difference"].map(lambda v: fmt.number(v, 2)),
    result=of_month["is_reconciled"].map(lambda ok: f"✔ {t('reconciled')}" if ok else f"✘ {t('differs')}"),
)
columns = {
    "check": t("check"),
    "a": t("source_a"),
    "b": t("source_b"),
    "diff": t("difference"),
    "result": t("result"),
}
with st.container(border=True):
    st.dataframe(shown[list(columns)].rename(columns=columns), hide_index=True, width="stretch")
with st.container(border=True):
    st.subheader(t("balances"), anchor=False)
    if differences.empty:
        st.caption(f"✔ {t('reconciled')}")
    else:
        st.dataframe(differences, hide_index=True, width="stretch")
page.table(
    rows,
    "reconciliation",
    {
        "report_month": t("month"),
        "check_code": t("check"),
        "amount_a": t("source_a"),
        "amount_b": t("source_b"),
        "difference": t("difference"),
        "is_reconciled": t("result"),
    },
)
