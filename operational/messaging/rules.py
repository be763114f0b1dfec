"""Pure rules of delivery: how long to wait after a failure, when to give up, what identifies a message."""

import re
from datetime import timedelta

# About a day and a half of trying: 1, 2, 4 ... minutes, never more than six hours apart.
MOST_ATTEMPTS = 14
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)


def wait_after(attempts: int) -> timedelta:
    """Return the pause after the given number of failed attempts (1 or more); doubles up to six hours."""
    doublings: int = 2 ** (max(attempts, 1) - 1)
    return min(_FIRST_WAIT * doublings, _LONGEST_WAIT)


def message_id(document_number: str, sender: str) -> str:
    """Return the Message-ID of a document's e-mail, the same on every attempt, so that receivers drop
    doubles.
    """
    local = re.sub(r"[^A-Za-z0-9.]+", "-", document_number).strip("-.")
    domain = sender.rpartition("@")[2] or "localhost"
    return f"<document.{local}@{domain}>"
