"""Router of E-BI: which pages there are. Start with `iris up` (address printed there)."""

from __future__ import annotations

import sys
from pathlib import Path

import streamlit as st

# Streamlit runs this file as a script, so the package's folder has to be found first.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboards.texts import t

st.set_page_config(page_title="E-BI · IRIS", page_icon=":material/bolt:", layout="wide")
st.html(
    "<style>.stMainBlockContainer{padding-top:2.6rem}"
    "[data-testid='stMetricValue']{font-variant-numeric:tabular-nums}</style>"
)
st.navigation(
    {
        t("section_board"): [
            st.Page("views/overview.py", title=t("overview"), icon=":material/dashboard:", default=True)
        ],
        t("section_billing"): [
            st.Page(
                "views/completeness.py",
                title=t("completeness"),
                icon=":material/fact_check:",
                url_path="completeness",
            )
        ],
        t("section_finance"): [
            st.Page(
                "views/receivables.py",
                title=t("receivables"),
                icon=":material/account_balance_wallet:",
                url_path="receivables",
            )
        ],
        t("section_close"): [
            st.Page(
                "views/reconciliation.py",
                title=t("reconciliation"),
                icon=":material/balance:",
                url_path="reconciliation",
            )
        ],
    }
).run()
