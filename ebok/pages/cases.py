"""My cases: complaints of the customer with their deadline, the thread and the answer."""

import uuid
from collections.abc import Mapping
from decimal import Decimal

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from ebok import support
from operational.crm.service.portal import operations, queries
from operational.kernel.money import InvalidAmount, parse_amount

pages = Blueprint("cases", __name__, url_prefix="/cases")


@pages.get("")
def listing() -> ResponseReturnValue:
    """Show the complaints, open ones first."""
    rows = queries.complaints(support.database(), customer_id=support.customer_id(), today=support.today())
    return render_template("cases.html", rows=rows)


@pages.get("/new")
def new() -> ResponseReturnValue:
    """Show the form; `number` names a document in advance."""
    documents, _points = queries.choices(support.database(), customer_id=support.customer_id())
    number = request.args.get("number", "")[:60]
    chosen = next((str(row.id) for row in documents if row.words.startswith(f"{number} ")), "")
    return _form({"document": chosen if number else ""}, {})


@pages.post("/new")
def send() -> ResponseReturnValue:
    """Register a complaint; what is wrong stands at its field and what was written stays."""
    session = support.database()
    claimed, mistakes = _amount()
    try:
        made = operations.complain(session, given=_given(claimed), request_key=_key(), as_of=support.today())
    except operations.ServiceRefused as error:
        mistakes = {**error.fields, **mistakes}
    if mistakes:
        session.rollback()
        return _form(request.form, {name: _words(code) for name, code in mistakes.items()}), 422
    session.commit()
    flash(_("Thank you. We received your complaint. Its number: %(number)s.", number=made.number), "ok")
    return redirect(url_for("cases.case", public_id=made.public_id), 303)


def _amount() -> tuple[Decimal | None, dict[str, str]]:
    given = request.form.get("claimed_amount", "")[:30].strip()
    try:
        return (parse_amount(given) if given else None), {}
    except InvalidAmount:
        return None, {"claimed_amount": "no_amount"}


def _given(claimed: Decimal | None) -> operations.NewComplaint:
    return operations.NewComplaint(
        customer_id=support.customer_id(), category=request.form.get("category", "")[:40], channel="ebok",
        subject=request.form.get("subject", "")[:200], body=request.form.get("body", "")[:8000],
        received_on=support.today(), document_id=_number("document"), supply_point_id=_number("point"),
        claimed_amount=claimed,
    )  # fmt: skip


def _number(name: str) -> int | None:
    given = request.form.get(name, "")
    return int(given) if given.isdecimal() and len(given) < 16 else None


def _key() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("key", ""))
    except ValueError:
        abort(400)


def _form(given: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    session = support.database()
    documents, points = queries.choices(session, customer_id=support.customer_id())
    return render_template(
        "new_case.html", given=given, wrong=wrong, documents=documents, points=points,
        categories=queries.categories(session, portal_only=True), key=given.get("key") or str(uuid.uuid4()),
    )  # fmt: skip


@pages.get("/<uuid:public_id>")
def case(public_id: uuid.UUID) -> ResponseReturnValue:
    """Show a complaint with its thread."""
    return _case(public_id, "")


def _case(public_id: uuid.UUID, error: str) -> str:
    session = support.database()
    found = queries.complaint(
        session, public_id=str(public_id), customer_id=support.customer_id(), today=support.today()
    )
    if found is None:
        abort(404)
    return render_template(
        "case.html", case=found, thread=queries.messages(session, complaint_id=found.id), error=error
    )


@pages.post("/<uuid:public_id>")
def write(public_id: uuid.UUID) -> ResponseReturnValue:
    """Add a message to an open complaint."""
    session = support.database()
    try:
        operations.write(
            session, public_id=str(public_id), customer_id=support.customer_id(),
            body=request.form.get("body", "")[:8000], as_of=support.today(),
        )  # fmt: skip
    except operations.ServiceRefused as error:
        session.rollback()
        if error.code == "complaint_not_found":
            abort(404)
        words = _words("closed" if error.code == "complaint_closed" else "missing")
        return _case(public_id, words), 422
    session.commit()
    flash(_("Your message was added."), "ok")
    return redirect(url_for("cases.case", public_id=public_id), 303)


def _words(code: str) -> str:
    """Return a refusal in the customer's words."""
    words: dict[str, str] = {
        "missing": _("Fill this in."),
        "choose": _("Choose from the list."),
        "not_positive": _("The amount must be above zero."),
        "no_amount": _("This is no amount. Write for example 120,50."),
        "not_of_customer": _("Choose from the list."),
        "closed": _("This case is closed. Write a new complaint."),
    }
    return words.get(code) or str(_("This cannot be sent as it is."))
