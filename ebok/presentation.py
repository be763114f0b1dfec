"""Jinja filters and globals: the kernel's presentation bound to the language and day of the request."""

from pathlib import Path
from typing import Any

from flask import Flask, g, url_for
from flask_babel import Babel, get_locale
from jinja2 import StrictUndefined

from ebok import labels, support
from ebok.navigation import links
from operational.kernel.presentation import charts, formatting, icons
from operational.kernel.presentation.filters import common_filters, file_version, localized
from operational.kernel.settings import get_settings


def _spoken() -> str:
    return str(get_locale())


def _distance(value: Any) -> str:
    return formatting.distance(value, support.today(), str(get_locale()))


def install(app: Flask, kit: Path) -> None:
    """Bind languages, filters and globals; ``kit`` is the folder of styles, fonts and scripts shared with
    staff.
    """
    Babel(app, locale_selector=support.language, default_locale="pl", default_timezone="Europe/Warsaw")
    environment = app.jinja_env
    environment.undefined = StrictUndefined
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters.update(common_filters(_spoken), distance=_distance)
    environment.globals.update(
        icon=icons.icon,
        label=labels.label,
        tone=labels.tone,
        period=localized(formatting.day_range, _spoken),
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
        asset=lambda name: url_for("kit", filename=name, v=file_version(str(kit / name))),
        own=lambda name: url_for(
            "static", filename=name, v=file_version(str(Path(str(app.static_folder)) / name))
        ),
    )
