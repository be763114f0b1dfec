"""Invoices and payments: lists, the account with its running balance, one document, its PDF."""

from datetime import date
from decimal import Decimal

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from ebok import consumption, support, transfer
from operational.documents.portal import queries as documents
from operational.finance import queries as finance
from operational.finance.ledger import printing
from operational.finance.portal import queries as account
from operational.kernel.calendar import add_months
from operational.kernel.settings import get_settings

pages = Blueprint("invoices", __name__, url_prefix="/invoices")
PAGE_SIZE = 25
TABS = ("open", "all", "payments", "account")


@pages.get("")
def listing() -> ResponseReturnValue:
    """Show one of the four tabs."""
    tab = request.args.get("tab", "all")
    if tab not in TABS:
        abort(404)
    if tab in ("open", "all"):
        return _documents(tab)
    return _payments() if tab == "payments" else _account()


def _documents(tab: str) -> ResponseReturnValue:
    database, customer = support.database(), support.customer_id()
    years = account.years(database, customer_id=customer)
    year = request.args.get("year", "")
    medium = request.args.get("medium", "")
    number = support.page_number()
    rows = account.documents(
        database,
        customer_id=customer,
        only_open=tab == "open",
        year=int(year) if year.isdecimal() and int(year) in years else None,
        medium=medium if medium in ("electricity", "gas") else "",
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE + 1,
    )
    balance = finance.balance(database, customer_id=customer)
    return render_template(
        "invoices.html",
        tab=tab,
        rows=rows[:PAGE_SIZE],
        has_next=len(rows) > PAGE_SIZE,
        number=number,
        years=years,
        year=year,
        medium=medium,
        balance=balance,
        to_pay=sum((row.open_amount for row in rows if row.open_amount > 0), Decimal(0)),
        qr=transfer.qr(support.profile(), amount=balance, title=support.profile().customer_number),
    )


def _payments() -> ResponseReturnValue:
    number = support.page_number()
    rows = finance.customer_payments(
        support.database(),
        customer_id=support.customer_id(),
        limit=PAGE_SIZE + 1,
        offset=(number - 1) * PAGE_SIZE,
    )
    return render_template(
        "payments.html", tab="payments", rows=rows[:PAGE_SIZE], has_next=len(rows) > PAGE_SIZE, number=number
    )


def _account() -> ResponseReturnValue:
    """Show the movements of the last thirteen months, or all, each with the balance after it."""
    is_whole = request.args.get("from") == "start"
    first = None if is_whole else add_months(support.today(), -13)
    rows = finance.account_card(support.database(), customer_id=support.customer_id(), date_from=first)
    return render_template("account.html", tab="account", rows=rows[::-1], is_whole=is_whole)


@pages.get("/notes/<public_id>")
def note(public_id: str) -> ResponseReturnValue:
    """Show one note: what it is for, its lines, what is still to be paid."""
    database, customer = support.database(), support.customer_id()
    row = account.note(database, customer_id=customer, public_id=public_id) or abort(404)
    return render_template(
        "note.html",
        row=row,
        lines=account.note_lines(database, customer_id=customer, public_id=row.public_id),
        qr=transfer.qr(support.profile(), amount=row.open_amount, title=row.number),
    )


@pages.get("/notes/<public_id>/pdf")
def note_pdf(public_id: str) -> ResponseReturnValue:
    """Give the note as PDF."""
    database = support.database()
    row = account.note(database, customer_id=support.customer_id(), public_id=public_id) or abort(404)
    number, content = printing.note_pdf(database, public_id=row.public_id, settings=get_settings())
    return _attached(number, content)


def _attached(number: str, content: bytes) -> Response:
    name = number.replace("/", "-")
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)


@pages.get("/<public_id>")
def document(public_id: str) -> ResponseReturnValue:
    """Show one document: the bill in words, its parts, readings, lines, corrections, the bill before."""
    database, customer = support.database(), support.customer_id()
    row = account.document(database, customer_id=customer, public_id=public_id) or abort(404)
    sheet = documents.sheet(database, document_id=row.document_id)
    return render_template(
        "invoice.html",
        row=row,
        sheet=sheet,
        costs=documents.cost_split(sheet),
        comparison=documents.compared(database, document_id=row.document_id),
        history=_history(sheet),
        days=_days(sheet.period_from, sheet.period_to),
        qr=transfer.qr(support.profile(), amount=row.open_amount, title=row.number),
    )


def _history(sheet: documents.Sheet) -> Markup:
    if len(sheet.points) != 1:
        return Markup("")
    point = sheet.points[0]
    return consumption.history(
        point.history, until=sheet.period_from, medium=point.medium, language=support.language()
    )


def _days(first: date, end: date) -> int:
    return max((end - first).days, 1)


@pages.get("/<public_id>/explanation")
def explanation(public_id: str) -> ResponseReturnValue:
    """Show how every line came about: readings, quantity, price and its source, formula, rounding."""
    database, customer = support.database(), support.customer_id()
    row = account.document(database, customer_id=customer, public_id=public_id) or abort(404)
    lines = documents.explanations(database, document_id=row.document_id, language=support.language())
    return render_template("explanation.html", row=row, lines=lines)


@pages.get("/<public_id>/pdf")
def pdf(public_id: str) -> ResponseReturnValue:
    """Give the document as PDF."""
    database = support.database()
    row = account.document(database, customer_id=support.customer_id(), public_id=public_id) or abort(404)
    return _attached(row.number, documents.pdf(database, document_id=row.document_id))
