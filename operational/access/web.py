"""Pages of access: log-in, log-out, staff users."""

from math import ceil

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.access import operations, queries, rules
from operational.app import guard, support
from operational.app.labels import error_text
from operational.app.web import local_address
from operational.kernel.errors import DomainError

pages = Blueprint("access", __name__, template_folder="templates")


@pages.route("/login", methods=["GET", "POST"])
def log_in() -> ResponseReturnValue:
    """Log a member of staff in; the same answer for every kind of failure."""
    target = local_address(request.values.get("next", ""))
    if request.method == "GET":
        return render_template("access/log_in.html", error="", login="", next=target)
    login, password = request.form.get("login", ""), request.form.get("password", "")[:1024]
    result = operations.log_in(
        support.database(),
        login=login,
        password=password,
        address=request.remote_addr or "",
        as_of=support.now(),
    )
    support.commit()
    if result.token is None:
        return _refused(login, target, ceil(result.wait.total_seconds()))
    previous = guard.session_token()
    if previous:
        operations.log_out(support.database(), token=previous, as_of=support.now())
        support.commit()
    session.clear()  # a form token from before the log-in must not survive it
    response = redirect(target or url_for("home.tasks"), 303)
    guard.set_session_cookie(response, result.token)  # type: ignore[arg-type]
    return response


def _refused(login: str, target: str, wait_seconds: int) -> ResponseReturnValue:
    error = _("The log-in or the password is wrong.")
    status, headers = 401, {}
    if wait_seconds:
        error = _("Too many failed attempts. Try again in %(seconds)s s.", seconds=wait_seconds)
        status, headers = 429, {"Retry-After": str(wait_seconds)}
    return render_template("access/log_in.html", error=error, login=login[:100], next=target), status, headers


@pages.post("/logout")
def log_out() -> ResponseReturnValue:
    """End the session on the server and forget it in the browser."""
    operations.log_out(support.database(), token=guard.session_token(), as_of=support.now())
    support.commit()
    session.clear()
    response = redirect(url_for("access.log_in"), 303)
    response.delete_cookie(
        guard.cookie_name(), path="/", secure=request.is_secure, httponly=True, samesite="Lax"
    )
    return response


@pages.get("/staff")
def staff() -> ResponseReturnValue:
    """List the staff users and the matrix of permissions."""
    matrix = rules.permission_matrix()
    return render_template(
        "access/staff.html",
        users=queries.staff_users(support.database()),
        roles=list(rules.Role),
        matrix=matrix,
    )


@pages.get("/staff/new")
def new_staff_user() -> ResponseReturnValue:
    """Show the form of a new staff user."""
    return render_template("access/new_staff_user.html", roles=list(rules.Role), given={}, error="", wrong="")


@pages.post("/staff/new")
@support.acts_once
def create_staff_user() -> ResponseReturnValue:
    """Create a staff user."""
    given = {name: support.form_text(name, 100) for name in ("login", "name", "role")}
    try:
        operations.create_staff_user(support.database(), **given, password=request.form.get("password", ""))
    except DomainError as error:
        wrong = {"login_taken": "login", "unknown_role": "role", "missing_value": "name"}.get(
            error.code, "password"
        )
        page = render_template(
            "access/new_staff_user.html",
            roles=list(rules.Role),
            given=given,
            error=error_text(error),
            wrong=wrong,
        )
        return page, 422
    flash(_("User %(login)s was created.", login=given["login"].lower()), "ok")
    return redirect(url_for("access.staff"))


@pages.post("/staff/<int:staff_user_id>/active")
@support.acts_once
def set_staff_user_active(staff_user_id: int) -> ResponseReturnValue:
    """Enable or disable a staff user; nobody disables themselves."""
    is_active = request.form.get("is_active") == "1"
    if staff_user_id == support.user().id and not is_active:
        flash(_("You cannot disable your own account. Ask another administrator."), "bad")
        return redirect(url_for("access.staff"))
    operations.set_staff_user_active(
        support.database(), staff_user_id=staff_user_id, is_active=is_active,
        row_version=support.form_int("row_version"), as_of=support.now(),
    )  # fmt: skip
    flash(_("The user was enabled.") if is_active else _("The user was disabled and logged out."), "ok")
    return redirect(url_for("access.staff"))


@pages.post("/staff/<int:staff_user_id>/password")
@support.acts_once
def set_password(staff_user_id: int) -> ResponseReturnValue:
    """Give a staff user a new password; their sessions end."""
    operations.set_password(
        support.database(),
        staff_user_id=staff_user_id,
        password=request.form.get("password", ""),
        as_of=support.now(),
    )
    flash(_("The password was changed. The user must log in again."), "ok")
    return redirect(url_for("access.staff"))
