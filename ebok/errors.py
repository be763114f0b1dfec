"""Error pages in the look of the portal, each with a case number that the log carries too."""

import logging

from flask import Flask, g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from operational.kernel.errors import DomainError

log = logging.getLogger("iris.ebok")

_WORDS = {
    400: (_l("The request was not understood"), _l("Go back, reload the page and try again.")),
    403: (_l("You may not open this"), _l("Return to the start page.")),
    404: (_l("There is no such page"), _l("The address has a mistake, or the document is not yours.")),
    405: (_l("This cannot be done here"), _l("Go back and use the buttons on the page.")),
    419: (
        _l("The page has expired"),
        _l("The form was open for too long. Reload the page and send it again."),
    ),
    429: (_l("Too many attempts"), _l("Wait a moment and try again.")),
    500: (_l("Something went wrong"), _l("Try again in a moment; if it repeats, give us the case number.")),
}


def error_page(code: int, status: int | None = None) -> ResponseReturnValue:
    """Draw the page of an error; ``status`` is the HTTP status where it differs from the number shown."""
    title, advice = _WORDS.get(code, _WORDS[400 if code < 500 else 500])
    page = render_template("error.html", code=code, title=title, advice=advice, case=g.get("request_id", "-"))
    return page, status or code


def install(app: Flask) -> None:
    """Register the handlers."""
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(Exception, _unexpected)


def _csrf(_error: Exception) -> ResponseReturnValue:
    return error_page(419, status=400)


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if code < 400:
        return error.get_response()
    return error_page(code)


def _domain(error: DomainError) -> ResponseReturnValue:
    """Answer a refusal: what is not found looks the same whether it never existed or belongs to somebody
    else.
    """
    if error.code.endswith("_not_found"):
        return error_page(404)
    log.warning("refused, case %s: %s", g.get("request_id"), error.code)
    return error_page(400)


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unexpected %s, case %s", type(error).__name__, g.get("request_id"), exc_info=error)
    session = g.pop("database", None)
    if session is not None:
        session.close()
    return error_page(500)
