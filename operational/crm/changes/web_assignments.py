"""Pages of an assignment: the wizard, both parties with the closing reading, moved balance, papers."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.crm.changes import assigning, papers, queries
from operational.crm.changes.versions import ChangeError
from operational.crm.changes.web import contract_of, day_of, number_of, pages
from operational.finance import notes
from operational.finance import queries as finance_queries
from operational.kernel.errors import DomainError

_FIELD_OF = {
    "day_wrong": "assigned_on", "effective_on_closed": "assigned_on", "assigned_on_outside": "assigned_on",
    "same_customer_assigned": "taker", "taker_unknown": "taker", "reading_wrong": "reading",
    "reading_below_last": "reading", "register_unknown": "reading",
}  # fmt: skip


def _form(public_id: UUID, on: date, given: Any, error: DomainError | None) -> ResponseReturnValue:
    found, session = contract_of(public_id), support.database()
    return render_template(
        "changes/new_assignment.html",
        contract=found,
        on=on,
        registers=assigning.registers_on(session, contract_id=found.id, on=on),
        balance=finance_queries.balance(session, customer_id=found.customer_id),
        given=given,
        errors={_FIELD_OF.get(error.code, ""): error_text(error)} if error else {},
    )


@pages.get("/contracts/<uuid:public_id>/assignments/new")
def new_assignment(public_id: UUID) -> ResponseReturnValue:
    """Offer the form: who takes over, from which day, the closing reading."""
    return _form(public_id, support.query_date("on") or support.today(), {}, None)


def _readings() -> dict[int, Decimal]:
    return {
        int(name.removeprefix("reading-")): number_of(name, "reading_wrong")
        for name in request.form
        if name.startswith("reading-") and name[8:].isdigit() and request.form[name].strip()
    }


@pages.post("/contracts/<uuid:public_id>/assignments/new")
@support.acts_once
def make_assignment(public_id: UUID) -> ResponseReturnValue:
    """Keep the assignment as a draft with its papers; the form comes back with what is wrong."""
    found, session, on = contract_of(public_id), support.database(), support.today()
    try:
        on = day_of("assigned_on")
        taker = queries.customer_id_of(session, number=support.form_text("taker", 40))
        if taker is None:
            raise ChangeError("taker_unknown", "There is no customer with this number.")
        made = assigning.draft_assignment(
            session, contract_id=found.id, to_customer_id=taker, assigned_on=on, readings=_readings(),
            reason=support.form_text("reason", 500), today=support.today(), as_of=support.now(),
        )  # fmt: skip
    except DomainError as error:
        session.rollback()
        return _form(public_id, on, request.form, error)
    papers.assignment_papers(session, public_id=made, as_of=support.today())
    flash(_("The assignment is a draft with its papers. Carry it out when both have signed."), "ok")
    return redirect(url_for("changes.assignment", public_id=made))


@pages.get("/assignments/<uuid:public_id>")
def assignment(public_id: UUID) -> ResponseReturnValue:
    """Show an assignment: parties, closing reading, papers, documents of both sides, balance."""
    session = support.database()
    found = support.found_or_404(queries.assignment(session, public_id=str(public_id)))
    items = finance_queries.open_items(session, customer_id=found.from_customer_id, on=support.today())
    return render_template(
        "changes/assignment.html",
        change=found,
        readings=queries.closing_readings(session, values=found.readings, on=found.assigned_on),
        documents=queries.final_documents(session, assignment_id=found.id),
        items=[item for item in items if item.open_amount > 0],
        balance=finance_queries.balance(session, customer_id=found.from_customer_id),
    )


@pages.post("/assignments/<uuid:public_id>/complete")
@support.acts_once
def complete_assignment(public_id: UUID) -> ResponseReturnValue:
    """Carry out a signed assignment: the old supply ends, the taker's begins."""
    assigning.complete_assignment(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version"),
        signed_on=day_of("signed_on"), as_of=support.now(),
    )  # fmt: skip
    flash(_("The contract passed over. Both final documents follow with the next billing run."), "ok")
    return redirect(url_for("changes.assignment", public_id=public_id))


@pages.post("/assignments/<uuid:public_id>/cancel")
@support.acts_once
def cancel_assignment(public_id: UUID) -> ResponseReturnValue:
    """Give up an assignment that was not carried out."""
    assigning.cancel_assignment(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version")
    )
    flash(_("The assignment was cancelled. Nothing changed."), "ok")
    return redirect(url_for("changes.assignment", public_id=public_id))


@pages.post("/assignments/<uuid:public_id>/balance")
@support.acts_once
def move_balance(public_id: UUID) -> ResponseReturnValue:
    """Move chosen debts of the old payer to the taker, with a reason; nothing moves by itself."""
    session = support.database()
    found = support.found_or_404(queries.assignment(session, public_id=str(public_id)))
    if found.state != "done":
        raise ChangeError("assignment_open", "A balance moves after the assignment was carried out.")
    amount = notes.move_balance(
        session, from_customer_id=found.from_customer_id, to_customer_id=found.to_customer_id,
        item_ids=[int(value) for value in request.form.getlist("item") if value.isdigit()],
        assignment_id=found.id, reason=support.form_text("reason", 500), on=support.today(),
        as_of=support.now(),
    )  # fmt: skip
    flash(_("Moved: %(amount)s PLN. Both customers have a note of it.", amount=amount), "ok")
    return redirect(url_for("changes.assignment", public_id=public_id))
