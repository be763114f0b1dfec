"""Pages of the ledger: account card, refunds with outgoing files, write-offs, chart of accounts, journal,
export."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.crm.customers import queries as customers
from operational.finance import policies, queries, refunds, refunds_paid, write_offs
from operational.finance.ledger import card, journal, lists, printing
from operational.finance.web import pages
from operational.kernel.calendar import first_of_month
from operational.kernel.errors import DomainError
from operational.kernel.money import parse_amount
from operational.kernel.settings import get_settings


def customer_of(public_id: UUID) -> customers.Customer:
    """Return the customer of the address, or answer 404."""
    return support.found_or_404(customers.customer(support.database(), public_id=str(public_id)))


def form_items() -> list[int]:
    """Return the open items that were ticked in the form."""
    return [int(value) for value in request.form.getlist("item") if value.isdigit() and len(value) < 19]


def amount_of(name: str) -> Decimal:
    """Read an amount of the form exactly; a wrong one is refused with words."""
    return parse_amount(support.form_text(name, 20))


@pages.get("/customers/<uuid:public_id>/card")
def account_card(public_id: UUID) -> ResponseReturnValue:
    """Show the card of a customer within chosen days, what is open, and what may be done with it."""
    return _card(public_id)


def _card(public_id: UUID, refused: DomainError | None = None) -> str:
    """Render the card; with what was refused, and what the form held, when a request was not taken."""
    found, page, session, today = (
        customer_of(public_id),
        support.page_of_request(),
        support.database(),
        support.today(),
    )
    chosen = {"date_from": support.query_date("from"), "date_to": support.query_date("to")}
    on = chosen["date_to"] or today
    return render_template(
        "finance/account_card.html",
        customer=found,
        page=page,
        chosen=chosen,
        on=on,
        card=card.card_page(session, customer_id=found.id, **chosen, offset=page.offset, limit=page.limit),
        items=queries.open_items(session, customer_id=found.id, on=on),
        terms=policies.terms_of(session, customer_id=found.id, on=today),
        free=refunds.free_credit(session, customer_id=found.id),
        refused=refused,
        error=error_text(refused) if refused else "",
        given=request.form,
        ticked=form_items(),
    )


def _refused(public_id: UUID, error: DomainError) -> ResponseReturnValue:
    """Take back what the request began, and show the card with the reason at its field."""
    support.database().rollback()
    return _card(public_id, error), 422


@pages.get("/customers/<uuid:public_id>/card/confirmation")
def balance_confirmation(public_id: UUID) -> ResponseReturnValue:
    """Return the confirmation of the balance at the end of a day (``on``, default today) as PDF."""
    found, on = customer_of(public_id), support.query_date("on") or support.today()
    content = printing.confirmation_pdf(
        support.database(), customer_id=found.id, on=on, settings=get_settings()
    )
    return _pdf(content, f"{found.customer_number}-{on}")


def _pdf(content: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)


@pages.post("/customers/<uuid:public_id>/card/terms")
@support.acts_once
def set_finance_terms(public_id: UUID) -> ResponseReturnValue:
    """Agree with a customer how interest is asked for and what payments settle first."""
    found = customer_of(public_id)
    policies.set_terms(
        support.database(),
        customer_id=found.id,
        interest_mode=request.form.get("interest_mode", ""),
        rate_kind=request.form.get("rate_kind") or None,
        allocation_order=request.form.get("allocation_order") or None,
        valid_from=support.today(),
        as_of=support.now(),
    )
    flash(_("The finance terms of %(name)s hold from today.", name=found.name), "ok")
    return redirect(url_for("finance.account_card", public_id=public_id))


@pages.post("/customers/<uuid:public_id>/card/write-off")
@support.acts_once
def ask_write_off(public_id: UUID) -> ResponseReturnValue:
    """Write off the ticked items, or ask a second person to."""
    found = customer_of(public_id)
    kind = "small_difference" if request.form.get("kind") == "small_difference" else "write_off"
    try:
        made = write_offs.write_off(
            support.database(),
            customer_id=found.id,
            item_ids=form_items(),
            reason=support.form_text("reason", 500),
            kind=kind,
            on=support.today(),
            as_of=support.now(),
        )
    except DomainError as error:
        return _refused(public_id, error)
    if made.is_booked:
        flash(_("The write-off was booked."), "ok")
        return redirect(url_for("finance.account_card", public_id=public_id))
    flash(_("The write-off waits for a second person."), "info")
    return redirect(url_for("finance.write_off_list"))


@pages.post("/customers/<uuid:public_id>/card/refund")
@support.acts_once
def ask_refund(public_id: UUID) -> ResponseReturnValue:
    """Ask for a refund of a customer's credit; another person approves it."""
    found = customer_of(public_id)
    try:
        refunds.request_refund(
            support.database(),
            customer_id=found.id,
            amount=amount_of("amount"),
            account=support.form_text("account", 40),
            recipient=support.form_text("recipient", 70),
            title=support.form_text("title", 140),
            on=support.today(),
            as_of=support.now(),
        )
    except DomainError as error:
        return _refused(public_id, error)
    flash(_("The refund waits for a second person."), "info")
    return redirect(url_for("finance.refund_list"))


@pages.get("/refunds")
def refund_list() -> ResponseReturnValue:
    """List refunds, those that wait first, and the files that left."""
    session = support.database()
    rows = lists.refund_list(session)
    return render_template(
        "finance/refunds.html",
        rows=rows,
        approved=[row for row in rows if row.status == "approved"],
        batches=lists.transfer_batches(session),
        odd=refunds_paid.odd_refunds(session),
        day=support.today(),
    )


@pages.post("/refunds/<uuid:public_id>/decide")
@support.acts_once
def decide_refund(public_id: UUID) -> ResponseReturnValue:
    """Approve a refund as a second person, or reject it with a reason."""
    session, version, today = support.database(), support.form_int("row_version"), support.today()
    if request.form.get("decision") == "approve":
        refunds.approve_refund(
            session, public_id=str(public_id), row_version=version, on=today, as_of=support.now()
        )
        flash(_("The refund was approved; it leaves with the next file."), "ok")
    else:
        reason = support.form_text("reason", 500)
        refunds.reject_refund(session, public_id=str(public_id), row_version=version, reason=reason, on=today)
        flash(_("The refund was rejected."), "ok")
    return redirect(url_for("finance.refund_list"))


@pages.post("/refunds/export")
@support.acts_once
def export_refunds() -> ResponseReturnValue:
    """Put the approved refunds into one file for the bank."""
    made = refunds.export_refunds(
        support.database(),
        format_code=request.form.get("format", ""),
        execute_on=support.today(),
        settings=get_settings(),
        as_of=support.now(),
    )
    flash(_("File %(name)s was made: %(count)s transfers.", name=made.file_name, count=made.payments), "ok")
    return redirect(url_for("finance.refund_list"))


@pages.get("/refunds/files/<uuid:public_id>")
def transfer_file(public_id: UUID) -> ResponseReturnValue:
    """Return an outgoing file as it was made."""
    name, content = support.found_or_404(lists.transfer_content(support.database(), public_id=str(public_id)))
    return _download(name, content)


def _download(name: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="application/octet-stream", headers=headers)


@pages.get("/write-offs")
def write_off_list() -> ResponseReturnValue:
    """List write-offs, those that wait first, with the limits in force."""
    session, today = support.database(), support.today()
    limits = {
        code: policies.limit(session, code=code, on=today) for code in ("write_off_alone", "small_difference")
    }
    return render_template("finance/write_offs.html", rows=lists.write_off_list(session), limits=limits)


@pages.post("/write-offs/<uuid:public_id>/decide")
@support.acts_once
def decide_write_off(public_id: UUID) -> ResponseReturnValue:
    """Book a write-off as a second person, or reject it."""
    session, version, today = support.database(), support.form_int("row_version"), support.today()
    if request.form.get("decision") == "approve":
        write_offs.approve_write_off(
            session, public_id=str(public_id), row_version=version, on=today, as_of=support.now()
        )
        flash(_("The write-off was booked."), "ok")
    else:
        write_offs.reject_write_off(session, public_id=str(public_id), row_version=version, on=today)
        flash(_("The write-off was rejected; the debts stay."), "ok")
    return redirect(url_for("finance.write_off_list"))


@pages.post("/write-offs/small")
@support.acts_once
def clear_small() -> ResponseReturnValue:
    """Clear all small differences within the limit."""
    cleared = write_offs.clear_small_differences(
        support.database(),
        on=support.today(),
        as_of=support.now(),
        reason=_("Small differences cleared together"),
    )
    flash(_("Small differences cleared: %(count)s accounts.", count=cleared), "ok")
    return redirect(url_for("finance.write_off_list"))


@pages.get("/journal")
def ledger_journal() -> ResponseReturnValue:
    """Show the chart of accounts, the journal of chosen days, and the batches that went to the ERP."""
    session, page, today = support.database(), support.page_of_request(), support.today()
    date_to = support.query_date("to") or today
    date_from = support.query_date("from") or first_of_month(date_to)
    accounts = journal.chart(session, on=date_to)
    account = request.args.get("account", "")
    account = account if account in {row.code for row in accounts} else ""
    return render_template(
        "finance/journal.html",
        page=page,
        accounts=accounts,
        account=account,
        date_from=date_from,
        date_to=date_to,
        rows=journal.journal(
            session,
            date_from=date_from,
            date_to=date_to,
            account=account,
            limit=page.limit,
            offset=page.offset,
        ),
        batches=journal.batches(session),
        month=first_of_month(date_to),
    )


@pages.post("/journal/export")
@support.acts_once
def export_journal() -> ResponseReturnValue:
    """Put the movements of a month that no batch holds yet into a batch for the ERP."""
    try:
        period = first_of_month(date.fromisoformat(f"{request.form.get('month', '')[:7]}-01"))
    except ValueError as error:
        raise DomainError("month_wrong", "Choose the month to export.") from error
    made = journal.export_period(support.database(), period=period, as_of=support.now())
    if made is None:
        flash(_("Every movement of this month has left already; no batch was made."), "info")
    else:
        flash(_("Batch %(no)s: %(count)s movements.", no=made.batch_no, count=made.movements), "ok")
    return redirect(url_for("finance.ledger_journal"))


@pages.get("/journal/<uuid:public_id>/<format_code>")
def journal_file(public_id: UUID, format_code: str) -> ResponseReturnValue:
    """Return a batch as CSV or JSON, the same bytes every time."""
    return _download(
        *journal.batch_file(support.database(), public_id=str(public_id), format_code=format_code)
    )


@pages.post("/journal/map")
@support.acts_once
def map_account() -> ResponseReturnValue:
    """Say which account of the ERP an account goes to from today on."""
    journal.map_account(
        support.database(),
        code=request.form.get("account", "")[:40],
        erp_account=support.form_text("erp_account", 40),
        valid_from=support.today(),
        as_of=support.now(),
    )
    flash(_("The map to the ERP was changed from today on."), "ok")
    return redirect(url_for("finance.ledger_journal"))
