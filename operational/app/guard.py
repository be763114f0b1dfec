"""The guard in front of every route: who is asking, and may they? Default deny.

A route and method that `access/permissions.yaml` does not list is refused to everybody,
  and a test fails on it.
"""

import secrets
import uuid
from datetime import timedelta

from flask import Flask, Response, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

from operational.access import operations, queries
from operational.access.rules import permission_matrix
from operational.app import support
from operational.kernel import db

_TOUCH_EVERY = timedelta(minutes=1)


def cookie_name() -> str:
    """Return the name of the session cookie; over TLS the prefix `__Host-` binds it to this very host."""
    return "__Host-iris_staff" if request.is_secure else "iris_staff"


def set_session_cookie(response: Response, token: str) -> None:
    """Give the browser its session token, unreadable for scripts and not sent by other sites."""
    response.set_cookie(
        cookie_name(), token, httponly=True, secure=request.is_secure, samesite="Lax", path="/"
    )


def session_token() -> str:
    """Return the token the browser sent, or an empty text."""
    return request.cookies.get(cookie_name(), "")


def install(app: Flask) -> None:
    """Put the guard before every request and close the database session after it."""
    app.before_request(_start)
    app.before_request(_check)
    app.teardown_request(_finish)


def _start() -> None:
    g.request_id = uuid.uuid4().hex[:12]
    g.csp_nonce = secrets.token_urlsafe(16)


def _check() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint == "static":
        return None
    _recognise()
    if endpoint is None:
        return None  # becomes 404 or 405, in the look of the app for those who are logged in
    needed = permission_matrix().needed(endpoint, request.method)
    if needed == "public":
        return None
    if g.get("user") is None:
        return _to_log_in()
    if needed is None or not support.may(needed):
        raise Forbidden
    return None


def _recognise() -> None:
    """Find the user of the session token; note at most once a minute that the session lives."""
    token = session_token()
    if not token:
        return
    session, now = support.database(), support.now()
    found = queries.staff_of_session(session, token_hash=operations.token_hash(token), as_of=now)
    if found is None:
        return
    if found.last_seen_at is None or now - found.last_seen_at > _TOUCH_EVERY:
        operations.touch_session(session, token=token, as_of=now)
        session.commit()
    g.user = found
    db.identify(session, actor=f"staff:{found.login}", request_id=g.request_id)


def _to_log_in() -> ResponseReturnValue:
    where = request.full_path.rstrip("?") if request.method == "GET" else None
    target = url_for("access.log_in", next=where if where != "/" else None)
    if support.is_htmx():
        return Response(status=204, headers={"HX-Redirect": target})
    return redirect(target, 303)


def _finish(_error: BaseException | None) -> None:
    session = g.pop("database", None)
    if session is not None:
        session.close()
