"""The guard in front of every page: a living session or the log-in page. Default: closed.

A page is open without log-in only when its endpoint is listed here, and a test walks through all routes.
"""

import secrets
import uuid
from typing import Final

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue

from ebok import support
from operational.access.portal import operations as access
from operational.kernel import db

OPEN_ENDPOINTS: Final = frozenset(
    {"static", "kit", "healthz", "door.log_in", "account.preferences", "account.accessibility"}
)


def cookie_name() -> str:
    """Return the name of the session cookie; over TLS the prefix `__Host-` binds it to this very host."""
    return "__Host-iris_ebok" if request.is_secure else "iris_ebok"


def set_session_cookie(response: Response, token: str) -> None:
    """Give the browser its token: unreadable for scripts, not sent along by other sites, gone with the
    browser.
    """
    response.set_cookie(
        cookie_name(), token, httponly=True, secure=request.is_secure, samesite="Lax", path="/"
    )


def drop_session_cookie(response: Response) -> None:
    """Take the token from the browser."""
    response.delete_cookie(cookie_name(), httponly=True, secure=request.is_secure, samesite="Lax", path="/")


def install(app: Flask) -> None:
    """Put the guard before every request and close the database session after it."""
    app.before_request(_start)
    app.before_request(_check)
    app.teardown_request(_finish)


def _start() -> None:
    g.request_id = uuid.uuid4().hex[:12]
    g.csp_nonce = secrets.token_urlsafe(16)


def _check() -> ResponseReturnValue | None:
    if request.endpoint in {"static", "kit", "healthz"}:
        return None
    _recognise()
    if request.endpoint is None or request.endpoint in OPEN_ENDPOINTS or support.is_logged_in():
        return None
    where = request.full_path.rstrip("?") if request.method == "GET" and request.path != "/" else None
    return redirect(url_for("door.log_in", next=where), 303)


def _recognise() -> None:
    """Continue the session of the browser's token, as the role that sees accounts and no customer data."""
    token = request.cookies.get(cookie_name(), "")
    if not token or len(token) > 200:
        return
    with db.open_session(
        "auth", actor="ebok:session", database=current_app.config["IRIS_DATABASE"]
    ) as session:
        found = access.resume(session, token=token, as_of=support.now())
    if found is not None:
        g.portal, g.token = found, token


def _finish(_error: BaseException | None) -> None:
    session = g.pop("database", None)
    if session is not None:
        session.close()
