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

rows["check"] = rows["check_code"].map(t)
rows["result"] = [
    f"✔ {t('reconciled')}" if agrees else f"✘ {t('differs')}" for agrees in rows["is_reconciled"]
]
columns = {
    "check": page.text(t("check")),
    "amount_a": page.money(t("source_a")),
    "amount_b": page.money(t("source_b")),
    "difference": page.money(t("difference")),
    "result": page.text(t("result")),
}
months = sorted(rows["report_month"].unique(), reverse=True)
asked = st.query_params.get("month") or st.session_state.get("kept_month")
with st.container(border=True):
    picked = st.selectbox(
        t("month"),
        months,
        index=next((place for place, day in enumerate(months) if str(day) == asked), 0),
        format_func=lambda day: fmt.month(day, texts.language()),
        width=220,
    )
    st.session_state["kept_month"] = st.query_params["month"] = str(picked)
    page.grid(rows[rows["report_month"] == picked], columns)
with st.container(border=True):
    st.subheader(t("balances"), anchor=False)
    if differences.empty:
        st.caption(f"✔ {t('reconciled')}")
    else:
        page.grid(
            differences,
            {
                "customer_number": page.text(t("customer_number")),
                "ledger_balance": page.money(t("ledger_balance")),
                "warehouse_balance": page.money(t("warehouse_balance")),
                "open_items_balance": page.money(t("open_items_balance")),
            },
        )
page.table(rows, "reconciliation", {"report_month": page.month(t("month")), **columns})
