"""Pages of collective corrections: the choice for a run, the dated rules and what was issued."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.app.reads import runs as reads
from operational.billing import collective as choices
from operational.billing.web import pages
from operational.documents import collective as documents
from operational.kernel.errors import DomainError


@pages.post("/billing/runs/<uuid:public_id>/corrections")
@support.acts_once
def choose_corrections(public_id: UUID) -> ResponseReturnValue:
    """Choose how the corrections of the run are written, before it is issued."""
    found = support.found_or_404(reads.run(support.database(), public_id=str(public_id)))
    choices.choose_form(
        support.database(),
        run_id=found.id,
        form=request.form.get("form", "")[:20],
        reason=support.form_text("correction_reason", 400),
        row_version=support.form_int("row_version"),
    )
    flash(_("The form of the corrections was kept."), "ok")
    return redirect(url_for("billing.run", public_id=public_id))


@pages.get("/billing/collective")
def collectives() -> ResponseReturnValue:
    """Show the dated rules and the collective corrections, the newest first."""
    return _overview()


def _overview(error: DomainError | None = None) -> ResponseReturnValue:
    page, session = support.page_of_request(), support.database()
    rows = documents.collectives(session, offset=page.offset, limit=page.limit)
    answer = render_template(
        "billing/collectives.html", rules=choices.rules(session), rows=rows, page=page, kinds=choices.KINDS,
        given=request.form, problem=error_text(error) if error else "",
    )  # fmt: skip
    return (answer, 422) if error else answer


@pages.post("/billing/collective")
@support.acts_once
def add_collective_rule() -> ResponseReturnValue:
    """Add a dated rule; a refusal stands at the form with what was entered."""
    try:
        choices.add_rule(
            support.database(),
            customer_kind=request.form.get("customer_kind", "")[:20],
            min_invoices=support.form_int("min_invoices"),
            valid_from=choices.day_of(request.form.get("valid_from", "")),
            valid_to=choices.last_day_of(request.form.get("valid_to", "")),
            source=support.form_text("source", 200),
        )
    except choices.WrongCorrectionForm as refused:
        return _overview(refused)
    flash(_("The rule was kept."), "ok")
    return redirect(url_for("billing.collectives"))


@pages.post("/billing/collective/<uuid:public_id>/withdraw")
@support.acts_once
def withdraw_collective_rule(public_id: UUID) -> ResponseReturnValue:
    """Withdraw a rule; what was issued by it stays."""
    choices.withdraw_rule(support.database(), public_id=str(public_id))
    flash(_("The rule was withdrawn."), "ok")
    return redirect(url_for("billing.collectives"))
