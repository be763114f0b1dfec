"""Pages of finance: bank files, payments, the queue of payments nobody could match."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, list_columns, support
from operational.app.labels import error_text
from operational.app.reads import payments as reads
from operational.app.reads.search import search as find
from operational.crm.customers import queries as customer_queries
from operational.finance import operations, queries
from operational.finance.chain import held_statements
from operational.kernel.errors import DomainError

pages = Blueprint("finance", __name__, template_folder="templates")
STATES = ("matched", "suspense", "person", "reversed")


@pages.get("/payments")
def payments() -> ResponseReturnValue:
    """List payments with filters."""
    page, state = support.page_of_request(), request.args.get("state", "")
    chosen = {
        "words": request.args.get("q", "").strip()[:80],
        "state": state if state in STATES else "",
        "day_from": support.query_date("from"),
        "day_to": support.query_date("to"),
    }

    def read(session: Session, page: support.Page) -> list[reads.PaymentRow]:
        return reads.payment_list(session, **chosen, offset=page.offset, limit=page.limit)  # type: ignore[arg-type]

    if exports.asked():
        return exports.of_list("payments", list_columns.PAYMENTS, read)
    rows = read(support.database(), page)
    return render_template("finance/payments.html", rows=rows, page=page, chosen=chosen, states=STATES)


@pages.get("/payments/<uuid:public_id>")
def payment(public_id: UUID) -> ResponseReturnValue:
    """Show a payment: where it came from and what it was used for; in suspense, whose it may be."""
    session = support.database()
    found = support.found_or_404(reads.payment(session, public_id=str(public_id)))
    waits = found.customer_public_id is None and found.reversed_on is None
    words = request.args.get("q", "").strip()[:80]
    searched = find(session, query=words, today=support.today()) if waits and words else None
    return render_template(
        "finance/payment.html",
        payment=found,
        waits=waits,
        words=words,
        candidates=queries.candidates(session, payment_id=found.id, as_of=support.now()) if waits else [],
        hits=dict(searched.groups).get("customers", ()) if searched else (),
        uses=reads.uses(session, payment_id=found.id),
        parts=reads.parts(session, payment_id=found.id),
    )


@pages.post("/payments/<uuid:public_id>/assign")
@support.acts_once
def assign(public_id: UUID) -> ResponseReturnValue:
    """Give a payment in suspense to a customer."""
    session = support.database()
    found = support.found_or_404(reads.payment(session, public_id=str(public_id)))
    chosen = customer_queries.customer(session, public_id=_uuid_text(request.form.get("customer", "")))
    if chosen is None:
        flash(_("Choose the customer first."), "bad")
        return redirect(url_for("finance.payment", public_id=public_id))
    operations.assign_payment(session, payment_id=found.id, customer_id=chosen.id, as_of=support.now())
    flash(_("The payment was posted to %(name)s.", name=chosen.name), "ok")
    if request.form.get("then") == "next":
        return redirect(url_for("finance.suspense", done=public_id))
    return redirect(url_for("finance.payment", public_id=public_id))


@pages.post("/payments/<uuid:public_id>/unassign")
@support.acts_once
def unassign(public_id: UUID) -> ResponseReturnValue:
    """Take a payment back from its customer to suspense."""
    session = support.database()
    found = support.found_or_404(reads.payment(session, public_id=str(public_id)))
    operations.unassign_payment(session, payment_id=found.id, as_of=support.now())
    flash(_("The payment waits for assignment again; what it had settled is open again."), "ok")
    return redirect(url_for("finance.payment", public_id=public_id))


def _uuid_text(given: str) -> str:
    """Return a valid uuid; anything else becomes the nil uuid, which belongs to nobody."""
    try:
        return str(UUID(given))
    except ValueError:
        return str(UUID(int=0))


@pages.get("/suspense")
def suspense() -> ResponseReturnValue:
    """Show payments nobody could match, each with the most likely customers."""
    page, session = support.page_of_request(size=25), support.database()
    rows = reads.suspense_list(session, offset=page.offset, limit=page.limit)
    candidates = {
        row.public_id: queries.candidates(session, payment_id=row.id, as_of=support.now())[:3]
        for row in rows[: page.size]
    }
    done = reads.payment(session, public_id=_uuid_text(request.args.get("done", "")))
    return render_template("finance/suspense.html", rows=rows, page=page, candidates=candidates, done=done)


@pages.get("/bank-files")
def imports() -> ResponseReturnValue:
    """List bank files with what became of their lines, and offer the upload."""
    page, session = support.page_of_request(), support.database()
    return render_template(
        "finance/imports.html",
        page=page,
        rows=reads.bank_files(session, offset=page.offset, limit=page.limit),
        held=held_statements(session),
        refused=queries.rejected_bank_files(session, limit=10),
    )


@pages.post("/bank-files")
@support.acts_once
def import_file() -> ResponseReturnValue:
    """Load a bank file: land it, post its lines, allocate; a broken file is refused whole, with the
    reason.
    """
    part = request.files.get("file")
    if part is None or not part.filename:
        flash(_("Choose the file of the bank first (MT940, camt, Elixir-O or a report)."), "bad")
        return redirect(url_for("finance.imports"))
    name = part.filename.replace("\\", "/").rsplit("/", 1)[-1][:120]
    try:
        result = operations.import_bank_file(
            support.database(), content=part.stream.read(), name=name, as_of=support.now()
        )
    except DomainError as error:
        flash(error_text(error), "bad")
        return redirect(url_for("finance.imports"))
    if result.rejection is not None:
        flash(
            _(
                "File %(name)s was refused: %(reason)s %(cure)s",
                name=name,
                reason=result.rejection.reason,
                cure=result.rejection.cure,
            ),
            "bad",
        )
        return redirect(url_for("finance.imports"))
    if result.held:
        flash(
            _("A statement before this one is missing, so its lines wait. Load the missing one first."), "bad"
        )
    if result.status == "already_imported":
        flash(_("File %(name)s was loaded before; nothing was posted twice.", name=name), "info")
    else:
        flash(
            _(
                "File %(name)s: %(posted)s payments posted, %(suspense)s wait for assignment.",
                name=name,
                posted=result.posted,
                suspense=result.suspense,
            ),
            "ok",
        )
    return redirect(url_for("finance.import_page", file_id=result.file_id))


@pages.get("/bank-files/<int:file_id>")
def import_page(file_id: int) -> ResponseReturnValue:
    """Show a bank file: statements with balances, sums, and every line with the payment it became."""
    page, session = support.page_of_request(), support.database()
    rows = reads.bank_files(session, file_id=file_id)
    return render_template(
        "finance/import_page.html",
        file=support.found_or_404(rows[0] if rows else None),
        page=page,
        statements=reads.statements(session, file_id=file_id),
        lines=reads.bank_lines(session, file_id=file_id, offset=page.offset, limit=page.limit),
    )


from operational.finance import web_bank, web_instalments, web_interest, web_ledger, web_months  # noqa: E402,F401  their routes join `pages`
