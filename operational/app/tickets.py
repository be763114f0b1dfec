"""Tickets for the dashboards: they have no log-in of their own, so the staff app lets people in.

A ticket is short-lived, used once and signed with a key derived from this installation's secret; the other
half stands in ``dashboards/access.py``, which imports nothing of ours. Dagster has no such door: keep it on
loopback.
"""

import base64
import hashlib
import hmac
import json
import re
import secrets
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from operational.app import support
from operational.kernel import state
from operational.kernel.settings import get_settings

TICKET_SECONDS = 60
FILTERS = ("segment", "medium", "month")
_PAGE, _VALUE = re.compile(r"[a-z]{1,30}"), re.compile(r"[a-z0-9-]{1,20}")

pages = Blueprint("tickets", __name__)


def ticket(*, login: str, key: str, now: float) -> str:
    """Return ``<content>.<signature>`` for a person, valid for a minute from ``now`` (epoch seconds)."""
    said = {"login": login, "expires": int(now) + TICKET_SECONDS, "nonce": secrets.token_urlsafe(12)}
    body = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    return f"{body}.{hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()}"


@pages.get("/e-bi")
def dashboards() -> ResponseReturnValue:
    """Lead to the dashboards of this host with a fresh ticket: to the page and filters asked for, in the
    reader's language.

    The browser is led on by a page and not by a redirect, because the page may come after the log-in form,
    whose target our content policy keeps on this very address.
    """
    signed = ticket(login=g.user.login, key=state.derived_key("dashboards"), now=support.now().timestamp())
    page = request.args.get("page", "")
    given = {name: request.args.get(name, "") for name in FILTERS}
    query = {name: value for name, value in given.items() if _VALUE.fullmatch(value)}
    language = request.args.get("lang") or str(get_locale())
    query |= {"lang": "en" if language == "en" else "pl", "ticket": signed}
    host = urlsplit(request.host_url).hostname or get_settings().host
    place = f"{request.scheme}://{host}:{get_settings().dashboards_port}"
    target = f"{place}/{page if _PAGE.fullmatch(page) else ''}?{urlencode(query)}"
    response = make_response(render_template("home/dashboards.html", target=target))
    response.headers["Refresh"] = f"0; url={target}"
    return response
