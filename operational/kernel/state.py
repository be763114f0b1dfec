"""The state folder ``.iris``: passwords of database roles, where the server is, locks, the apps' secret key.

Files with secrets are written whole, with mode 600, and never leave the machine.
"""

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from operational.kernel.settings import get_settings

_PRIVATE = 0o600


def home() -> Path:
    """Return the state folder and make it when it is missing."""
    folder = get_settings().home
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold ``<home>/<name>.lock`` against other processes of this installation; a crash releases it."""
    with (home() / f"{name}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Write a file in one step that only the owner can read."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        os.fchmod(handle.fileno(), _PRIVATE)
        handle.write(text)
    draft.replace(path)


def read_json(name: str) -> dict[str, Any]:
    """Return the JSON object in ``<home>/<name>``, empty when there is no such file."""
    try:
        content = json.loads((get_settings().home / name).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return dict(content)


def write_json(name: str, content: dict[str, Any]) -> None:
    """Write a JSON object to ``<home>/<name>``, private and in one step."""
    write_private(home() / name, json.dumps(content, indent=2, sort_keys=True) + "\n")


def password(login: str) -> str:
    """Return the password of a database login; made at random when it is first asked for."""
    known = read_json("credentials.json")
    if login not in known:
        with locked("credentials"):
            known = read_json("credentials.json")
            known.setdefault(login, secrets.token_urlsafe(24))
            write_json("credentials.json", known)
    return str(known[login])


def secret_key() -> str:
    """Return the key that signs sessions of the web apps; made at random, kept with the passwords."""
    return password("web_secret_key")


def derived_key(purpose: str) -> str:
    """Return a key of its own for a purpose; whoever holds it cannot sign what the secret key signs."""
    return hmac.new(secret_key().encode(), purpose.encode(), hashlib.sha256).hexdigest()
