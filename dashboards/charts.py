"""Figures of the dashboards: a DataFrame in, a Plotly figure out, no Streamlit and no SQL."""

from __future__ import annotations

from typing import Any

import pandas as pd
import plotly.graph_objects as go

BRAND, AMBER, BLUE, TEAL, RED, GREY = "#0b6b5f", "#e3a008", "#3d78d6", "#5aa99b", "#b3261e", "#8fa39d"
BUCKET_COLOURS = {
    "current": "#b9d9d0",
    "1-30": "#f0c04a",
    "31-60": "#e59a2f",
    "61-90": "#d8702b",
    "91-180": "#c4452a",
    "181-365": "#a22a26",
    "365+": "#6f1d1f",
}
STATUS_COLOURS = {
    "billed": BRAND,
    "estimated": AMBER,
    "not_due": "#d5dedb",
    "not_issued": BLUE,
    "blocked": RED,
}


def _layout(figure: go.Figure, *, height: int = 320, suffix: str = "") -> go.Figure:
    """Give every figure the same quiet frame: no background, thin grid, legend above, Polish separators."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        separators=",\u00a0",
        font={"family": "Inter, sans-serif", "size": 13},
        plot_bgcolor="rgba(0,0,0,0)",
        paper_bgcolor="rgba(0,0,0,0)",
        bargap=0.28,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        yaxis={
            "gridcolor": "rgba(128,148,142,.22)",
            "automargin": True,
            "ticksuffix": suffix,
            "zerolinecolor": "rgba(128,148,142,.5)",
        },
        xaxis={"automargin": True, "type": "category"},
    )
    return figure


def _bars(
    labels: list[str], series: list[tuple[str, Any, str]], *, mode: str, unit: str, height: int = 320
) -> go.Figure:
    figure = go.Figure()
    for name, values, colour in series:
        figure.add_bar(
            x=labels,
            y=[float(value) for value in values],
            name=name,
            marker_color=colour,
            hovertemplate="%{x}: %{y:,.0f} " + unit + "<extra>" + name + "</extra>",
        )
    figure.update_layout(barmode=mode)
    return _layout(figure, height=height, suffix=f" {unit}" if unit else "")


def amounts_by_month(labels: list[str], series: list[tuple[str, Any, str]]) -> go.Figure:
    """Draw zloty per month, series side by side."""
    return _bars(labels, series, mode="group", unit="zł")


def energy_by_month(labels: list[str], electricity: Any, gas: Any, names: tuple[str, str]) -> go.Figure:
    """Draw MWh per month, electricity and gas stacked."""
    to_mwh = [[float(value) / 1000 for value in values] for values in (electricity, gas)]
    return _bars(
        labels, [(names[0], to_mwh[0], AMBER), (names[1], to_mwh[1], BLUE)], mode="relative", unit="MWh"
    )


def stacked_by_day(frame: pd.DataFrame, labels: list[str], names: dict[str, str]) -> go.Figure:
    """Draw open amounts per day, stacked by ageing bucket (the columns of the frame)."""
    series = [
        (names.get(bucket, bucket), frame[bucket], colour)
        for bucket, colour in BUCKET_COLOURS.items()
        if bucket in frame
    ]
    return _bars(labels, series, mode="stack", unit="zł", height=340)


def states_by_month(frame: pd.DataFrame, labels: list[str], names: dict[str, str]) -> go.Figure:
    """Draw supply points per month, stacked by billing state. Columns of the frame: the states."""
    series = [
        (names.get(state, state), frame[state], colour)
        for state, colour in STATUS_COLOURS.items()
        if state in frame
    ]
    return _bars(labels, series, mode="stack", unit="", height=340)


def shares(labels: list[str], values: list[float], colours: list[str]) -> go.Figure:
    """Draw parts of a whole as horizontal bars with their values written on them."""
    figure = go.Figure(
        go.Bar(
            y=labels,
            x=values,
            orientation="h",
            marker_color=colours,
            texttemplate="%{x:,.0f} zł",
            textposition="auto",
            hovertemplate="%{y}: %{x:,.2f} zł<extra></extra>",
        )
    )
    _layout(figure, height=340)
    figure.update_layout(
        yaxis={"autorange": "reversed", "automargin": True, "type": "category"},
        xaxis={"type": "linear", "showgrid": False, "showticklabels": False},
    )
    return figure
