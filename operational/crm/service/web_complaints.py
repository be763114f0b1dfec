"""Pages of complaints: inbox, registration, one complaint with its answer, statistics of causes.

What an accepted complaint starts lies in other rooms (billing, metering, finance): it is composed here.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from string import Template
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, support
from operational.app.labels import error_text, label
from operational.billing import exceptions as billing_exceptions
from operational.crm.customers import queries as customer_queries
from operational.crm.service import complaint_queries as reads
from operational.crm.service import complaints, operations, queries, statistics, web_columns
from operational.crm.service.rules import (
    CAUSES,
    COMPLAINT_CHANNELS,
    OUTCOMES,
    REMEDIES,
    ServiceRefused,
    clock_tone,
    wrong,
)
from operational.crm.service.web import FieldWords, customer_of, field_words, form_date, language, pages
from operational.documents.papers import operations as papers
from operational.documents.papers import queries as paper_queries
from operational.finance import refunds
from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.errors import DomainError
from operational.kernel.money import InvalidAmount, parse_amount
from operational.kernel.presentation import formatting
from operational.metering.validation.editing import request_readings

# Days in which the distributor is asked to read a meter again.
_READING_DAYS = timedelta(days=14)


def _filter() -> reads.ComplaintFilter:
    given = request.args
    states, who = ("open", "late", "deemed", "closed", "all"), ("all", "mine", "free")
    return reads.ComplaintFilter(
        state=given.get("state", "") if given.get("state", "") in states else "open",
        whose=given.get("whose", "") if given.get("whose", "") in who else "all",
        category=given.get("category", "")[:40], search=given.get("q", "").strip()[:80],
        cause=given.get("cause", "")[:40], outcome=given.get("outcome", "")[:20],
        product=given.get("product", "")[:60], dso=given.get("dso", "")[:20], month=_month("month"),
    )  # fmt: skip


def _month(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, "")[:7] + "-01")
    except ValueError:
        return None


@pages.get("/complaints")
def complaint_list() -> ResponseReturnValue:
    """Show the inbox: open complaints by deadline, with filters and totals."""
    page, session, narrowed = support.page_of_request(), support.database(), _filter()
    login, today = support.user().login, support.today()

    def read(found: Session, part: support.Page) -> list[reads.ComplaintRow]:
        return reads.complaints(
            found, narrowed=narrowed, login=login, today=today, offset=part.offset, limit=part.limit
        )

    if exports.asked():
        return exports.of_list("complaints", web_columns.COMPLAINTS, read)
    return render_template(
        "service/complaints.html", rows=read(session, page), page=page, narrowed=narrowed,
        totals=reads.inbox_totals(session, today=today), categories=reads.categories(session),
        clock_tone=clock_tone, lang=language(), outcomes=OUTCOMES,
    )  # fmt: skip


@pages.get("/complaints/new")
def new_complaint() -> ResponseReturnValue:
    """Show the form of a complaint for the customer given by `customer` (public id) or `number`."""
    session, number = support.database(), request.args.get("number", "").strip()[:20]
    found = None
    if "customer" in request.args:
        found = customer_of(request.args["customer"][:36])
    elif number:
        known = queries.customer_of_number(session, number=number)
        found = customer_of(known) if known else None
    given = {
        "received_on": support.today().isoformat(), "channel": "phone",
        "document_id": request.args.get("document", "")[:20],
        "supply_point_id": request.args.get("point", "")[:20],
        "payment_id": request.args.get("payment", "")[:20],
    }  # fmt: skip
    return _form(
        found,
        given,
        FieldWords(),
        _("There is no customer with this number.") if number and not found else "",
    )


def _form(
    found: customer_queries.Customer | None, given: Mapping[str, str], mistakes: Mapping[str, str],
    error: str = "",
) -> str:  # fmt: skip
    session, chosen = support.database(), found.id if found else 0
    return render_template(
        "service/new_complaint.html", customer=found, given=given, wrong=mistakes, error=error,
        categories=reads.categories(session), channels=COMPLAINT_CHANNELS, lang=language(),
        documents=reads.documents_of(session, customer_id=chosen), people=queries.staff(session),
        points=reads.points_of(session, customer_id=chosen),
        payments=reads.payments_of(session, customer_id=chosen),
    )  # fmt: skip


@pages.post("/complaints/new")
@support.acts_once
def register_complaint() -> ResponseReturnValue:
    """Receive a complaint; the customer is told its number and deadline, the debt is disputed."""
    found, session = customer_of(support.form_text("customer", 36)), support.database()
    claimed, mistakes = _amount("claimed_amount")
    given = _given(found.id, claimed)
    try:
        made = complaints.register_complaint(session, given=given, as_of=support.today())
    except ServiceRefused as error:
        mistakes = {**error.fields, **mistakes}
    if mistakes:
        refused = wrong(**mistakes)
        session.rollback()
        return _form(found, request.form, field_words(refused), error_text(refused)), 422
    complaints.confirm_receipt(session, complaint=made, given=given, as_of=support.now())
    due = formatting.civil_date(made.due_on, language=language())
    flash(_("Complaint %(number)s was registered. Answer by %(day)s.", number=made.number, day=due), "ok")
    return redirect(url_for("service.complaint", public_id=made.public_id))


def _given(customer_id: int, claimed: Decimal | None) -> complaints.NewComplaint:
    return complaints.NewComplaint(
        customer_id=customer_id, category=support.form_text("category", 40),
        channel=support.form_text("channel", 20), subject=support.form_text("subject", 200),
        body=support.form_text("body", 8000), received_on=form_date("received_on") or date.max,
        document_id=support.form_int("document_id") or None,
        document_line_no=support.form_int("document_line_no") or None,
        supply_point_id=support.form_int("supply_point_id") or None,
        payment_id=support.form_int("payment_id") or None,
        claimed_amount=claimed, owner=support.form_text("owner", 60),
    )  # fmt: skip


def _amount(name: str) -> tuple[Decimal | None, dict[str, str]]:
    """Return an amount of the form, and what is wrong with it."""
    given = support.form_text(name, 30)
    try:
        return (parse_amount(given) if given else None), {}
    except InvalidAmount:
        return None, {name: "no_amount"}


@pages.get("/complaints/<uuid:public_id>")
def complaint(public_id: UUID) -> ResponseReturnValue:
    """Show a complaint: what it is about, its clock, its log, and the form of the answer."""
    found = _found(public_id)
    given = {"outcome": "accepted", "remedy": "none", "cause": ""}
    for text in _texts(found):
        if str(text.id) == request.args.get("text", ""):
            given |= {"answer": _filled(text.body, found), "outcome": text.outcome}
    return _page(found, given, FieldWords(), "")


def _found(public_id: UUID) -> reads.Complaint:
    return support.found_or_404(
        reads.complaint(support.database(), public_id=str(public_id), today=support.today())
    )


def _texts(found: reads.Complaint) -> list[reads.AnswerText]:
    return reads.answer_texts(
        support.database(), category=found.category_code, language=found.customer_language
    )


def _filled(body: str, found: reads.Complaint) -> str:
    amount = found.granted_amount or found.claimed_amount
    return Template(body).safe_substitute(
        number=found.number, document=found.document_number or "–",
        received_on=formatting.civil_date(found.received_on, language=found.customer_language),
        due_on=formatting.civil_date(found.due_on, language=found.customer_language),
        amount=formatting.money(amount, found.customer_language) if amount is not None else "–",
    )  # fmt: skip


def _page(found: reads.Complaint, given: Mapping[str, str], mistakes: Mapping[str, str], error: str) -> str:
    session = support.database()
    return render_template(
        "service/complaint.html", complaint=found, given=given, wrong=mistakes, error=error,
        log=reads.log_of(session, complaint_id=found.id), texts=_texts(found), lang=language(),
        papers=paper_queries.papers_of(session, subject_kind="complaint", subject_id=found.id),
        activities=queries.activities_about(session, link_kind="complaint", link_id=found.id),
        people=queries.staff(session), clock_tone=clock_tone, outcomes=OUTCOMES, remedies=REMEDIES,
        causes=CAUSES, free_credit=refunds.free_credit(session, customer_id=found.customer_id),
    )  # fmt: skip


@pages.post("/complaints/<uuid:public_id>")
@support.acts_once
def change_complaint(public_id: UUID) -> ResponseReturnValue:
    """Take or hand over a complaint, write a note, ask the customer, or close it as withdrawn."""
    session, target, today = support.database(), str(public_id), support.today()
    version, body = support.form_int("row_version"), support.form_text("text", 8000)
    try:
        match request.form.get("action", ""):
            case "take" | "assign" as action:
                owner = support.user().login if action == "take" else support.form_text("owner", 60)
                complaints.assign_complaint(
                    session, public_id=target, row_version=version, owner=owner, as_of=today
                )
                words = _("The complaint has its owner.")
            case "ask":
                complaints.ask_customer(
                    session, public_id=target, row_version=version, question=body, as_of=support.now(),
                    day=today,
                )  # fmt: skip
                words = _("The question was sent.")
            case "withdraw":
                complaints.withdraw_complaint(
                    session, public_id=target, row_version=version, reason=body, as_of=today
                )
                words = _("The complaint was closed as withdrawn.")
            case _:
                complaints.note_on_complaint(session, public_id=target, body=body, as_of=today)
                words = _("The note was saved.")
    except ServiceRefused as error:
        if error.code != "service_fields":
            raise
        session.rollback()
        return _page(_found(public_id), request.form, field_words(error), error_text(error)), 422
    flash(words, "ok")
    return redirect(url_for("service.complaint", public_id=public_id))


@pages.post("/complaints/<uuid:public_id>/answer")
@support.acts_once
def answer_complaint(public_id: UUID) -> ResponseReturnValue:
    """Decide a complaint: the answer goes out as a PDF, what was accepted is started, the dispute ends."""
    session, found, today = support.database(), _found(public_id), support.today()
    granted, mistaken = _amount("granted_amount")
    try:
        answer = complaints.Answer(
            outcome=support.form_text("outcome", 20), text=support.form_text("answer", 8000),
            cause=support.form_text("cause", 40), remedy=support.form_text("remedy", 20) or "none",
            granted_amount=granted, language=found.customer_language,
        )  # fmt: skip
        complaints.answer_complaint(
            session, public_id=str(public_id), row_version=support.form_int("row_version"), answer=answer,
            as_of=today,
        )  # fmt: skip
        if mistaken:
            raise wrong(**mistaken)
        if answer.outcome != "rejected":
            _start_remedy(found, answer)
    except DomainError as error:
        mistakes = _mistakes(error)
        if mistakes is None:
            raise
        session.rollback()
        return _page(_found(public_id), request.form, mistakes, error_text(error)), 422
    _send(found, answer)
    flash(_("The answer was sent."), "ok")
    return redirect(url_for("service.complaint", public_id=public_id))


def _mistakes(error: DomainError) -> dict[str, str] | None:
    """Return the words of a refusal by field; None when it is not about what was typed."""
    if isinstance(error, ServiceRefused):
        return field_words(error) if error.fields else None
    if isinstance(error, refunds.RefundError):
        name = "granted_amount" if error.code == "refund_above_credit" else "refund_account"
        return FieldWords({name: error_text(error)})
    return None


def _start_remedy(found: reads.Complaint, answer: complaints.Answer) -> None:
    """Start what the acceptance promises: a new reading, a check by billing, or a refund."""
    session, now = support.database(), support.now()
    reference = ""
    match answer.remedy:
        case "re_reading":
            points = [found.supply_point_id] if found.supply_point_id else _points_of_document(found)
            if not points:
                raise wrong(remedy="no_point")
            request_readings(
                session, supply_point_ids=points, reason=f"{found.number}: {found.subject}"[:200],
                wanted_by=support.today() + _READING_DAYS, as_of=now,
            )  # fmt: skip
            reference = found.supply_point_code or found.document_number
            if found.document_id is not None:
                _billing_task(found, answer)
        case "price_fix" | "recalculation":
            if found.document_id is None:
                raise wrong(remedy="no_document")
            opened = billing_exceptions.open_review(
                session, document_id=found.document_id, code="complaint",
                message=f"{found.number}: {found.subject}", cure=label("remedy", answer.remedy),
                stake=found.claimed_amount, as_of=now,
            )  # fmt: skip
            _billing_task(found, answer)
            reference = f"{found.document_number} ({opened})"
        case "refund":
            if not answer.granted_amount:
                raise wrong(granted_amount="missing")
            reference = refunds.request_refund(
                session, customer_id=found.customer_id, amount=answer.granted_amount,
                account=support.form_text("refund_account", 40), recipient=found.customer_name,
                title=found.number, on=support.today(), as_of=now,
            )  # fmt: skip
        case _:
            return
    complaints.record_remedy(
        session, complaint_id=found.id, remedy=answer.remedy, reference=reference, as_of=support.today()
    )


def _billing_task(found: reads.Complaint, answer: complaints.Answer) -> None:
    """Ask billing for the correction. Until it is issued, or this task is done, the debt is not dunned."""
    operations.add_activity(
        support.database(), customer_id=found.customer_id, kind="task", queue="billing",
        subject=f"{found.number}: {label('remedy', answer.remedy)} ({found.document_number})",
        body=answer.text, link_kind="complaint", link_id=found.id, as_of=support.today(),
    )  # fmt: skip


def _points_of_document(found: reads.Complaint) -> list[int]:
    return reads.points_of_document(support.database(), document_id=found.document_id or 0)


def _send(found: reads.Complaint, answer: complaints.Answer) -> None:
    """Make the PDF of the answer and queue it to the customer."""
    session = support.database()
    values: dict[str, Any] = {
        "complaint": {
            "number": found.number, "received_on": found.received_on, "subject": found.subject,
            "category": found.category_pl if found.customer_language == "pl" else found.category_en,
            "answer": answer.text, "outcome": label("complaint_outcome", answer.outcome),
            "document": found.document_number or "–",
        },
        "answer": answer.text,
    }  # fmt: skip
    paper = papers.fill(
        session, template="complaint_answer", language=found.customer_language, values=values,
        customer_id=found.customer_id, subject_kind="complaint", subject_id=found.id, title=found.number,
        as_of=support.today(),
    )  # fmt: skip
    complaints.file_answer(
        session, complaint_id=found.id, paper_id=paper.id, pdf=paper.pdf, as_of=support.now()
    )


@pages.get("/complaints/statistics")
def complaint_statistics() -> ResponseReturnValue:
    """Show causes, categories, products, distributors: counts, share accepted, days to the answer."""
    by = request.args.get("by", "cause")
    by = by if by in statistics.DIMENSIONS else "cause"
    start = _month("from") or add_months(first_of_month(support.today()), -11)
    last = _month("to") or first_of_month(support.today())
    rows = statistics.statistics(
        support.database(), by=by, start=start, end=add_months(max(start, last), 1), today=support.today()
    )
    return render_template(
        "service/statistics.html", rows=rows, by=by, dimensions=list(statistics.DIMENSIONS), start=start,
        last=max(start, last), lang=language(),
    )  # fmt: skip
