"""The main menu: the same five places in the top bar and, on phones, in the bar at the bottom."""

from dataclasses import dataclass

from flask import request, url_for
from flask_babel import gettext as _


@dataclass(frozen=True, slots=True)
class Link:
    """One place of the menu; ``short`` is its name under the icon on phones."""

    url: str
    icon: str
    words: str
    short: str
    is_current: bool


def links() -> list[Link]:
    """Return the menu with the current place marked."""
    here = (request.endpoint or "").partition(".")[0]
    places = [
        ("home.start", "house-door", _("Start"), _("Start"), here == "home"),
        ("invoices.listing", "receipt", _("Invoices and payments"), _("Invoices"), here == "invoices"),
        ("use.page", "bar-chart-line", _("Consumption"), _("Consumption"), here in ("use", "readings")),
        ("account.contracts", "file-earmark-text", _("Contracts and points"), _("Contracts"),
         request.endpoint == "account.contracts"),
        ("account.details", "person", _("My data"), _("My data"), request.endpoint == "account.details"),
    ]  # fmt: skip
    return [Link(url_for(endpoint), icon, words, short, now) for endpoint, icon, words, short, now in places]
