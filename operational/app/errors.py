"""Error pages in the look of the app, each with a case number that the log carries too."""

import logging
from dataclasses import dataclass

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from operational.app import conflicts, support
from operational.app.labels import error_text
from operational.kernel.errors import DomainError

log = logging.getLogger("iris.staff")

CONFLICTS = frozenset(
    {
        "row_version_conflict",
        "changed_meanwhile",
        "form_key_reused",
        "form_in_progress",
        "wrong_run_status",
        "exception_closed",
    }
    | {"payment_assigned", "not_waiting"}
)


@dataclass(frozen=True, slots=True)
class Words:
    """Heading and advice of an error page."""

    title: object
    advice: object


_WORDS = {
    400: Words(_l("The request was not understood"), _l("Go back, reload the page and try again.")),
    403: Words(
        _l("You may not open this"), _l("Your role does not include it. Ask an administrator if you need it.")
    ),
    404: Words(
        _l("There is no such page"),
        _l("It may have been moved, or the address has a mistake. Try the search."),
    ),
    405: Words(_l("This cannot be done here"), _l("Go back and use the buttons on the page.")),
    409: Words(
        _l("Someone was faster"),
        _l("The record changed while you worked on it. Reload it and repeat your change."),
    ),
    413: Words(
        _l("The file is too large"), _l("Split it or ask an administrator to load it with the command line.")
    ),
    419: Words(
        _l("The page has expired"), _l("The form was open for too long. Reload the page and send it again.")
    ),
    422: Words(_l("This could not be done"), _l("Correct what is said below and try again.")),
    429: Words(_l("Too many attempts"), _l("Wait a moment and try again.")),
    500: Words(
        _l("Something went wrong"),
        _l("Nothing was half-saved. Try again; if it repeats, report the case number."),
    ),
    503: Words(_l("The database is not available"), _l("Try again in a minute. Nothing was saved.")),
}


def error_page(code: int, *, detail: str = "", status: int | None = None) -> ResponseReturnValue:
    """Draw the page of an error; `status` is the HTTP status where it differs from the number shown."""
    words = _WORDS.get(code, _WORDS[400 if code < 500 else 500])
    page = render_template(
        "errors/error.html", code=code, words=words, detail=detail, case=g.get("request_id", "-")
    )
    return page, status or code


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(Exception, _unexpected)


def _csrf(error: Exception) -> ResponseReturnValue:
    log.info("expired form, case %s: %s", g.get("request_id"), error)
    return error_page(419, status=400)


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    return error_page(code)


def _domain(error: DomainError) -> ResponseReturnValue:
    """Turn a refusal of the domain into a page: 409 for conflicts, 404 for things that are not there, else
    422.
    """
    _roll_back()
    if error.code in conflicts.CODES and request.method == "POST":
        return conflicts.page(error)
    code = 409 if error.code in CONFLICTS else 404 if error.code.endswith("_not_found") else 422
    return error_page(code, detail=error_text(error))


def _database(error: OperationalError) -> ResponseReturnValue:
    _roll_back()
    log.error("database, case %s: %s", g.get("request_id"), error)
    return error_page(503)


def _unexpected(error: Exception) -> ResponseReturnValue:
    _roll_back()
    log.exception("unexpected error, case %s", g.get("request_id"), exc_info=error)
    return error_page(500)


def _roll_back() -> None:
    if "database" in g:
        support.database().rollback()
