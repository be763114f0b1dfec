"""Jinja filters and globals: the kernel's presentation bound to the language and day of the request."""

import re
import uuid
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined
from markupsafe import Markup, escape

from operational.app import labels, support
from operational.app.navigation import sections
from operational.app.reads import audit
from operational.kernel.presentation import charts, formatting, icons
from operational.kernel.presentation.filters import common_filters, file_version, localized
from operational.kernel.settings import get_settings

LANGUAGES = ("pl", "en")
THEMES = ("system", "light", "dark")
_POLISH = str.maketrans("ąćęłńóśźż", "acelnoszz")


def language() -> str:
    """Return the language of the request: the cookie, else the user's own, else Polish."""
    chosen = request.cookies.get("iris_language", "")
    if chosen in LANGUAGES:
        return chosen
    found = g.get("user")
    return found.language if found else "pl"


def theme() -> str:
    """Return the theme the browser keeps: light, dark or the system's."""
    chosen = request.cookies.get("iris_theme", "system")
    return chosen if chosen in THEMES else "system"


def _spoken() -> str:
    return str(get_locale())


def _distance(value: Any) -> str:
    return formatting.distance(value, support.today(), str(get_locale()))


def mark(text: str, query: str) -> Markup:
    """Highlight where the query stands in the text, Polish letters and case aside."""
    folded, wanted = fold(text), fold(query.strip())
    at = folded.find(wanted) if wanted and len(folded) == len(text) else -1
    if at < 0:
        return escape(text)
    end = at + len(wanted)
    return Markup("{}<mark>{}</mark>{}").format(text[:at], text[at:end], text[end:])


def fold(text: str) -> str:
    """Return the text in lower case without Polish letters, letter for letter."""
    return text.lower().translate(_POLISH)


def amount(text: str) -> str:
    """Format an amount that came as text from the search."""
    return formatting.money(Decimal(text), str(get_locale())) if text else ""


def to_decimal(value: Any) -> Decimal:
    """Return a number of a run's summary (JSON) as Decimal; anything that is none counts as zero."""
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return Decimal(0)


def plain(value: Any) -> str:
    """Format a value of a run's summary: numbers grouped, texts as they are."""
    if value is None or isinstance(value, bool):
        return formatting.EMPTY if value is None else str(value)
    is_number = not isinstance(value, str) or re.fullmatch(r"-?\d+(\.\d+)?", value)
    return formatting.number(to_decimal(value), language=str(get_locale())) if is_number else value


def cell(value: Any, column: str) -> str:
    """Format a cell of a reference table by its type and column."""
    spoken = str(get_locale())
    if value is None:
        return formatting.EMPTY
    if isinstance(value, date):
        return formatting.civil_date(value, language=spoken)
    if column == "rate":
        return formatting.percent(value, 0, spoken)
    if isinstance(value, Decimal):
        return formatting.unit_price(value, "", spoken).removesuffix("\u00a0zł/")
    group = {
        "zone_code": "zone",
        "unit": "unit",
        "medium": "medium",
        "kind": "interest_kind",
        "section": "section",
    }
    return labels.label(group[column], value) if column in group else str(value)


def install(app: Flask) -> None:
    """Bind languages, filters and globals to the app."""
    Babel(app, locale_selector=language, default_locale="pl", default_timezone="Europe/Warsaw")
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.do")
    environment.filters.update(
        common_filters(_spoken),
        distance=_distance,
        pesel=formatting.masked_national_id,
        mark=mark,
        amount=amount,
        number=to_decimal,
        plain=plain,
        cell=cell,
    )
    environment.globals.update(
        icon=icons.icon,
        label=labels.label,
        words_for=labels.words_for,
        spoken=labels.spoken,
        tone=labels.tone,
        may=support.may,
        theme=theme,
        language=language,
        period=localized(formatting.day_range, _spoken),
        spark=charts.spark_bars,
        bar_chart=charts.bar_chart,
        has_page=lambda endpoint: endpoint in app.view_functions,
        stacked_bar=charts.stacked_bar,
        Share=charts.Share,
        today=support.today,
        navigation=sections,
        new_form_key=lambda: str(uuid.uuid4()),
        page_url=support.page_url,
        settings=get_settings(),
        record_history=lambda table, public_id: audit.history_of(
            support.database(), table=table, public_id=str(public_id)
        ),
        current_user=lambda: g.get("user"),
        csp_nonce=lambda: g.get("csp_nonce", ""),
        asset=lambda name: url_for("static", filename=name, v=file_version(f"{app.static_folder}/{name}")),
        languages=LANGUAGES,
        themes=THEMES,
    )
