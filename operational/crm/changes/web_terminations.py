"""Pages of a termination: the form with end and penalty by rule, confirming, debit notes."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.crm.changes import papers, queries, terminating
from operational.crm.changes.versions import ChangeError
from operational.crm.changes.web import contract_of, day_of, number_of, pages
from operational.finance import notes
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings
from operational.messaging.operations import Attachment, NewMessage, queue_messages

_FIELD_OF = {
    "day_wrong": "notice_on", "notice_in_future": "notice_on", "not_supplied": "notice_on",
    "end_too_early": "ends_on", "end_before_start": "ends_on", "party_unknown": "given_by",
}  # fmt: skip


def _form(
    public_id: UUID, given: Any, shown: terminating.Notice | None, error: DomainError | None
) -> ResponseReturnValue:
    return render_template(
        "changes/new_termination.html",
        contract=contract_of(public_id),
        given=given,
        shown=shown,
        parties=terminating.PARTIES,
        errors={_FIELD_OF.get(error.code, ""): error_text(error)} if error else {},
    )


@pages.get("/contracts/<uuid:public_id>/terminations/new")
def new_termination(public_id: UUID) -> ResponseReturnValue:
    """Offer the form: when the notice came, who gives it, when it shall end."""
    return _form(public_id, {}, None, None)


@pages.post("/contracts/<uuid:public_id>/terminations/new")
@support.acts_once
def make_termination(public_id: UUID) -> ResponseReturnValue:
    """Show the end and the penalty by rule first; keep the draft when the form says so."""
    found, session = contract_of(public_id), support.database()
    try:
        given: dict[str, Any] = {
            "contract_id": found.id,
            "notice_on": day_of("notice_on"),
            "given_by": request.form.get("given_by", ""),
            "ends_on": day_of("ends_on") if request.form.get("ends_on") else None,
            "today": support.today(),
        }
        if request.form.get("step") == "save":
            made = terminating.draft_termination(
                session, **given, reason=support.form_text("reason", 500), as_of=support.now()
            )
            flash(_("The termination is a draft. Confirm it to end the supply."), "ok")
            return redirect(url_for("changes.termination", public_id=made))
        shown = terminating.judge(session, **given)
    except DomainError as error:
        session.rollback()
        return _form(public_id, request.form, None, error)
    return _form(public_id, request.form, shown, None)


@pages.get("/terminations/<uuid:public_id>")
def termination(public_id: UUID) -> ResponseReturnValue:
    """Show a termination: end, penalty with its calculation, debit notes."""
    session = support.database()
    found = support.found_or_404(queries.termination(session, public_id=str(public_id)))
    return render_template(
        "changes/termination.html",
        change=found,
        how=_amounts(found.calculation),
        notes=notes.debit_notes(session, termination_id=found.id),
    )


def _amounts(calculation: dict[str, Any]) -> dict[str, Any]:
    """Return how a penalty came about, with the numbers as numbers again."""
    numbers = ("amount", "by_formula", "by_cap", "by_law", "left_kwh", "left_energy_net")
    return {
        key: Decimal(value) if key in numbers and value is not None else value
        for key, value in calculation.items()
    }


@pages.post("/terminations/<uuid:public_id>/confirm")
@support.acts_once
def confirm_termination(public_id: UUID) -> ResponseReturnValue:
    """End the supply on its day, make the confirmation and send it."""
    session = support.database()
    found = terminating.confirm_termination(
        session, public_id=str(public_id), row_version=support.form_int("row_version"), as_of=support.now()
    )
    paper = papers.termination_paper(session, public_id=str(public_id), as_of=support.today())
    message = NewMessage(
        key=f"termination:{found.number}",
        customer_id=found.customer_id,
        template="contract.ending",
        variables={"contract_number": found.contract_number, "ends_on": found.ends_on},
        references={"contract": found.contract_id},
        attachments=(Attachment(f"{found.number.replace('/', '-')}.pdf", paper.pdf),),
    )
    queue_messages(session, messages=[message], as_of=support.now())
    flash(_("The termination is confirmed. The final bill follows after the last day."), "ok")
    return redirect(url_for("changes.termination", public_id=public_id))


@pages.post("/terminations/<uuid:public_id>/withdraw")
@support.acts_once
def withdraw_termination(public_id: UUID) -> ResponseReturnValue:
    """Take back a termination that is not confirmed."""
    terminating.withdraw_termination(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version")
    )
    flash(_("The termination was withdrawn. The contract goes on."), "ok")
    return redirect(url_for("changes.termination", public_id=public_id))


@pages.post("/terminations/<uuid:public_id>/debit-notes")
@support.acts_once
def debit_note(public_id: UUID) -> ResponseReturnValue:
    """Issue, correct or (with 0) cancel the debit note of an early end, and send it."""
    session = support.database()
    found = support.found_or_404(queries.termination(session, public_id=str(public_id)))
    amount = number_of("amount", "debit_note_amount")
    if amount > found.penalty_amount:
        raise ChangeError(
            "penalty_above_limit", f"By contract and law at most {found.penalty_amount} PLN may be asked for."
        )
    note = notes.issue_debit_note(
        session, termination_id=found.id, amount=amount, reason=support.form_text("reason", 500),
        issue_date=support.today(), as_of=support.now(),
    )  # fmt: skip
    notes.send_debit_note(session, public_id=note.public_id, settings=get_settings(), as_of=support.now())
    flash(_("Issued: %(number)s.", number=note.number), "ok")
    return redirect(url_for("changes.termination", public_id=public_id))
