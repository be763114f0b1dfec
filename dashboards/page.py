"""What every page of E-BI shows: title, as-of line, filters kept in the address, tables with files."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboards import data, texts
from dashboards import format as fmt
from dashboards.texts import t

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def header(title_key: str) -> None:
    """Show the title and what the figures stand on; stop the page kindly while the warehouse is empty."""
    st.title(t(title_key), anchor=False)
    if not data.marts_exist():
        st.info(t("no_data"))
        st.stop()
    stand = data.as_of()
    business_day, billed_through = (
        fmt.day_text(stand[day], texts.language()) for day in ("business_day", "billed_through")
    )
    known_at = f"{stand['known_at']:%Y-%m-%d %H:%M} UTC"
    st.caption(
        f"{t('as_of')} {business_day} · {t('billed_through')} {billed_through} · "
        f"{t('known_at')} {known_at} · {stand['computation_id'][:8]}"
    )


def choice(label_key: str, options: Sequence[str], parameter: str) -> str:
    """Let the reader pick one option; the pick lives in the page's address, so a link is a report."""
    default = st.query_params.get(parameter, options[0])
    default = default if default in options else options[0]
    picked = (
        st.segmented_control(
            t(label_key), options, default=default, format_func=t, label_visibility="collapsed", key=parameter
        )
        or options[0]
    )
    st.query_params[parameter] = picked
    return picked


def figure(chart: go.Figure, key: str) -> None:
    """Show a figure without the tool bar."""
    st.plotly_chart(chart, theme="streamlit", config={"displayModeBar": False}, key=key)


def table(frame: pd.DataFrame, name: str, columns: dict[str, str], *, expanded: bool = False) -> None:
    """Show the rows behind a figure and offer them as CSV and XLSX, safe against formulas."""
    shown = frame[list(columns)].rename(columns=columns)
    with st.expander(t("table_of"), expanded=expanded, icon=":material/table:"):
        st.dataframe(shown, hide_index=True, width="stretch")
        left, right, _ = st.columns([1, 1, 2])
        safe = _without_formulas(shown)
        left.download_button(
            t("download_csv"),
            safe.to_csv(index=False, sep=";", decimal=",").encode("utf-8-sig"),
            f"{name}.csv",
            "text/csv",
            icon=":material/download:",
            width="stretch",
        )
        right.download_button(
            t("download_xlsx"), _xlsx(safe), f"{name}.xlsx", icon=":material/download:", width="stretch"
        )


def _without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before text that a spreadsheet would run; numbers stay numbers."""
    return frame.map(
        lambda value: f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
    )


def _xlsx(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_excel(buffer, index=False)
    return buffer.getvalue()
