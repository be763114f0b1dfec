"""Pages of a case: its debts, plan, log, holds, protections and messages, and every act of a person on it."""

from io import BytesIO
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.dunning import operations, queries
from operational.dunning.rules import (
    DISPUTE_REASONS,
    DISPUTE_RESOLUTIONS,
    HOLD_REASONS,
    PROTECTIONS,
    DunningError,
)
from operational.dunning.web import form_date, pages


def _case(public_id: UUID) -> queries.Case:
    return support.found_or_404(queries.case(support.database(), public_id=str(public_id)))


def _back(public_id: UUID | str, words: str) -> ResponseReturnValue:
    flash(words, "ok")
    return redirect(url_for("dunning.case", public_id=public_id))


@pages.get("/dunning/cases/<uuid:public_id>")
def case(public_id: UUID) -> ResponseReturnValue:
    """Show a case."""
    found, session, today = _case(public_id), support.database(), support.today()
    return render_template(
        "dunning/case.html",
        case=found,
        items=queries.case_items(session, case_id=found.id, as_of=today),
        plan=queries.case_plan(session, case_id=found.id),
        events=queries.case_events(session, case_id=found.id),
        holds=queries.holds(session, customer_id=found.customer_id, as_of=today),
        protections=queries.protections(session, customer_id=found.customer_id),
        guards=queries.guards_today(session, customer_id=found.customer_id, as_of=today),
        orders=queries.orders_of_case(session, case_id=found.id),
        hold_reasons=HOLD_REASONS,
        dispute_reasons=DISPUTE_REASONS,
        dispute_resolutions=DISPUTE_RESOLUTIONS,
        protection_kinds=PROTECTIONS,
    )


@pages.post("/dunning/cases/<uuid:public_id>/notes")
@support.acts_once
def note(public_id: UUID) -> ResponseReturnValue:
    """Add a note to a case."""
    _case(public_id)
    operations.add_note(
        support.database(),
        public_id=str(public_id),
        body=support.form_text("body", 4000),
        as_of=support.today(),
    )
    return _back(public_id, _("The note was saved."))


def _hold(public_id: UUID, *, may_be_long: bool) -> ResponseReturnValue:
    found = _case(public_id)
    operations.place_hold(
        support.database(),
        customer_id=found.customer_id,
        open_item_id=support.form_int("open_item_id") or None,
        reason=support.form_text("reason"),
        note=support.form_text("note"),
        held_until=form_date("held_until") or support.today(),
        as_of=support.today(),
        may_be_long=may_be_long,
    )
    return _back(public_id, _("Dunning of this payer is held."))


@pages.post("/dunning/cases/<uuid:public_id>/holds")
@support.acts_once
def hold(public_id: UUID) -> ResponseReturnValue:
    """Hold dunning of a payer or of one debt, within the limit."""
    return _hold(public_id, may_be_long=False)


@pages.post("/dunning/cases/<uuid:public_id>/long-holds")
@support.acts_once
def long_hold(public_id: UUID) -> ResponseReturnValue:
    """Hold dunning for longer than the limit."""
    return _hold(public_id, may_be_long=True)


@pages.post("/dunning/holds/<uuid:public_id>/release")
@support.acts_once
def release(public_id: UUID) -> ResponseReturnValue:
    """End a hold."""
    operations.release_hold(support.database(), public_id=str(public_id), as_of=support.today())
    flash(_("The hold has ended."), "ok")
    return redirect(_here())


@pages.post("/dunning/disputes")
@support.acts_once
def dispute(**_given: Any) -> ResponseReturnValue:
    """Record that a debt is disputed, from the case or from the invoice."""
    operations.open_dispute(
        support.database(),
        open_item_id=support.form_int("open_item_id"),
        reason=support.form_text("reason"),
        note=support.form_text("note", 1000),
        as_of=support.today(),
    )
    flash(_("The dispute was recorded. The debt is not dunned until it is closed."), "ok")
    return redirect(_here())


@pages.post("/dunning/disputes/<uuid:public_id>/close")
@support.acts_once
def close_dispute(public_id: UUID) -> ResponseReturnValue:
    """Close a dispute with its outcome."""
    operations.close_dispute(
        support.database(), public_id=str(public_id), resolution=request.form.get("resolution", ""),
        as_of=support.today(),
    )  # fmt: skip
    flash(_("The dispute was closed."), "ok")
    return redirect(_here())


@pages.post("/dunning/cases/<uuid:public_id>/protections")
@support.acts_once
def protect(public_id: UUID) -> ResponseReturnValue:
    """Record a protection of the payer, or end one."""
    found, session, today = _case(public_id), support.database(), support.today()
    if ended := support.form_int("ended"):
        operations.end_protection(session, protection_id=ended, as_of=today)
        return _back(public_id, _("The protection has ended."))
    operations.record_protection(
        session, customer_id=found.customer_id, kind=request.form.get("kind", ""),
        basis=support.form_text("basis"), valid_from=form_date("valid_from") or today,
        valid_to=form_date("valid_to"), as_of=today,
    )  # fmt: skip
    return _back(public_id, _("The protection was recorded."))


@pages.post("/dunning/cases/<uuid:public_id>/deliveries")
@support.acts_once
def delivery(public_id: UUID) -> ResponseReturnValue:
    """Record when a letter was delivered, or that it came back."""
    _case(public_id)
    operations.record_delivery(
        support.database(), action_id=support.form_int("action_id"), outcome=request.form.get("outcome", ""),
        delivered_on=form_date("delivered_on"), as_of=support.today(),
    )  # fmt: skip
    return _back(public_id, _("The delivery was recorded."))


@pages.post("/dunning/cases/<uuid:public_id>/steps")
@support.acts_once
def step(public_id: UUID) -> ResponseReturnValue:
    """Let a step fire that the procedure leaves to a person."""
    _case(public_id)
    code = support.form_text("step_code", 60)
    operations.fire_by_hand(
        support.database(), public_id=str(public_id), step_code=code, as_of=support.today()
    )
    return _back(public_id, _("The step was done."))


@pages.post("/dunning/cases/<uuid:public_id>/recheck")
@support.acts_once
def recheck(public_id: UUID) -> ResponseReturnValue:
    """Do tonight's work for this payer now."""
    found = _case(public_id)
    done = operations.recheck(support.database(), customer_ids=[found.customer_id], as_of=support.today())
    return _back(
        public_id,
        _("Steps fired: %(steps)s, cases closed: %(closed)s.", steps=done.fired, closed=done.closed),
    )


@pages.post("/dunning/cases/<uuid:public_id>/hand-over")
@support.acts_once
def hand_over(public_id: UUID) -> ResponseReturnValue:
    """Hand the case over to an agency, or propose its debts for writing off."""
    _case(public_id)
    session, text = support.database(), support.form_text("text", 500)
    match request.form.get("action", ""):
        case "agency":
            operations.hand_over(session, public_id=str(public_id), to=text, as_of=support.today())
        case "write_off":
            operations.propose_write_off(
                session, public_id=str(public_id), reason=text, as_of=support.today(), moment=support.now()
            )
            return _back(public_id, _("The request waits for a second person in finance."))
        case _:
            raise DunningError("hand_over_action", "Choose between an agency and writing off.")
    return _back(public_id, _("The case was handed over."))


@pages.post("/dunning/cases/<uuid:public_id>/court-package")
def court_package(public_id: UUID) -> ResponseReturnValue:
    """Download the court package; the log of the case says who made it."""
    _case(public_id)
    made = operations.court_package(support.database(), public_id=str(public_id), as_of=support.today())
    support.commit()
    return send_file(
        BytesIO(made.content), mimetype="application/zip", as_attachment=True, download_name=made.name
    )


def _here() -> str:
    """Return the page of ours that the form stood on: a case or a document, named by its public id."""
    for name, endpoint in (("case", "dunning.case"), ("document", "documents.invoice")):
        try:
            return url_for(endpoint, public_id=UUID(request.form.get(name, "")))
        except ValueError:
            continue
    return url_for("dunning.board")
