"""Jinja filters and globals: the kernel's presentation bound to the language and day of the request."""

import hashlib
import uuid
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined

from operational.app import labels, support
from operational.app.navigation import sections
from operational.kernel.presentation import charts, formatting, icons
from operational.kernel.settings import get_settings

LANGUAGES = ("pl", "en")
THEMES = ("system", "light", "dark")


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


def _localized(function: Callable[..., str]) -> Callable[..., str]:
    def with_language(*args: Any, **kwargs: Any) -> str:
        return function(*args, **kwargs, language=str(get_locale()))

    return with_language


def _distance(value: Any) -> str:
    return formatting.distance(value, support.today(), str(get_locale()))


@lru_cache(maxsize=64)
def _version(app_static: str, name: str) -> str:
    from pathlib import Path

    return hashlib.sha256((Path(app_static) / name).read_bytes()).hexdigest()[:10]


def install(app: Flask) -> None:
    """Bind languages, filters and globals to the app."""
    Babel(app, locale_selector=language, default_locale="pl", default_timezone="Europe/Warsaw")
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.add_extension("jinja2.ext.do")
    environment.filters.update(
        zl=_localized(formatting.money), num=_localized(formatting.number), kwh=_localized(formatting.energy),
        kwh_short=_localized(formatting.energy_short), price=_localized(formatting.unit_price),
        pct=_localized(formatting.percent), data=_localized(formatting.civil_date), czas=_localized(formatting.instant),
        month=_localized(formatting.month), month_short=_localized(formatting.month_short), distance=_distance,
        nrb=formatting.bank_account, ppe=formatting.supply_point_code, nip=formatting.tax_number,
        pesel=formatting.masked_national_id, tel=formatting.phone,
    )  # fmt: skip
    environment.globals.update(
        icon=icons.icon, label=labels.label, tone=labels.tone, may=support.may, theme=theme, language=language,
        period=_localized(formatting.day_range), spark=charts.spark_bars, bar_chart=charts.bar_chart,
        stacked_bar=charts.stacked_bar, Share=charts.Share, today=support.today, navigation=sections,
        new_form_key=lambda: str(uuid.uuid4()), page_url=support.page_url, settings=get_settings(),
        current_user=lambda: g.get("user"), csp_nonce=lambda: g.get("csp_nonce", ""),
        asset=lambda name: url_for("static", filename=name, v=_version(str(app.static_folder), name)),
        languages=LANGUAGES, themes=THEMES,
    )  # fmt: skip
