"""Router of E-BI: who may come in, which pages there are and in which language. Start with `iris up`."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

# Streamlit runs this file as a script, so the package's folder has to be found first.
if (root := str(Path(__file__).resolve().parent.parent)) not in sys.path:
    sys.path.insert(0, root)

from dashboards import access, texts
from dashboards.texts import t

st.set_page_config(
    page_title="E-BI · IRIS", page_icon=str(Path(__file__).parent / "static" / "favicon.svg"), layout="wide"
)
st.html(
    "<style>"
    ".stMainBlockContainer{padding:2.6rem 3rem 3rem;max-width:1400px}"
    "[data-testid='stMetricValue']{font-variant-numeric:tabular-nums;letter-spacing:-.015em}"
    "[data-testid='stMetric']{min-width:11rem}"
    "h1{letter-spacing:-.015em}"
    "@media (max-width:640px){.stMainBlockContainer{padding:3.2rem 1rem 2rem}"
    "[data-testid='stMetric']{min-width:9rem}}"
    "@media print{[data-testid='stSidebar'],[data-testid='stHeader'],.stDownloadButton{display:none}}"
    "</style>"
)
access.require()


def _page(key: str, icon: str, *, default: bool = False) -> st.Page:
    """Return the page of a file in views/ under its Polish or English name."""
    return st.Page(
        f"views/{key}.py",
        title=t(key),
        icon=f":material/{icon}:",
        url_path=None if default else key,
        default=default,
    )


page = st.navigation(
    {
        t("section_board"): [_page("overview", "dashboard", default=True)],
        t("section_billing"): [_page("completeness", "fact_check"), _page("estimation", "query_stats")],
        t("section_finance"): [
            _page("receivables", "account_balance_wallet"),
            _page("cash", "payments"),
            _page("interest", "percent"),
            _page("dunning", "notifications"),
        ],
        t("section_sales"): [_page("campaigns", "campaign"), _page("switching", "swap_horiz")],
        t("section_close"): [_page("reconciliation", "balance")],
    }
)
with st.sidebar:
    picked = st.segmented_control(
        t("language"),
        ("pl", "en"),
        default=texts.language(),
        format_func=str.upper,
        label_visibility="collapsed",
        key="language",
        required=True,
    )
if picked != texts.language():
    st.session_state["kept_lang"] = st.query_params["lang"] = picked
    st.rerun()
st.session_state["kept_lang"] = st.query_params["lang"] = picked
page.run()
