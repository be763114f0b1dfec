"""Pages of documents: the list, one document with its lines and their origin, the PDF."""

from datetime import date

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from sqlalchemy.orm import Session

from operational.app import exports, list_columns, support
from operational.app.reads import customer_page, invoices
from operational.crm.customers import queries as customer_queries
from operational.documents import duplicates, operations
from operational.documents.collective import collective_of_document
from operational.documents.comparison import compared
from operational.documents.explain import explain_line
from operational.documents.proof.bundle import proof_bundle
from operational.dunning import queries as dunning_queries
from operational.dunning.rules import DISPUTE_REASONS, DISPUTE_RESOLUTIONS
from operational.kernel.calendar import parse_month

pages = Blueprint("documents", __name__, template_folder="templates")
KINDS, STATES = ("invoice", "correction"), ("open", "overdue", "paid", "estimated")


def _month(given: str) -> date | None:
    try:
        return parse_month(given) if given else None
    except ValueError:
        return None


def _filter(customer_id: int = 0) -> invoices.InvoiceFilter:
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    return invoices.InvoiceFilter(
        number=request.args.get("q", "").strip()[:80],
        kind=kind if kind in KINDS else "",
        month=_month(request.args.get("month", "")),
        state=state if state in STATES else "",
        customer_id=customer_id,
        run_public_id=request.args.get("run", "")[:40],
    )


@pages.get("/invoices")
def invoice_list() -> ResponseReturnValue:
    """List documents with filters and the sums of all that pass."""
    page, session, narrowed = support.page_of_request(), support.database(), _filter()

    def read(session: Session, page: support.Page) -> list[invoices.InvoiceRow]:
        return invoices.invoice_list(
            session, narrowed=narrowed, today=support.today(), offset=page.offset, limit=page.limit
        )

    if exports.asked():
        return exports.of_list("invoices", list_columns.INVOICES, read)
    return render_template(
        "documents/invoices.html",
        page=page,
        narrowed=narrowed,
        kinds=KINDS,
        states=STATES,
        rows=read(session, page),
        totals=invoices.invoice_totals(session, narrowed=narrowed, today=support.today()),
        months=invoices.issue_months(session),
    )


@pages.get("/customers/<uuid:public_id>/invoices")
def customer_invoices(public_id: str) -> ResponseReturnValue:
    """List the documents of one customer under the customer's header."""
    session, page = support.database(), support.page_of_request()
    found = support.found_or_404(customer_queries.customer(session, public_id=str(public_id)))
    narrowed = _filter(customer_id=found.id)
    return render_template(
        "documents/customer_invoices.html",
        customer=found,
        tab="invoices",
        page=page,
        narrowed=narrowed,
        figures=customer_page.figures(session, customer_id=found.id, today=support.today()),
        rows=invoices.invoice_list(
            session, narrowed=narrowed, today=support.today(), offset=page.offset, limit=page.limit
        ),
        totals=invoices.invoice_totals(session, narrowed=narrowed, today=support.today()),
    )


@pages.get("/invoices/<uuid:public_id>")
def invoice(public_id: str) -> ResponseReturnValue:
    """Show a document: figures, lines, VAT, chain of corrections, settlement, delivery."""
    session = support.database()
    found = support.found_or_404(invoices.invoice(session, public_id=str(public_id)))
    lines = invoices.lines(session, document_id=found.id, language=str(get_locale()))
    return render_template(
        "documents/invoice.html",
        document=found,
        lines=lines,
        vat=invoices.vat_rows(session, document_id=found.id),
        chain=invoices.chain(session, document=found),
        settlements=invoices.settlements(session, document_id=found.id),
        deliveries=invoices.deliveries(session, document_id=found.id),
        debt=dunning_queries.debt_of_document(session, document_public_id=str(public_id)),
        dispute_reasons=DISPUTE_REASONS,
        dispute_resolutions=DISPUTE_RESOLUTIONS,
        comparison=compared(session, document_id=found.id),
        duplicates=duplicates.duplicates(session, document_id=found.id),
        collective=collective_of_document(session, document_id=found.id),
    )


@pages.get("/invoices/<uuid:public_id>/lines/<int:line_no>")
def explanation(public_id: str, line_no: int) -> ResponseReturnValue:
    """Show where a line comes from: readings, quantity, price and its source, formula, rounding, amount."""
    session = support.database()
    found = support.found_or_404(invoices.invoice(session, public_id=str(public_id)))
    lines = invoices.lines(session, document_id=found.id, language=str(get_locale()))
    line = support.found_or_404(next((line for line in lines if line.line_no == line_no), None))
    template = "documents/explanation.html" if support.is_htmx() else "documents/explanation_page.html"
    return render_template(
        template,
        document=found,
        line=line,
        trace=explain_line(session, document_id=found.id, line_no=line_no, language=str(get_locale())),
    )


@pages.get("/invoices/<uuid:public_id>/pdf")
def pdf(public_id: str) -> ResponseReturnValue:
    """Return the PDF: the kept one, otherwise drawn now."""
    session = support.database()
    found = support.found_or_404(invoices.invoice(session, public_id=str(public_id)))
    content = operations.pdf(session, document_id=found.id)
    name = found.number.replace("/", "-")
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}.pdf"'}
    )


@pages.get("/invoices/<uuid:public_id>/proof")
def proof(public_id: str) -> ResponseReturnValue:
    """Return the proof bundle: the document, what it was made from and a script that computes it anew."""
    session = support.database()
    found = support.found_or_404(invoices.invoice(session, public_id=str(public_id)))
    name = found.number.replace("/", "-")
    return Response(
        proof_bundle(session, document_id=found.id),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}-proof.zip"'},
    )


from operational.documents import web_collective, web_duplicates  # noqa: E402, F401  their routes join the blueprint
