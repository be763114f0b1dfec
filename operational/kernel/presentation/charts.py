"""Small charts as inline SVG: no JavaScript, printable, readable aloud, and allowed by a strict CSP.

Positions are percentages of the box and text is in pixels, so a chart stretches without stretching its
letters. Colours come from CSS classes (`iris.css`), so charts follow the light and dark theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape


@dataclass(frozen=True)
class Bar:
    """One bar: axis label, value, the text shown above, last year's value, and what kind of value it is.

    `kind` is actual, estimated (hatched), current (dashed: month not finished) or missing.
    """

    label: str
    value: Decimal
    text: str
    previous: Decimal | None = None
    kind: str = "actual"


@dataclass(frozen=True)
class Share:
    """One part of a stacked bar: amount, CSS class that colours it, and its name for readers."""

    amount: Decimal
    css_class: str
    label: str


def _pct(value: Decimal | float) -> str:
    return f"{float(value):.2f}%"


def spark_bars(values: Sequence[Decimal | None], medium: str, label: str) -> Markup:
    """Draw a row of twelve or so tiny bars; a missing value is a red stub, an empty series a dash."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup('<span class="muted">\u2013</span>')
    top = max([*known, Decimal("0.001")])
    parts = [
        Markup(
            '<svg class="spark" width="{w}" height="22" viewBox="0 0 {w} 22" role="img" aria-label="{t}">'
        ).format(w=len(values) * 6, t=label)
    ]
    for index, value in enumerate(values):
        height = 1.5 if value is None else max(float(value / top) * 20, 1.5)
        css = "missing" if value is None else medium
        parts.append(
            Markup('<rect class="{c}" x="{x}" y="{y}" width="4.2" height="{h}" rx="1"/>').format(
                c=css, x=index * 6, y=f"{22 - height:.1f}", h=f"{height:.1f}"
            )
        )
    return Markup("").join([*parts, Markup("</svg>")])


def _bar_markup(bar: Bar, left: float, slot: float, top: Decimal, dense: bool) -> Markup:
    """Draw one bar with its ghost of last year, its value and its axis label (axis at 88 %)."""
    axis, room = 88.0, 78.0
    height = float(bar.value / top) * room
    ghost = float((bar.previous or Decimal(0)) / top) * room
    pieces = [
        Markup('<g class="bar {k}"><title>{l}: {t}</title>').format(k=bar.kind, l=bar.label, t=bar.text)
    ]
    if ghost > 0:
        pieces.append(
            Markup('<rect class="ghost" x="{x}" y="{y}" width="{w}" height="{h}" rx="5"/>').format(
                x=_pct(left + slot * 0.06), y=_pct(axis - ghost), w=_pct(slot * 0.88), h=_pct(ghost)
            )
        )
    pieces.append(
        Markup('<rect class="value" x="{x}" y="{y}" width="{w}" height="{h}" rx="4"/>').format(
            x=_pct(left + slot * 0.18), y=_pct(axis - height), w=_pct(slot * 0.64), h=_pct(height)
        )
    )
    middle = _pct(left + slot / 2)
    pieces.append(
        Markup('<text class="figure{d}" x="{x}" y="{y}" dy="-5">{t}</text>').format(
            d=" dense" if dense else "", x=middle, y=_pct(axis - max(height, ghost)), t=bar.text
        )
    )
    pieces.append(Markup('<text class="axis" x="{x}" y="97%">{t}</text></g>').format(x=middle, t=bar.label))
    return Markup("").join(pieces)


def bar_chart(bars: Sequence[Bar], medium: str, label: str, chart_id: str = "c") -> Markup:
    """Draw a bar chart with values above the bars; `medium` is electricity or gas, `label` is read aloud.

    `chart_id` must be unique on the page: the hatch pattern of estimated bars is referred to by it.
    """
    if not bars:
        return Markup("")
    top = max([*(max(bar.value, bar.previous or Decimal(0)) for bar in bars), Decimal("0.001")])
    slot = 100 / len(bars)
    dense = max(len(bar.text) for bar in bars) > 4
    head = Markup(
        '<svg class="chart {m}" width="100%" height="240" role="img" aria-label="{t}"><defs>'
        '<pattern id="hatch-{i}" class="hatch" width="8" height="8" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="h1" width="8" height="8"/>'
        '<rect class="h2" width="4" height="8"/></pattern></defs>'
    ).format(m=medium, t=label, i=chart_id)
    body = [_bar_markup(bar, index * slot, slot, top, dense) for index, bar in enumerate(bars)]
    hatch = (
        Markup('class="bar estimated"'),
        Markup('class="bar estimated" fill="url(#hatch-{i})"').format(i=chart_id),
    )
    drawn = Markup(Markup("").join(body).replace(*hatch))  # noqa: S704  joined from escaped pieces above
    axis = Markup('<line class="base" x1="0" x2="100%" y1="88%" y2="88%"/></svg>')
    return head + drawn + axis


def stacked_bar(shares: Sequence[Share], label: str) -> Markup:
    """Draw one horizontal bar cut in proportion to the amounts (negative and zero parts are left out)."""
    positive = [share for share in shares if share.amount > 0]
    total = sum((share.amount for share in positive), Decimal(0))
    if not total:
        return Markup("")
    parts = [Markup('<svg class="stack" width="100%" height="12" role="img" aria-label="{}">').format(label)]
    left = 0.0
    for share in positive:
        width = float(share.amount / total) * 100
        parts.append(
            Markup(
                '<rect class="{c}" x="{x}" y="0" width="{w}" height="12"><title>{t}</title></rect>'
            ).format(c=share.css_class, x=_pct(left), w=_pct(max(width - 0.3, 0.2)), t=escape(share.label))
        )
        left += width
    return Markup("").join([*parts, Markup("</svg>")])
