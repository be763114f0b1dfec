"""Jinja filters and globals: the kernel's presentation bound to the language and day of the request."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, g, url_for
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined

from ebok import labels, support
from ebok.navigation import links
from operational.kernel.presentation import charts, formatting, icons
from operational.kernel.settings import get_settings


def _localized(function: Callable[..., str]) -> Callable[..., str]:
    def with_language(*args: Any, **kwargs: Any) -> str:
        return function(*args, **kwargs, language=str(get_locale()))

    return with_language


def _distance(value: Any) -> str:
    return formatting.distance(value, support.today(), str(get_locale()))


@lru_cache(maxsize=64)
def _version(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:10]


def install(app: Flask, kit: Path) -> None:
    """Bind languages, filters and globals; ``kit`` is the folder of styles, fonts and scripts shared with
    staff.
    """
    Babel(app, locale_selector=support.language, default_locale="pl", default_timezone="Europe/Warsaw")
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(
        zl=_localized(formatting.money),
        num=_localized(formatting.number),
        kwh=_localized(formatting.energy),
        price=_localized(formatting.unit_price),
        pct=_localized(formatting.percent),
        data=_localized(formatting.civil_date),
        month=_localized(formatting.month),
        distance=_distance,
        nrb=formatting.bank_account,
        ppe=formatting.supply_point_code,
        nip=formatting.tax_number,
        tel=formatting.phone,
    )
    environment.globals.update(
        icon=icons.icon,
        label=labels.label,
        tone=labels.tone,
        period=_localized(formatting.day_range),
        today=support.today,
        language=support.language,
        theme=support.theme,
        languages=support.LANGUAGES,
        themes=support.THEMES,
        settings=get_settings(),
        navigation=links,
        profile=support.profile,
        is_logged_in=support.is_logged_in,
        stacked_bar=charts.stacked_bar,
        csp_nonce=lambda: g.get("csp_nonce", ""),
        asset=lambda name: url_for("kit", filename=name, v=_version(str(kit / name))),
        own=lambda name: url_for(
            "static", filename=name, v=_version(str(Path(str(app.static_folder)) / name))
        ),
    )
