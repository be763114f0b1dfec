"""Saved views: the filters of a list under a name, a person's own or the team's, one of them the default.

A view is the query string of a page. ``{{ ui.saved_views() }}`` in the heading of a list offers them;
the list needs nothing else. Opening the list without any filter opens the person's default.
"""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask import Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.access.rules import permission_matrix
from operational.app import support
from operational.kernel.errors import DomainError

_NOT_KEPT = frozenset({"page", "export", "all", "csrf_token", "form_key", "view"})
LONGEST_QUERY = 2000


class ViewRefused(DomainError):
    """A view cannot be saved, renamed or used: no name, the name is taken, not one's own, no such page."""


@dataclass(frozen=True, slots=True)
class View:
    """A saved view as the menu shows it."""

    id: int
    public_id: str
    page: str
    name: str
    query: str
    owner_login: str
    is_team: bool
    is_default: bool
    row_version: int


_VIEWS = """
    select v.id, v.public_id::text as public_id, v.page, v.name, v.query, v.owner_login, v.is_team,
           d.view_id is not null as is_default, v.row_version
      from operational.saved_views v
      left join operational.saved_view_defaults d
        on d.view_id = v.id and d.page = v.page and d.login = :login
     where (v.is_team or v.owner_login = :login)"""


def views_of(session: Session, *, page: str, login: str) -> list[View]:
    """Return the views of a list that a person may use: own ones, then the team's."""
    rows = session.execute(
        text(f"{_VIEWS} and v.page = :page order by v.is_team, lower(v.name)"),
        {"page": page, "login": login},
    )
    return [View(**row._mapping) for row in rows]


def view(session: Session, *, public_id: str, login: str) -> View:
    """Return a view that a person may use; raise ViewRefused."""
    row = session.execute(
        text(f"{_VIEWS} and v.public_id = cast(:public_id as uuid)"),
        {"public_id": public_id, "login": login},
    ).one_or_none()
    if row is None:
        raise ViewRefused("view_not_found", "There is no such view, or it is somebody else's own.")
    return View(**row._mapping)


def kept_query(query: str) -> str:
    """Return the filters of a query string: no page number, no empty fields, nothing of forms."""
    pairs = [(name, value) for name, value in parse_qsl(query[: 2 * LONGEST_QUERY]) if name not in _NOT_KEPT]
    return urlencode(pairs)


def save(session: Session, *, page: str, name: str, query: str, is_team: bool, login: str) -> View:
    """Save the filters of a list under a name; a person's view of that name is replaced by the new filters.

    Raises ViewRefused: no name, filters too long, a team view of that name is somebody else's.
    """
    name, kept = " ".join(name.split())[:80], kept_query(query)
    if not name:
        raise ViewRefused("view_name", "Give the view a name.")
    if len(kept) > LONGEST_QUERY:
        raise ViewRefused("view_too_long", "The filters are too long to be kept. Narrow them.")
    given = {"page": page, "name": name, "query": kept, "login": login, "is_team": is_team}
    target = (
        "(page, lower(name)) where is_team"
        if is_team
        else "(page, owner_login, lower(name)) where not is_team"
    )
    saved = session.execute(
        text(f"""
            insert into operational.saved_views (page, name, query, owner_login, is_team)
            values (:page, :name, :query, :login, :is_team)
            on conflict {target} do update
               set query = excluded.query, row_version = saved_views.row_version + 1
             where saved_views.owner_login = excluded.owner_login
            returning public_id::text"""),
        given,
    ).scalar()
    if saved is None:
        raise ViewRefused(
            "view_name_taken", "A team view of this name belongs to somebody else. Choose another name."
        )
    return view(session, public_id=str(saved), login=login)


def rename(session: Session, *, public_id: str, name: str, login: str, row_version: int) -> View:
    """Give a view another name; raise ViewRefused when it is not one's own or the name is taken."""
    found, name = view(session, public_id=public_id, login=login), " ".join(name.split())[:80]
    _own(found, login)
    if not name:
        raise ViewRefused("view_name", "Give the view a name.")
    taken = any(
        row.name.lower() == name.lower() and row.is_team == found.is_team and row.id != found.id
        for row in views_of(session, page=found.page, login=login)
    )
    if taken:
        raise ViewRefused("view_name_taken", "There is a view of this name. Choose another name.")
    changed = session.execute(
        text("""
            update operational.saved_views set name = :name, row_version = row_version + 1
             where id = :id and row_version = :row_version returning id"""),
        {"id": found.id, "name": name, "row_version": row_version},
    ).scalar()
    if changed is None:
        raise DomainError("changed_meanwhile", "The view was changed meanwhile. Reload the page.")
    return view(session, public_id=public_id, login=login)


def delete(session: Session, *, public_id: str, login: str) -> View:
    """Delete one's own view; whoever had it as the default has none then; raise ViewRefused."""
    found = view(session, public_id=public_id, login=login)
    _own(found, login)
    session.execute(text("delete from operational.saved_views where id = :id"), {"id": found.id})
    return found


def make_default(session: Session, *, public_id: str, login: str, is_default: bool) -> View:
    """Open the list with this view from now on, or no longer; raise ViewRefused."""
    found = view(session, public_id=public_id, login=login)
    given = {"page": found.page, "login": login, "id": found.id}
    session.execute(
        text("delete from operational.saved_view_defaults where page = :page and login = :login"), given
    )
    if is_default:
        session.execute(
            text("""
                insert into operational.saved_view_defaults (page, login, view_id)
                values (:page, :login, :id)"""),
            given,
        )
    return view(session, public_id=public_id, login=login)


def _own(found: View, login: str) -> None:
    if found.owner_login != login:
        raise ViewRefused("view_not_own", f"The view belongs to {found.owner_login}. Save your own instead.")


def is_list(page: str) -> bool:
    """Tell whether a page is one a person may open without naming a record."""
    from flask import current_app

    rules = current_app.url_map._rules_by_endpoint.get(page, [])
    needed = permission_matrix().needed(page, "GET")
    return (
        bool(needed)
        and needed != "public"
        and support.may(needed or "")
        and any(not rule.arguments for rule in rules)
    )


def install(app: Flask) -> None:
    """Open a list without filters with the person's default view; give templates the views of a page."""
    app.before_request(_to_default)
    app.jinja_env.globals["saved_views_of_page"] = _of_page
    app.jinja_env.globals["list_query"] = lambda: kept_query(request.query_string.decode("utf-8", "replace"))


def _of_page() -> list[View]:
    return views_of(support.database(), page=str(request.endpoint), login=support.user().login)


def _to_default() -> ResponseReturnValue | None:
    if request.method != "GET" or request.args or request.view_args or g.get("user") is None:
        return None
    if not request.endpoint or request.endpoint == "static" or support.is_htmx():
        return None
    query = (
        support.database()
        .execute(
            text("""
            select v.query from operational.saved_view_defaults d
              join operational.saved_views v on v.id = d.view_id
             where d.page = :page and d.login = :login"""),
            {"page": request.endpoint, "login": support.user().login},
        )
        .scalar()
    )
    return redirect(f"{url_for(request.endpoint)}?{query}", 303) if query else None
