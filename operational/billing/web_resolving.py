"""Pages that deal with many exceptions at once, and holds of customers, points and scopes."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from operational.app import support
from operational.app.reads import runs as reads
from operational.billing import exceptions as holding
from operational.billing import resolving
from operational.billing.limits import HOLD
from operational.billing.queries import hold_target
from operational.billing.web import RELEASABLE, pages
from operational.kernel.errors import DomainError

_MOST = 1000


class NobodyToHold(DomainError):
    """No customer or supply point has this number."""

    def __init__(self) -> None:
        super().__init__(
            "nobody_to_hold",
            "No customer and no supply point has this number. Check it in the list of customers.",
        )


@pages.get("/billing/exceptions/preview")
def bulk_preview() -> ResponseReturnValue:
    """Show what an action would do to each chosen exception; nothing is done."""
    ids = request.args.getlist("id")[:_MOST]
    if request.args.get("every") == "1" and request.args.get("code"):
        rows = reads.exceptions(support.database(), code=request.args["code"][:60], limit=_MOST)
        ids = [row.public_id for row in rows]
    plan = resolving.plan(support.database(), public_ids=ids, action=request.args.get("action", "")[:30])
    return render_template("billing/bulk.html", plan=plan)


@pages.post("/billing/exceptions/bulk")
@support.acts_once
def bulk_apply() -> ResponseReturnValue:
    """Do the action that was previewed, with the reason that was given."""
    versions = dict(row.rsplit(":", 1) for row in request.form.getlist("row")[:_MOST] if ":" in row)
    result = resolving.resolve_many(
        support.database(),
        versions={key: int(version) for key, version in versions.items() if version.isdigit()},
        action=support.form_text("action", 30),
        reason=support.form_text("reason", 500),
        as_of=support.now(),
    )
    flash(ngettext("%(num)d exception was closed.", "%(num)d exceptions were closed.", result.closed), "ok")
    if result.set_aside:
        flash(
            _(
                "Readings set aside: %(count)s. The next computation estimates the use.",
                count=result.set_aside,
            ),
            "ok",
        )
    if result.requested:
        flash(_("Readings asked of distributors: %(count)s.", count=result.requested), "ok")
    if result.left:
        flash(_("Left as they were: %(count)s.", count=result.left), "warn")
    return redirect(url_for("billing.exceptions"))


@pages.get("/billing/holds")
def holds() -> ResponseReturnValue:
    """List what is held from billing, and offer a new hold."""
    page = support.page_of_request()
    with_resolved = request.args.get("resolved") == "1"
    rows = reads.exceptions(
        support.database(), code=HOLD, with_resolved=with_resolved, offset=page.offset, limit=page.limit
    )
    return render_template(
        "billing/holds.html", rows=rows, page=page, with_resolved=with_resolved, releasable=RELEASABLE,
        number=request.args.get("number", "")[:40],
    )  # fmt: skip


@pages.post("/billing/holds")
@support.acts_once
def hold() -> ResponseReturnValue:
    """Hold a customer or a supply point by its number, with a reason and perhaps a last day."""
    found = hold_target(support.database(), number=support.form_text("number", 40).strip())
    if found is None:
        raise NobodyToHold
    until = support.form_text("until", 10).strip()
    holding.hold_scope(
        support.database(),
        reason=support.form_text("reason", 500),
        as_of=support.now(),
        customer_id=found.customer_id,
        supply_point_id=found.supply_point_id,
        hold_until=_day(until),
    )
    flash(_("Billing of %(name)s is held.", name=found.name), "ok")
    return redirect(url_for("billing.holds"))


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DomainError("wrong_date", f"'{text}' is no date. Use the form 2026-07-31.") from error
