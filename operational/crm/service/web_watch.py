"""Pages of the watch from signature to bill: what is late or lost, why, and for how much."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, support
from operational.crm.service import watch, web_columns
from operational.crm.service.web import language, pages


def _filter() -> watch.WatchFilter:
    given = request.args
    state = given.get("state", "")
    return watch.WatchFilter(
        state=state if state in (*watch.STATES, "problem", "all") else "problem",
        reason=given.get("reason", "")[:40], step=given.get("step", "")[:40], dso=given.get("dso", "")[:20],
        medium=given.get("medium", "")[:20], search=given.get("q", "").strip()[:80],
    )  # fmt: skip


@pages.get("/assurance")
def assurance() -> ResponseReturnValue:
    """Show the pairs that are late or lost, with totals by reason; each reason opens its list."""
    page, session, narrowed, today = (
        support.page_of_request(), support.database(), _filter(), support.today(),
    )  # fmt: skip

    def read(found: Session, part: support.Page) -> list[watch.Watched]:
        return watch.watched(found, narrowed=narrowed, today=today, offset=part.offset, limit=part.limit)

    if exports.asked():
        return exports.of_list("signature-to-bill", web_columns.WATCH, read)
    return render_template(
        "service/assurance.html", rows=read(session, page), page=page, narrowed=narrowed,
        totals=watch.totals(session, narrowed=narrowed, today=today), latest=watch.latest(session),
        lang=language(), steps=watch.STEPS,
    )  # fmt: skip


@pages.post("/assurance/refresh")
@support.acts_once
def refresh_assurance() -> ResponseReturnValue:
    """Take billed pairs off the watch and keep today's sums."""
    made = watch.refresh(support.database(), as_of=support.today())
    flash(_("Late or lost: %(count)s, at stake %(amount)s zł.", count=made.late_count + made.lost_count,
            amount=made.stake), "ok")  # fmt: skip
    return redirect(url_for("service.assurance"))
