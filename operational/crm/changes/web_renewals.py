"""The renewals board: fixed terms that end, by month, and what is done about them."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.crm.changes import renewing
from operational.crm.changes.web import pages
from operational.kernel.calendar import first_of_month, parse_month

ACTIONS = ("waiting", "offer_sent", "continued", "ended")
SEGMENTS = ("household", "business", "public")


def _month(given: str) -> date:
    try:
        return parse_month(given)
    except ValueError:
        return first_of_month(support.today())


@pages.get("/renewals")
def renewals() -> ResponseReturnValue:
    """Show the months with their counts, and the contracts that end in the chosen one."""
    session, page = support.database(), support.page_of_request()
    month = _month(request.args.get("month", ""))
    action, kind = request.args.get("action", ""), request.args.get("kind", "")
    action, kind = action if action in ACTIONS else "", kind if kind in SEGMENTS else ""
    rows = renewing.ending(
        session, month=month, action=action, customer_kind=kind, offset=page.offset, limit=page.limit
    )
    return render_template(
        "changes/renewals.html",
        rows=rows,
        page=page,
        month=month,
        months=renewing.months(session, first_month=min(month, first_of_month(support.today()))),
        action=action,
        kind=kind,
        actions=ACTIONS,
        segments=SEGMENTS,
    )


@pages.post("/renewals")
@support.acts_once
def act_on_renewals() -> ResponseReturnValue:
    """Note an offer, or let the chosen contracts go on or end, before the night would do it by rule."""
    session, what = support.database(), request.form.get("what", "")
    chosen = renewing.chosen_terms(session, chosen=request.form.getlist("contract"))
    if what == "offer_sent":
        count = renewing.note_offer(
            session, contract_ids=list(chosen), offer_id=None, note=support.form_text("note", 300),
            today=support.today(), as_of=support.now(),
        )  # fmt: skip
        flash(_("Noted: an offer went to %(count)s contracts.", count=count), "ok")
    else:
        renewing.decide(session, terms=chosen, action=what, today=support.today(), as_of=support.now())
        flash(_("Decided about %(count)s contracts; customers get a message.", count=len(chosen)), "ok")
    month = _month(request.form.get("month", ""))
    return redirect(url_for("changes.renewals", month=f"{month:%Y-%m}"))
