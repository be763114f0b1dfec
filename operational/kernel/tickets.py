"""Tickets: short signed notes by which the staff app lets a person into an app without a log-in."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

TICKET_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket says: log-in of the person, second (UTC epoch) of its end, number used once."""

    login: str
    expires: int
    nonce: str


def signed(*, login: str, key: str, now: float, seconds: int = TICKET_SECONDS) -> str:
    """Return ``<content>.<signature>`` for a person, valid for some seconds from ``now`` (epoch seconds)."""
    said = {"login": login, "expires": int(now) + seconds, "nonce": secrets.token_urlsafe(12)}
    body = base64.urlsafe_b64encode(json.dumps(said).encode()).decode()
    return f"{body}.{_signature(body, key)}"


def verified(ticket: str, *, key: str, now: float) -> Ticket | None:
    """Return what a ticket says, None when it is forged, broken or too old, or when there is no key."""
    body, _, signature = ticket.partition(".")
    if not key or not hmac.compare_digest(signature.encode(), _signature(body, key).encode()):
        return None
    try:
        said = json.loads(base64.urlsafe_b64decode(body))
        found = Ticket(str(said["login"]), int(said["expires"]), str(said["nonce"]))
    except (binascii.Error, ValueError, KeyError, TypeError):
        return None
    return found if now <= found.expires else None


def _signature(body: str, key: str) -> str:
    return hmac.new(key.encode(), body.encode(), hashlib.sha256).hexdigest()
