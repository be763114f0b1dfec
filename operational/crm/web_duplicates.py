"""Pages of duplicates: the queue of likely pairs, and the merge of two customers with its obstacles."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.app.reads import customer_page
from operational.crm.customers import duplicates, merging, queries
from operational.crm.web import customer_of, pages
from operational.kernel.errors import DomainError

STATES = ("open", "different", "merged")


@pages.get("/customers/duplicates")
def duplicate_queue() -> ResponseReturnValue:
    """List pairs of customers who may be one, the likeliest first."""
    page, state = support.page_of_request(), request.args.get("state", "open")
    state = state if state in STATES else "open"
    rows = duplicates.queue(support.database(), state=state, offset=page.offset, limit=page.limit)
    return render_template("crm/duplicates.html", rows=rows, page=page, state=state, states=STATES)


@pages.post("/customers/duplicates")
@support.acts_once
def search_duplicates() -> ResponseReturnValue:
    """Compare all customers again."""
    waiting = duplicates.search_all(support.database(), as_of=support.today())
    flash(_("All customers were compared: %(count)s pairs wait.", count=waiting), "ok")
    return redirect(url_for("crm.duplicate_queue"))


@pages.post("/customers/duplicates/<uuid:public_id>/different")
@support.acts_once
def set_different(public_id: UUID) -> ResponseReturnValue:
    """Decide that the two of a pair are different customers."""
    duplicates.set_different(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version"),
        note=support.form_text("note", 500), actor=f"staff:{support.user().login}",
    )  # fmt: skip
    flash(_("The pair was marked as two different customers."), "ok")
    return redirect(url_for("crm.duplicate_queue"))


@pages.get("/customers/<uuid:public_id>/merge")
def merge_form(public_id: UUID) -> ResponseReturnValue:
    """Show two customers side by side, what a merge would do, and what stands in its way."""
    return _merge_page(customer_of(str(public_id)), request.args.get("other", ""))


def _merge_page(
    kept: queries.Customer, number: str, *, error: DomainError | None = None, reason: str = ""
) -> str:
    session, today = support.database(), support.today()
    other = queries.customer_by_number(session, number=number.strip()[:40]) if number.strip() else None
    shown: dict[str, Any] = {"other": other, "number": number, "reason": reason}
    if other is not None:
        shown["plan"] = merging.plan(session, kept_id=kept.id, merged_id=other.id, as_of=today)
        shown["figures"] = {
            found.id: customer_page.figures(session, customer_id=found.id, today=today)
            for found in (kept, other)
        }
    return render_template("crm/merge.html", kept=kept, error=error_text(error) if error else "", **shown)


@pages.post("/customers/<uuid:public_id>/merge")
@support.acts_once
def merge(public_id: UUID) -> ResponseReturnValue:
    """Merge another customer into this one; every obstacle is told and what was typed stays."""
    kept, number = customer_of(str(public_id)), support.form_text("other", 40)
    reason, session = support.form_text("reason", 500), support.database()
    other = support.found_or_404(queries.customer_by_number(session, number=number))
    try:
        moved = merging.merge(
            session, kept_id=kept.id, merged_id=other.id, reason=reason, as_of=support.today(),
            row_versions=(support.form_int("row_version"), support.form_int("other_version")),
            actor=f"staff:{support.user().login}",
        )  # fmt: skip
    except DomainError as error:
        if error.code == "changed_meanwhile":
            raise
        session.rollback()
        return _merge_page(kept, number, error=error, reason=reason), 422
    words = _("Customer %(number)s was merged into this one.", number=other.customer_number)
    if moved:
        words = f"{words} {_('Contracts moved: %(numbers)s.', numbers=', '.join(moved))}"
    flash(words, "ok")
    return redirect(url_for("crm.customer", public_id=public_id))
