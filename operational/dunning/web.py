"""Pages of dunning: the board with its funnel and bulk actions, and what the coming night would do."""

from datetime import date
from decimal import Decimal

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from operational.app import exports, list_columns, support
from operational.dunning import operations, queries
from operational.dunning.rules import HOLD_REASONS, DunningError
from operational.kernel.money import InvalidAmount, parse_amount

pages = Blueprint("dunning", __name__, template_folder="templates")
_MOST_AT_ONCE = 200
BULK_ACTIONS = ("hold", "recheck")


@pages.get("/dunning")
def board() -> ResponseReturnValue:
    """Show the funnel of open cases and the list with filters."""
    page, session = support.page_of_request(), support.database()
    stage, kind, stopped = (request.args.get(name, "")[:30] for name in ("stage", "kind", "stopped"))

    def read(session: Session, page: support.Page) -> list[queries.CaseRow]:
        return queries.cases(
            session, as_of=support.today(), stage=stage, kind=kind, minimum=_amount("min"),
            stopped=stopped if stopped in ("yes", "no") else "",
            search=request.args.get("q", "").strip()[:80],
            offset=page.offset, limit=page.limit,
        )  # fmt: skip

    if exports.asked():
        return exports.of_list("dunning", list_columns.DUNNING_CASES, read)
    rows = read(session, page)
    return render_template(
        "dunning/board.html",
        rows=rows,
        page=page,
        funnel=queries.funnel(session, as_of=support.today()),
        stage=stage,
        kind=kind,
        stopped=stopped,
        last_run=queries.last_run(session),
        hold_reasons=HOLD_REASONS,
    )


def _amount(name: str) -> Decimal | None:
    try:
        return parse_amount(request.args.get(name, ""))
    except InvalidAmount:
        return None


@pages.post("/dunning/preview")
def bulk_preview() -> ResponseReturnValue:
    """Show what a bulk action would do to the chosen cases; nothing is done before it is confirmed."""
    session, action, chosen = support.database(), request.form.get("action", ""), _chosen()
    rows = queries.cases(session, as_of=support.today(), public_ids=chosen, limit=_MOST_AT_ONCE)
    if not rows or action not in BULK_ACTIONS:
        flash(_("Choose cases and an action first."), "bad")
        return redirect(url_for("dunning.board"), 303)
    night = None
    if action == "recheck":
        night = operations.recheck(
            session, customer_ids=[row.customer_id for row in rows], as_of=support.today()
        )
        session.rollback()
    return render_template(
        "dunning/preview.html", rows=rows, action=action, night=night, hold_reasons=HOLD_REASONS,
        total=sum((row.amount for row in rows), Decimal("0.00")),
    )  # fmt: skip


@pages.post("/dunning/bulk")
@support.acts_once
def bulk() -> ResponseReturnValue:
    """Do a bulk action to the cases that the preview showed."""
    session, action, today = support.database(), request.form.get("action", ""), support.today()
    rows = queries.cases(session, as_of=today, public_ids=_chosen(), limit=_MOST_AT_ONCE)
    if action == "hold":
        for row in rows:
            operations.place_hold(
                session, customer_id=row.customer_id, reason=support.form_text("reason"), as_of=today,
                note=support.form_text("note"), held_until=form_date("held_until") or today,
            )  # fmt: skip
        flash(ngettext("%(num)s case is held.", "%(num)s cases are held.", len(rows)), "ok")
    elif action == "recheck":
        done = operations.recheck(session, customer_ids=[row.customer_id for row in rows], as_of=today)
        flash(
            _("Steps fired: %(steps)s, cases closed: %(closed)s.", steps=done.fired, closed=done.closed), "ok"
        )
    else:
        raise DunningError("bulk_action", "Choose an action for the cases.")
    return redirect(url_for("dunning.board"))


@pages.get("/dunning/night")
def night() -> ResponseReturnValue:
    """Show what tonight would do: cases, steps, sums and messages, without doing it."""
    factory = support.session_factory(f"staff:{support.user().login}")
    found = operations.preview_night(session_factory=factory, as_of=support.today())
    return render_template("dunning/night.html", night=found)


def _chosen() -> list[str]:
    return request.form.getlist("case")[:_MOST_AT_ONCE]


def form_date(name: str) -> date | None:
    """Read a date of the form; None when missing or malformed."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None


from operational.dunning import web_cases, web_procedures  # noqa: E402,F401  their routes join `pages`
