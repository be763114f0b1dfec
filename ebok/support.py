"""What every page uses: the request's database session, whose it is, the business day."""

from datetime import date, datetime
from typing import Any

from flask import abort, current_app, g, request

from operational.crm.portal import queries as crm
from operational.kernel import clock, db

LANGUAGES = ("pl", "en")
THEMES = ("system", "light", "dark")


def database() -> Any:
    """Return the session of this request: one transaction as iris_ebok that knows the log-in's token."""
    if "database" not in g:
        factory = db.session_factory(
            "ebok",
            current_app.config["IRIS_DATABASE"],
            actor=f"ebok:{g.portal.customer_user_id}",
            request_id=g.request_id,
            session_token=g.token,
        )
        g.database = factory()
    return g.database


def customer_id() -> int:
    """Return the inner id of the customer who is logged in."""
    return int(g.portal.customer_id)


def profile() -> crm.Profile:
    """Return the customer's own data, read once per request; 404 when row-level security shows nothing."""
    if "profile" not in g:
        g.profile = crm.profile(database(), customer_id=customer_id()) or abort(404)
    found: crm.Profile = g.profile
    return found


def is_logged_in() -> bool:
    """Tell whether the request has a living session."""
    return g.get("portal") is not None


def language() -> str:
    """Return the language: the browser's choice, else the customer's, else Polish."""
    chosen = request.cookies.get("iris_language", "")
    if chosen in LANGUAGES:
        return chosen
    return g.profile.language if g.get("profile") else "pl"


def theme() -> str:
    """Return the chosen theme: system, light or dark."""
    chosen = request.cookies.get("iris_theme", "system")
    return chosen if chosen in THEMES else "system"


def today() -> date:
    """Return the business day."""
    return clock.today()


def now() -> datetime:
    """Return the present instant."""
    return clock.now()


def page_number() -> int:
    """Return the page asked for, 1 when the address says nothing sensible."""
    text = request.args.get("page", "1")
    return min(int(text), 10_000) if text.isdecimal() and text != "0" else 1
