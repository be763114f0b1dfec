"""Figures of the dashboards: values in, a Plotly figure out, no Streamlit and no SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
import plotly.graph_objects as go

# Mid tones that stand out on the light and on the dark canvas.
BRAND, AMBER, BLUE, RED, GREY = "#1a8a7b", "#e3a008", "#4d86dd", "#c4452a", "#9aaba5"
BUCKET_COLOURS = {
    "current": "#9fcabd",
    "1-30": "#f0c04a",
    "31-60": "#e59a2f",
    "61-90": "#d8702b",
    "91-180": "#c4452a",
    "181-365": "#a22a26",
    "365+": "#7d2325",
}
STATUS_COLOURS = {
    "billed": BRAND,
    "estimated": AMBER,
    "blocked": RED,
    "not_issued": BLUE,
    "not_due": "#c3cfca",
}
Values = Iterable[Decimal | float | int]


@dataclass(frozen=True, slots=True)
class Axis:
    """What stands under the bars, and what the reader sees when pointing at one of them."""

    short: Sequence[str]
    full: Sequence[str]


@dataclass(frozen=True, slots=True)
class Series:
    """Bars of one colour."""

    name: str
    values: Values
    colour: str


def bars(axis: Axis, series: Sequence[Series], *, mode: str, unit: str, divide_by: int = 1) -> go.Figure:
    """Draw bars side by side (`group`) or on one another (`stack`, `relative`), divided for a short axis."""
    figure = go.Figure()
    places = list(range(len(axis.short)))
    decimals = 0 if divide_by == 1 else 1
    for part in series:
        figure.add_bar(
            x=places,
            y=[float(value) / divide_by for value in part.values],
            name=part.name,
            marker_color=part.colour,
            customdata=list(axis.full),
            hovertemplate=f"%{{customdata}}: %{{y:,.{decimals}f}} {unit}<extra>{part.name}</extra>",
        )
    figure.update_layout(
        barmode=mode,
        height=340,
        bargap=0.28,
        bargroupgap=0.06,
        xaxis={"tickvals": places, "ticktext": list(axis.short), "automargin": True, "showgrid": False},
        yaxis={"ticksuffix": f" {unit}" if unit else "", "automargin": True, "nticks": 6,
               "gridcolor": "rgba(128,148,142,.22)", "zerolinecolor": "rgba(128,148,142,.5)"},
    )  # fmt: skip
    return _quiet(figure)


def stacked(
    frame: pd.DataFrame, axis: Axis, names: dict[str, str], colours: dict[str, str], *,
    unit: str = "", divide_by: int = 1,
) -> go.Figure:  # fmt: skip
    """Draw the columns of a frame on one another, in the order of the colours."""
    series = [
        Series(names.get(key, key), frame[key], colour) for key, colour in colours.items() if key in frame
    ]
    return bars(axis, series, mode="stack", unit=unit, divide_by=divide_by)


def shares(labels: Sequence[str], values: Values, colours: Sequence[str], texts: Sequence[str]) -> go.Figure:
    """Draw parts of a whole as horizontal bars with their values written beside them."""
    numbers = [float(value) for value in values]
    figure = go.Figure(
        go.Bar(
            y=list(labels),
            x=numbers,
            orientation="h",
            marker_color=list(colours),
            text=list(texts),
            textposition="outside",
            cliponaxis=False,
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(
        height=340,
        bargap=0.35,
        yaxis={"autorange": "reversed", "automargin": True, "type": "category", "showgrid": False},
        xaxis={"showgrid": False, "showticklabels": False, "zeroline": False,
               "range": [0, max([*numbers, 1.0]) * 1.45]},
    )  # fmt: skip
    return _quiet(figure)


def _quiet(figure: go.Figure) -> go.Figure:
    """Give every figure the same frame: no background, legend above, no zooming by mistake."""
    figure.update_layout(
        margin={"l": 0, "r": 8, "t": 8, "b": 8},
        separators=",\u00a0",
        font={"family": "Inter, sans-serif", "size": 13},
        plot_bgcolor="rgba(0,0,0,0)",
        paper_bgcolor="rgba(0,0,0,0)",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        dragmode=False,
    )
    figure.update_xaxes(fixedrange=True)
    figure.update_yaxes(fixedrange=True)
    return figure
