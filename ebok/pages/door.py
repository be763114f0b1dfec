"""Log-in and log-out."""

import math

from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from ebok import guard, support
from operational.access.portal import operations as access
from operational.kernel import db

pages = Blueprint("door", __name__)


@pages.route("/login", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Show the form, or check it; the same words for an unknown account and a wrong password."""
    if support.is_logged_in():
        return redirect(url_for("home.start"), 303)
    if request.method == "GET":
        return render_template("login.html", error="", login="")
    login = request.form.get("login", "")
    with db.open_session(
        "auth", actor="ebok:login", database=current_app.config["IRIS_DATABASE"]
    ) as database:
        result = access.log_in(
            database,
            login=login,
            password=request.form.get("password", "")[:1000],
            address=request.remote_addr or "",
            as_of=support.now(),
        )
    if result.token is None:
        return _refused(login, result)
    session.clear()  # a new form session, so that nothing planted before the log-in lives on
    response = current_app.make_response(redirect(safe_target(request.args.get("next", "")), 303))
    guard.set_session_cookie(response, result.token)
    return response


def _refused(login: str, result: access.PortalLogIn) -> ResponseReturnValue:
    if result.wait:
        seconds = math.ceil(result.wait.total_seconds())
        words = ngettext(
            "Too many attempts. Wait %(num)d second.", "Too many attempts. Wait %(num)d seconds.", seconds
        )
        return render_template("login.html", error=words, login=login), 429, {"Retry-After": str(seconds)}
    words = _("The customer number, e-mail or password is not right.")
    return render_template("login.html", error=words, login=login), 401


def safe_target(wanted: str) -> str:
    """Return a path of this portal to go to after the log-in; anything else leads to the start page."""
    is_path = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and "\\" not in wanted
    return wanted if is_path and wanted.isprintable() else url_for("home.start")


@pages.post("/logout")
def log_out() -> ResponseReturnValue:
    """End the session in the database and in the browser."""
    with db.open_session(
        "auth", actor="ebok:logout", database=current_app.config["IRIS_DATABASE"]
    ) as database:
        access.log_out(database, token=g.token, as_of=support.now())
    session.clear()
    response = current_app.make_response(redirect(url_for("door.log_in"), 303))
    guard.drop_session_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
