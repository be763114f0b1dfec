"""Tickets for the dashboards: they have no log-in of their own, so the staff app lets people in.

A ticket is short-lived, used once and signed with a key derived from this installation's secret; the other
half stands in ``dashboards/access.py``, which imports nothing of ours. Dagster has no such door: keep it on
loopback.
"""

import base64
import hashlib
import hmac
import json
import secrets
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from operational.app import support
from operational.kernel import state
from operational.kernel.settings import get_settings

TICKET_SECONDS = 60

pages = Blueprint("tickets", __name__)


def ticket(*, login: str, key: str, now: float) -> str:
    """Return ``<content>.<signature>`` for a person, valid for a minute from ``now`` (epoch seconds)."""
    said = {"login": login, "expires": int(now) + TICKET_SECONDS, "nonce": secrets.token_urlsafe(12)}
    body = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    return f"{body}.{hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()}"


@pages.get("/e-bi")
def dashboards() -> ResponseReturnValue:
    """Lead to the dashboards of this host with a fresh ticket, in the language of the page."""
    signed = ticket(login=g.user.login, key=state.derived_key("dashboards"), now=support.now().timestamp())
    host = urlsplit(request.host_url).hostname or get_settings().host
    query = {"ticket": signed, "lang": "en" if str(get_locale()) == "en" else "pl"}
    return redirect(f"{request.scheme}://{host}:{get_settings().dashboards_port}/?{urlencode(query)}", 303)
