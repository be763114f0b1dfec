"""Pages of instalments and deferrals: list, wizard with the schedule before it is agreed, a plan, cancelling
it."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.finance import instalments, queries
from operational.finance.ledger import lists
from operational.finance.web import pages
from operational.finance.web_ledger import amount_of, customer_of, form_items
from operational.kernel.calendar import add_months
from operational.kernel.errors import DomainError

STATES = ("active", "breached", "completed", "cancelled")


@pages.get("/instalments")
def plans() -> ResponseReturnValue:
    """List instalment plans, running ones first."""
    state = request.args.get("state", "")
    state = state if state in STATES else ""
    rows = lists.plans(support.database(), status=state)
    return render_template("finance/plans.html", rows=rows, state=state, states=STATES)


@pages.get("/instalments/<uuid:public_id>")
def plan(public_id: UUID) -> ResponseReturnValue:
    """Show a plan: schedule with what is paid, debts covered, how it ended."""
    session = support.database()
    rows = lists.plans(session, public_id=str(public_id))
    found = support.found_or_404(rows[0] if rows else None)
    return render_template(
        "finance/plan.html",
        plan=found,
        parts=lists.plan_parts(session, plan=found, on=support.today()),
        debts=lists.plan_debts(session, plan=found),
    )


@pages.post("/instalments/<uuid:public_id>/cancel")
@support.acts_once
def cancel_plan(public_id: UUID) -> ResponseReturnValue:
    """End a plan by agreement."""
    instalments.cancel_plan(
        support.database(),
        public_id=str(public_id),
        reason=support.form_text("reason", 500),
        on=support.today(),
        as_of=support.now(),
    )
    flash(_("The plan was cancelled; its debts are due as before."), "ok")
    return redirect(url_for("finance.plan", public_id=public_id))


def _given() -> tuple[int, date]:
    try:
        first_due = date.fromisoformat(request.form.get("first_due", ""))
    except ValueError as error:
        raise DomainError("plan_first_due", "Choose the day of the first instalment.") from error
    return support.form_int("parts"), first_due


@pages.get("/customers/<uuid:public_id>/instalments/new")
def new_plan(public_id: UUID) -> ResponseReturnValue:
    """Offer the wizard: debts, number of parts, first day, interest."""
    return _wizard(public_id, {}, None, None)


def _wizard(
    public_id: UUID, given: dict[str, object], preview: list[instalments.Instalment] | None, error: str | None
) -> ResponseReturnValue:
    found = customer_of(public_id)
    items = queries.open_items(support.database(), customer_id=found.id, on=support.today())
    defaults = {
        "parts": 3,
        "first_due": add_months(support.today(), 1).isoformat(),
        "interest_rule": "statutory",
    }
    return render_template(
        "finance/new_plan.html",
        customer=found,
        items=[item for item in items if item.open_amount > 0],
        given=defaults | given,
        preview=preview,
        error=error,
    )


@pages.post("/customers/<uuid:public_id>/instalments/new")
@support.acts_once
def agree_plan(public_id: UUID) -> ResponseReturnValue:
    """Show the schedule first; agree on it when the form says so."""
    found, session = customer_of(public_id), support.database()
    chosen, rule = form_items(), request.form.get("interest_rule", "")
    given: dict[str, object] = {
        "parts": support.form_int("parts"),
        "first_due": request.form.get("first_due", "")[:10],
        "interest_rule": rule,
        "rate": support.form_text("rate", 10),
        "reason": support.form_text("reason", 500),
        "items": chosen,
    }
    try:
        parts, first_due = _given()
        if request.form.get("step") == "agree":
            made = instalments.agree_plan(
                session,
                customer_id=found.id,
                item_ids=chosen,
                parts=parts,
                first_due=first_due,
                interest_rule=rule,
                contract_rate_pct=amount_of("rate") if rule == "contract" else None,
                reason=support.form_text("reason", 500),
                on=support.today(),
                as_of=support.now(),
            )
            flash(_("The plan was agreed. Reminders about its debts stop."), "ok")
            return redirect(url_for("finance.plan", public_id=made))
        items = queries.open_items(session, customer_id=found.id, on=support.today())
        total = sum((item.open_amount for item in items if item.id in chosen), Decimal(0))
        preview = instalments.schedule(amount=total, parts=parts, first_due=first_due)
    except DomainError as error:
        return _wizard(public_id, given, None, error_text(error))
    return _wizard(public_id, given, preview, None)
