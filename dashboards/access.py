"""Who may open the dashboards: whoever brings a ticket that the staff app signed a moment ago.

E-BI has no log-in of its own. The staff app's menu leads here with `?ticket=`: who, until when and a number
used once, signed with a key that only the two apps share (IRIS_BI_TICKET_KEY, made by `iris up`). The session
of the browser is then let in for some hours; after that, or after a reload, the staff app gives another
ticket with one click.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import os
import time
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

import streamlit as st

from dashboards.texts import t

SESSION_SECONDS = 4 * 3600


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says: log-in of the person, second (UTC epoch) of its end, number used once."""

    login: str
    expires: int
    nonce: str


def verify(ticket: str, *, key: str, now: float) -> Ticket | None:
    """Return what a ticket says, None when it is forged, broken or too old, or when there is no key."""
    body, _, signature = ticket.partition(".")
    wanted = hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
    if not key or not hmac.compare_digest(signature.encode(), wanted.encode()):
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(body))
        found = Ticket(str(said["login"]), int(said["expires"]), str(said["nonce"]))
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None
    return found if now <= found.expires else None


@st.cache_resource
def _used() -> dict[str, int]:
    """Return the numbers of the tickets of the last minutes that were used, with their ends."""
    return {}


def _use(ticket: Ticket, *, now: float) -> bool:
    """Note that a ticket was used; False when it had been used before."""
    used = _used()
    for nonce in [nonce for nonce, expires in used.items() if expires < now]:
        used.pop(nonce, None)
    is_new = ticket.nonce not in used
    used[ticket.nonce] = ticket.expires
    return is_new


def _way_in() -> str:
    """Return the address of the staff app that gives a ticket and leads back to this very report."""
    page = urlsplit(st.context.url or "").path.strip("/")
    asked = {name: str(value) for name, value in st.query_params.items() if name != "ticket"}
    query = {"page": page, **asked} if page else asked
    return f"{os.environ.get('IRIS_STAFF_URL', '')}/e-bi?{urlencode(query)}"


def require() -> None:
    """Let a person with a ticket in for some hours; show everybody else one sentence and the way in."""
    now = time.time()
    sent = st.query_params.get("ticket", "")
    if sent:
        ticket = verify(sent, key=os.environ.get("IRIS_BI_TICKET_KEY", ""), now=now)
        del st.query_params["ticket"]
        if ticket is not None and _use(ticket, now=now):
            st.session_state["let_in_until"] = now + SESSION_SECONDS
    if st.session_state.get("let_in_until", 0) < now:
        st.session_state.pop("let_in_until", None)
        with st.container(width=560):
            st.title("E-BI · IRIS", anchor=False)
            st.info(t("ticket_needed"), icon=":material/lock:")
            st.link_button(t("to_staff_app"), _way_in(), type="primary")
        st.stop()
