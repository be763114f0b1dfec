"""Doors to the apps that have no log-in of their own: the staff app lets people in with a ticket.

A ticket is short-lived, used once and signed with a key derived from this installation's secret. Its other
half stands in ``dashboards/access.py``, which imports nothing of ours, and in
``orchestration/dagster_server.py``.
"""

import re
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from operational.app import support
from operational.kernel import state, tickets
from operational.kernel.settings import get_settings

FILTERS = ("segment", "medium", "month")
_PAGE, _VALUE = re.compile(r"[a-z]{1,30}"), re.compile(r"[a-z0-9-]{1,20}")

pages = Blueprint("tickets", __name__)


@pages.get("/e-bi")
def dashboards() -> ResponseReturnValue:
    """Lead to the dashboards of this host with a fresh ticket: to the page and filters asked for, in the
    reader's language.

    The browser is led on by a page and not by a redirect, because the page may come after the log-in form,
    whose target our content policy keeps on this very address.
    """
    page = request.args.get("page", "")
    given = {name: request.args.get(name, "") for name in FILTERS}
    query = {name: value for name, value in given.items() if _VALUE.fullmatch(value)}
    language = request.args.get("lang") or str(get_locale())
    query |= {"lang": "en" if language == "en" else "pl", "ticket": _ticket("dashboards")}
    path = page if _PAGE.fullmatch(page) else ""
    return _led_to(f"{_place(get_settings().dashboards_port)}/{path}?{urlencode(query)}", "dashboards")


@pages.get("/orchestration")
def orchestration() -> ResponseReturnValue:
    """Lead to Dagster of this host with a fresh ticket."""
    query = urlencode({"ticket": _ticket("dagster")})
    return _led_to(f"{_place(get_settings().dagster_port)}/asset-groups?{query}", "orchestration")


def _ticket(door: str) -> str:
    """Return a fresh ticket of the current user for one door."""
    now = support.now().timestamp()
    return tickets.signed(login=g.user.login, key=state.derived_key(door), now=now)


def _place(port: int) -> str:
    """Return the address of another app on the host that the browser asked for."""
    host = urlsplit(request.host_url).hostname or get_settings().host
    return f"{request.scheme}://{host}:{port}"


def _led_to(target: str, page: str) -> Response:
    """Return a page that leads the browser on; see `dashboards` for why it is no redirect."""
    response = make_response(render_template(f"home/{page}.html", target=target))
    response.headers["Refresh"] = f"0; url={target}"
    return response
