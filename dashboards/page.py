"""What every page of E-BI shows: title, as-of line, filters kept in the address, tables with files."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboards import data, texts
from dashboards import format as fmt
from dashboards.texts import t

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its words and how its values are shown (the files keep the values)."""

    words: str
    show: Callable[[Any], str] | None = None


def money(words: str) -> Column:
    """Return a column of amounts in zloty."""
    return Column(words, lambda value: fmt.number(value, 2))


def count(words: str) -> Column:
    """Return a column of whole numbers, of kWh too."""
    return Column(words, fmt.number)


def month(words: str) -> Column:
    """Return a column of months."""
    return Column(words, lambda day: fmt.month(day, texts.language()))


def text(words: str) -> Column:
    """Return a column of words."""
    return Column(words)


def header(title_key: str, parameter: str = "", options: Sequence[str] = ()) -> str:
    """Show title, what the figures stand on and the page's filter; return the pick ('' without a filter).

    Stops the page kindly while the warehouse is empty or cannot be read.
    """
    st.title(t(title_key), anchor=False)
    if not _is_built():
        st.info(t("no_data"), icon=":material/hourglass_empty:")
        st.stop()
    if not options:
        st.caption(_standing())
        return ""
    left, right = st.columns([1.7, 1], vertical_alignment="center")
    left.caption(_standing())
    return choice(right.container(horizontal=True, horizontal_alignment="right"), parameter, options)


def _is_built() -> bool:
    try:
        return data.marts_exist()
    except data.FAILURES:
        st.error(t("unreachable"), icon=":material/cloud_off:")
        st.stop()


def _standing() -> str:
    """Return the as-of line: days, moment of knowledge, run and whether everything reconciles."""
    stand, checks = data.as_of(), data.checks()
    business_day, billed_through = (
        fmt.day_text(stand[day], texts.language()) for day in ("business_day", "billed_through")
    )
    known_at = stand["known_at"].tz_convert("Europe/Warsaw")
    verdict = (
        f":red[{checks['broken']} {t('checks_differ')}]"
        if checks["broken"]
        else f":green[{t('checks_agree')} ({checks['checks']})]"
    )
    return (
        f"{t('as_of')} {business_day} · {t('billed_through')} {billed_through} · "
        f"{t('known_at')} {known_at:%Y-%m-%d %H:%M} · {t('run')} {stand['computation_id'][:8]} · {verdict}"
    )


def choice(place: Any, parameter: str, options: Sequence[str]) -> str:
    """Let the reader pick one option; the pick lives in the page's address, so a link is a report."""
    kept = f"kept_{parameter}"
    asked = st.query_params.get(parameter) or st.session_state.get(kept, options[0])
    picked = place.segmented_control(
        t(parameter),
        options,
        default=asked if asked in options else options[0],
        format_func=t,
        label_visibility="collapsed",
        key=f"{parameter}_{texts.language()}",
        required=True,
    )
    # The other pages start with the same pick.
    st.session_state[kept] = st.query_params[parameter] = picked
    return str(picked)


def figure(chart: go.Figure, key: str) -> None:
    """Show a figure without the tool bar."""
    st.plotly_chart(chart, theme="streamlit", config={"displayModeBar": False}, key=key)


def grid(
    frame: pd.DataFrame, columns: dict[str, Column], column_config: dict[str, Any] | None = None
) -> None:
    """Show rows with numbers as a Polish reader writes them; sorting still goes by the values."""
    shown = frame[list(columns)].reset_index(drop=True)
    style = shown.style.format({name: column.show for name, column in columns.items() if column.show})
    words = {name: st.column_config.Column(column.words) for name, column in columns.items()}
    st.dataframe(style, hide_index=True, width="stretch", column_config=words | (column_config or {}))


def table(frame: pd.DataFrame, name: str, columns: dict[str, Column]) -> None:
    """Show the rows behind a page, folded, with their files."""
    with st.expander(t("table_of"), icon=":material/table:"):
        grid(frame, columns)
        files(frame, name, columns)


def files(frame: pd.DataFrame, name: str, columns: dict[str, Column]) -> None:
    """Offer rows as CSV and XLSX, safe against formulas."""
    safe = export(frame, columns)
    with st.container(horizontal=True):
        st.download_button(
            t("download_csv"),
            csv(safe),
            f"{name}.csv",
            "text/csv",
            icon=":material/download:",
            key=f"{name}_csv",
        )
        st.download_button(
            t("download_xlsx"), xlsx(safe), f"{name}.xlsx", icon=":material/download:", key=f"{name}_xlsx"
        )


def export(frame: pd.DataFrame, columns: dict[str, Column]) -> pd.DataFrame:
    """Return the rows under their words; text that a spreadsheet would run gets an apostrophe before it."""
    chosen = frame[list(columns)].rename(columns={name: column.words for name, column in columns.items()})
    return chosen.map(
        lambda value: f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
    )


def csv(frame: pd.DataFrame) -> bytes:
    """Return CSV as a Polish spreadsheet opens it: semicolons, decimal commas, UTF-8 with a mark."""
    plain = frame.map(lambda value: str(value).replace(".", ",") if isinstance(value, Decimal) else value)
    return plain.to_csv(index=False, sep=";", decimal=",").encode("utf-8-sig")


def xlsx(frame: pd.DataFrame) -> bytes:
    """Return a workbook with one sheet; amounts are numbers in it."""
    buffer = io.BytesIO()
    frame.map(lambda value: value.isoformat() if isinstance(value, date) else value).to_excel(
        buffer, index=False
    )
    return buffer.getvalue()
