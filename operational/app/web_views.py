"""Saved views: choose, save, rename, delete, make the default."""

from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import saved_views, support
from operational.app.labels import error_text
from operational.app.saved_views import View, ViewRefused

pages = Blueprint("views", __name__)


def _to(found: View) -> ResponseReturnValue:
    """Lead to the list with the filters of a view; an empty view shows all."""
    if not saved_views.is_list(found.page):
        raise ViewRefused("view_not_found", "There is no such view, or it is somebody else's own.")
    return redirect(f"{url_for(found.page)}?{found.query or 'all=1'}", 303)


def _back(refused: ViewRefused, page: str, query: str) -> ResponseReturnValue:
    flash(error_text(refused), "bad")
    return redirect(f"{url_for(page)}?{saved_views.kept_query(query) or 'all=1'}", 303)


@pages.get("/views/<uuid:public_id>")
def open_view(public_id: UUID) -> ResponseReturnValue:
    """Open a list with the filters of a view."""
    return _to(saved_views.view(support.database(), public_id=str(public_id), login=support.user().login))


@pages.post("/views")
@support.acts_once
def save_view() -> ResponseReturnValue:
    """Save the filters of a list under a name."""
    page, query = support.form_text("list_page", 80), request.form.get("query", "")
    if not saved_views.is_list(page):
        raise ViewRefused("view_not_found", "There is no such list.")
    try:
        found = saved_views.save(
            support.database(), page=page, name=support.form_text("name", 80), query=query,
            is_team=request.form.get("is_team") == "1", login=support.user().login,
        )  # fmt: skip
    except ViewRefused as refused:
        return _back(refused, page, query)
    flash(_("The view was saved."), "ok")
    return _to(found)


@pages.post("/views/<uuid:public_id>")
@support.acts_once
def change_view(public_id: UUID) -> ResponseReturnValue:
    """Rename or delete a view, or make it the default of the list: as the button pressed says."""
    session, login, act = support.database(), support.user().login, request.form.get("act", "")
    found = saved_views.view(session, public_id=str(public_id), login=login)
    try:
        if act == "delete":
            saved_views.delete(session, public_id=str(public_id), login=login)
            flash(_("The view was deleted."), "ok")
            return redirect(url_for(found.page, all=1), 303)
        if act == "rename":
            found = saved_views.rename(
                session, public_id=str(public_id), name=support.form_text("name", 80), login=login,
                row_version=support.form_int("row_version"),
            )  # fmt: skip
            flash(_("The view was renamed."), "ok")
        elif act in ("default", "no_default"):
            found = saved_views.make_default(
                session, public_id=str(public_id), login=login, is_default=act == "default"
            )
            flash(
                _("The list opens with this view now.")
                if act == "default"
                else _("The list opens without a view."),
                "ok",
            )
    except ViewRefused as refused:
        return _back(refused, found.page, found.query)
    return _to(found)
