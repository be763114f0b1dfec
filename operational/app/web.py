"""Pages of no single room: tasks, preferences, the audit trail, health."""

from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from operational.access import operations as access_operations
from operational.app import presentation, support
from operational.app.reads.audit import AUDITED_TABLES, audit_entries
from operational.app.reads.search import search as find
from operational.app.reads.tasks import task_board

pages = Blueprint("home", __name__)


@pages.get("/")
def tasks() -> ResponseReturnValue:
    """Show what waits for a person: queues with their oldest entries, and the latest billing run."""
    me = support.user()
    board = task_board(support.database(), today=support.today(), login=me.login, role=me.role)
    return render_template("home/tasks.html", board=board)


@pages.post("/preferences")
def preferences() -> ResponseReturnValue:
    """Keep the language and the theme in the browser, and the language with the user."""
    response = redirect(local_address(request.form.get("next", "")) or url_for("home.tasks"), 303)
    language, theme = request.form.get("language", ""), request.form.get("theme", "")
    if language in presentation.LANGUAGES:
        response.set_cookie("iris_language", language, max_age=31_536_000, samesite="Lax", httponly=True)
        if g.get("user"):
            access_operations.set_language(support.database(), staff_user_id=g.user.id, language=language)
            support.commit()
    if theme in presentation.THEMES:
        response.set_cookie("iris_theme", theme, max_age=31_536_000, samesite="Lax", httponly=True)
    return response


@pages.get("/audit")
def audit() -> ResponseReturnValue:
    """Show the newest changes of records: who, when, before and after."""
    page = support.page_of_request()
    table = request.args.get("table", "")
    entries = audit_entries(support.database(), table=table, offset=page.offset, limit=page.limit)
    return render_template("home/audit.html", entries=entries, page=page, table=table, tables=AUDITED_TABLES)


@pages.get("/search")
def search() -> ResponseReturnValue:
    """Search everything; htmx gets the palette, a browser without scripts the same list as a page."""
    query = request.args.get("q", "")
    results = find(support.database(), query=query, today=support.today())
    template = "home/search_results.html" if support.is_htmx() else "home/search.html"
    return render_template(template, results=results, query=query.strip())


@pages.get("/healthz")
def healthz() -> ResponseReturnValue:
    """Say that the process lives."""
    return {"status": "ok"}


@pages.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Say that the database answers and the schema is there."""
    support.database().execute(text("select 1 from operational.staff_users limit 1"))
    return {"status": "ok"}


def local_address(target: str) -> str:
    """Return the target when it is a path of this app, else an empty text (no open redirect)."""
    parts = urlsplit(target.replace("\\", "/"))
    is_local = (
        target.startswith("/") and not target.startswith("//") and not parts.netloc and not parts.scheme
    )
    return target if is_local and target.isprintable() else ""
