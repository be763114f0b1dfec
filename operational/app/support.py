"""What pages of the rooms may use: the request's database session, user, clock, paging and forms that act
once.
"""

import functools
import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ParamSpec, TypeVar, cast

from flask import current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import NotFound

from operational.access.queries import StaffUser
from operational.access.rules import permission_matrix
from operational.kernel import clock, db
from operational.kernel.errors import DomainError

PAGE_SIZE = 50
T = TypeVar("T")
P = ParamSpec("P")


class FormReplayed(DomainError):
    """The same form key came with other content, or while its first sending is still at work."""


def session_factory(actor: str) -> sessionmaker[Session]:
    """Return a factory of sessions of the application's role that act as `actor`."""
    return db.session_factory(
        "app", current_app.config["IRIS_DATABASE"], actor=actor, request_id=str(g.get("request_id", ""))
    )


def database() -> Session:
    """Return the request's session: one transaction, committed only by `commit`, closed with the request."""
    if "database" not in g:
        user = g.get("user")
        g.database = session_factory(f"staff:{user.login}" if user else "")()
    return cast("Session", g.database)


def commit() -> None:
    """Make the request's writes last."""
    database().commit()


def user() -> StaffUser:
    """Return the staff user of this request; only pages behind the guard may ask."""
    return cast("StaffUser", g.user)


def may(permission: str) -> bool:
    """Tell whether the user of this request has a permission."""
    found = g.get("user")
    return bool(found) and permission_matrix().allows(found.role, permission)


def now() -> datetime:
    """Return the present instant."""
    return clock.now()


def today() -> date:
    """Return the business day."""
    return clock.today()


def found_or_404(value: T | None) -> T:
    """Return the value, or answer 404 when there is none."""
    if value is None:
        raise NotFound
    return value


def is_htmx() -> bool:
    """Tell whether htmx asked for a fragment of the page."""
    return request.headers.get("HX-Request") == "true"


@dataclass(frozen=True, slots=True)
class Page:
    """A slice of a list: one row more than shown is read to know whether a next page exists."""

    number: int
    size: int = PAGE_SIZE

    @property
    def offset(self) -> int:
        """Return how many rows come before this page."""
        return (self.number - 1) * self.size

    @property
    def limit(self) -> int:
        """Return how many rows to read: one more than shown."""
        return self.size + 1


def page_of_request(size: int = PAGE_SIZE) -> Page:
    """Read `?page=`; anything that is not a page number from 1 to 10 000 is page 1."""
    given = request.args.get("page", "1")
    number = int(given) if given.isdigit() and len(given) < 6 else 1
    return Page(min(max(number, 1), 10_000), size)


def page_url(number: int) -> str:
    """Return the address of another page of this list, filters kept."""
    arguments = {**request.args.to_dict(), **(request.view_args or {}), "page": number}
    return url_for(str(request.endpoint), **arguments)


def query_date(name: str) -> date | None:
    """Read a date of the query string (`2026-03-01`); None when missing or malformed."""
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def form_text(name: str, longest: int = 500) -> str:
    """Read a field of the form without surrounding spaces and control characters."""
    given = request.form.get(name, "")[:longest]
    return "".join(character for character in given if character.isprintable() or character == "\n").strip()


def form_int(name: str) -> int:
    """Read a number of the form; 0 when missing or malformed, which matches no row version."""
    given = request.form.get(name, "")
    return int(given) if given.isdigit() and len(given) < 10 else 0


def say_reason(reason: str) -> None:
    """Say why the records of this transaction change; the audit trail keeps it. Empty says nothing.

    A form that asks for it has the field `change_reason` (`ui.reason_field`), or a `reason` that the record
    keeps itself; `acts_once` reads them.
    """
    if reason:
        database().execute(text("select set_config('app.reason', :reason, true)"), {"reason": reason})


def _request_hash() -> str:
    fields = {key: request.form.getlist(key) for key in sorted(request.form) if key not in ("csrf_token",)}
    files = {
        key: hashlib.sha256(part.stream.read()).hexdigest() for key, part in sorted(request.files.items())
    }
    for part in request.files.values():
        part.stream.seek(0)
    content = json.dumps([request.path, fields, files], ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()


def _form_key() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("form_key", ""))
    except ValueError as error:
        raise FormReplayed(
            "form_key_missing",
            "The form came without its key. Open the page again and send the form from there.",
        ) from error


def _begin_write(key: uuid.UUID, actor: str) -> str | None:
    """Claim the form key; return the address to send the browser to when the form was done before."""
    given = {"actor": actor, "key": key, "route": str(request.endpoint), "hash": _request_hash()}
    claimed = (
        database()
        .execute(
            text(
                "insert into operational.idempotency_keys (actor, key, route, request_hash)"
                " values (:actor, :key, :route, :hash) on conflict do nothing returning key"
            ),
            given,
        )
        .one_or_none()
    )
    if claimed is not None:
        return None
    earlier = (
        database()
        .execute(
            text(
                "select request_hash, status_code, location from operational.idempotency_keys"
                " where actor = :actor and key = :key"
            ),
            given,
        )
        .one()
    )
    if earlier.request_hash != given["hash"]:
        raise FormReplayed(
            "form_key_reused",
            "This form was sent before with other content. Reload the page and send it again.",
        )
    if earlier.location is None:
        raise FormReplayed(
            "form_in_progress", "This form is still being processed. Wait a moment and reload."
        )
    return str(earlier.location)


def acts_once(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Make a POST view act once per form key, in the transaction of its own write.

    The form carries `form_key` (made when the page was drawn). A redirect means success: it is stored with
    the key
    and committed together with the write; any other answer (a form with errors) rolls everything back. The
      same
    form sent again is answered with the stored redirect and writes nothing.
    """

    @functools.wraps(view)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        key, actor = _form_key(), f"staff:{user().login}"
        location = _begin_write(key, actor)
        if location is not None:
            return redirect(location, 303)
        say_reason(form_text("change_reason", 300) or form_text("reason", 300))
        response = current_app.make_response(cast("Any", view(*args, **kwargs)))
        if not 300 <= response.status_code < 400:
            database().rollback()
            return response
        response.status_code = 303
        database().execute(
            text(
                "update operational.idempotency_keys set status_code = 303, location = :location"
                " where actor = :actor and key = :key"
            ),
            {"location": response.headers["Location"], "actor": actor, "key": key},
        )
        database().commit()
        return response

    return wrapper
