"""Pages of customers, contracts and price lists."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, list_columns, support
from operational.app.labels import error_text
from operational.app.reads import customer_page, timeline
from operational.app.reads.audit import audit_entries
from operational.crm.contracts import queries as contract_queries
from operational.crm.customers import consents, duplicates, operations, people, queries
from operational.crm.customers.rules import CustomerKind, InvoiceChannel, wrong_fields
from operational.crm.products import queries as product_queries
from operational.dunning import queries as dunning_queries
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings
from operational.messaging.queries import messages_of_customer

pages = Blueprint("crm", __name__, template_folder="templates")
_NEW_FIELDS = (
    "kind",
    "name",
    "nip",
    "pesel",
    "email",
    "phone",
    "invoice_channel",
    "street",
    "building",
    "flat",
    "postal_code",
    "city",
)


@pages.get("/customers")
def customers() -> ResponseReturnValue:
    """List customers with filters; with htmx only the table is drawn again."""
    page = support.page_of_request()
    narrowed = queries.CustomerFilter(
        name=request.args.get("name", "").strip()[:100],
        kind=request.args.get("kind", ""),
        medium=request.args.get("medium", ""),
        city=request.args.get("city", "").strip()[:60],
        is_overdue=request.args.get("overdue") == "1",
        order=request.args.get("order", "name"),
    )

    def read(session: Session, page: support.Page) -> list[queries.CustomerRow]:
        return queries.customer_list(
            session, narrowed=narrowed, today=support.today(), offset=page.offset, limit=page.limit
        )

    if exports.asked():
        return exports.of_list("customers", list_columns.CUSTOMERS, read)
    rows = read(support.database(), page)
    template = "crm/customers_table.html" if support.is_htmx() else "crm/customers.html"
    return render_template(template, rows=rows, page=page, narrowed=narrowed, kinds=list(CustomerKind))


def customer_of(public_id: str) -> queries.Customer:
    """Return the customer of a public id, or answer 404."""
    return support.found_or_404(queries.customer(support.database(), public_id=str(public_id)))


def customer_header(found: queries.Customer, tab: str) -> dict[str, Any]:
    """Return what the header of every tab of a customer shows."""
    figures = customer_page.figures(support.database(), customer_id=found.id, today=support.today())
    return {"customer": found, "figures": figures, "tab": tab}


@pages.get("/customers/<uuid:public_id>")
def customer(public_id: str) -> ResponseReturnValue:
    """Show the overview of a customer: figures, points, open documents, dunning, timeline, people, consents.

    A number that was merged away leads to the one that was kept; `?old=1` shows its own history.
    """
    found, session, today = customer_of(public_id), support.database(), support.today()
    if found.merged_into_public_id and "old" not in request.args:
        flash(_("Customer %(number)s was merged into this one.", number=found.customer_number), "ok")
        return redirect(url_for("crm.customer", public_id=found.merged_into_public_id))
    show = request.args.get("show", "")
    events = timeline.timeline(session, customer_id=found.id, show=show, language=str(get_locale()))
    if support.is_htmx():
        return render_template("crm/timeline.html", customer=found, timeline=events, show=show)
    items = customer_page.open_items(session, customer_id=found.id)
    return render_template(
        "crm/customer.html",
        **customer_header(found, "overview"),
        items=items,
        ages=customer_page.ageing(items, today),
        points=customer_page.points(session, customer_id=found.id, today=today),
        timeline=events,
        show=show,
        groups=timeline.GROUPS,
        dunning=dunning_queries.customer_panel(session, customer_id=found.id, as_of=today),
        people=people.people_of(session, customer_id=found.id, today=today),
        in_force=consents.in_force(session, customer_id=found.id),
    )


@pages.get("/customers/<uuid:public_id>/contracts")
def customer_contracts(public_id: str) -> ResponseReturnValue:
    """Show the contracts of a customer."""
    found = customer_of(public_id)
    rows = contract_queries.contract_list(
        support.database(), today=support.today(), customer_id=found.id, limit=500
    )
    return render_template(
        "crm/customer_contracts.html", **customer_header(found, "contracts"), contracts=rows
    )


@pages.get("/customers/<uuid:public_id>/account")
def customer_account(public_id: str) -> ResponseReturnValue:
    """Show the account card: every movement with the balance after it, and what is open."""
    found, page, session = customer_of(public_id), support.page_of_request(), support.database()
    items = customer_page.open_items(session, customer_id=found.id)
    return render_template(
        "crm/customer_account.html",
        **customer_header(found, "account"),
        page=page,
        items=items,
        ages=customer_page.ageing(items, support.today()),
        movements=customer_page.movements(
            session, customer_id=found.id, offset=page.offset, limit=page.limit
        ),
    )


@pages.get("/customers/<uuid:public_id>/history")
def customer_history(public_id: str) -> ResponseReturnValue:
    """Show who changed the customer's record when, field by field."""
    found, page = customer_of(public_id), support.page_of_request()
    entries = audit_entries(
        support.database(), table="customers", row_id=str(found.id), offset=page.offset, limit=page.limit
    )
    return render_template(
        "crm/customer_history.html",
        **customer_header(found, "history"),
        page=page,
        entries=entries,
        messages=messages_of_customer(support.database(), customer_id=found.id, limit=20),
    )


@pages.post("/customers/<uuid:public_id>/notes")
@support.acts_once
def add_note(public_id: str) -> ResponseReturnValue:
    """Add a note to a customer."""
    found = customer_of(public_id)
    try:
        operations.add_note(support.database(), customer_id=found.id, body=support.form_text("body", 4000))
    except operations.InvalidCustomer:
        flash(_("Write the note first."), "bad")
        return redirect(url_for("crm.customer", public_id=public_id))
    flash(_("The note was saved."), "ok")
    return redirect(url_for("crm.customer", public_id=public_id))


@pages.get("/customers/new")
def new_customer() -> ResponseReturnValue:
    """Show the form of a new customer."""
    return _new_form({"kind": "household", "invoice_channel": "ebok"}, {})


def _new_form(
    given: Mapping[str, str],
    wrong: Mapping[str, str],
    error: DomainError | None = None,
    likely: tuple[duplicates.Likeness, ...] = (),
) -> str:
    return render_template(
        "crm/new_customer.html",
        given=given,
        likely=likely,
        wrong=in_words(wrong),
        kinds=list(CustomerKind),
        channels=list(InvoiceChannel),
        error=error_text(error) if error else "",
    )


def in_words(wrong: Mapping[str, str]) -> dict[str, str]:
    """Return the words of each mistake in the language of the request."""
    return {name: error_text(DomainError(code, code)) for name, code in wrong.items()}


def _likely(given: Mapping[str, str]) -> tuple[duplicates.Likeness, ...]:
    return duplicates.find(
        support.database(), nip=given["nip"], pesel=given["pesel"], phone=given["phone"], name=given["name"],
        email=given["email"],
    )  # fmt: skip


@pages.get("/customers/likely")
def likely_customers() -> ResponseReturnValue:
    """Draw the customers who may be the one being typed; htmx asks while the form is filled in."""
    given = {name: request.args.get(name, "")[:200] for name in _NEW_FIELDS}
    return render_template("crm/likely.html", likely=_likely(given), given=given)


@pages.post("/customers/new")
@support.acts_once
def create_customer() -> ResponseReturnValue:
    """Create a customer; mistakes are shown beside their fields, what was typed stays.

    When likely duplicates are found, they are shown and the person says on purpose that it is none of them.
    """
    given = {name: support.form_text(name, 200) for name in _NEW_FIELDS}
    if not wrong_fields(given) and support.form_text("is_another", 1) != "1":
        likely = _likely(given)
        if likely:
            return _new_form(given, {}, likely=likely), 422
    try:
        created = operations.create_customer(
            support.database(), given=given, bank_code=get_settings().seller_bank_code, as_of=support.today()
        )
    except operations.InvalidCustomer as error:
        return _new_form(given, error.fields), 422
    except operations.CustomerExists as error:
        return _new_form(given, {}, error, _likely(given)), 422
    flash(_("Customer %(number)s was created.", number=created.customer_number), "ok")
    return redirect(url_for("crm.customer", public_id=created.public_id))


@pages.get("/customers/<uuid:public_id>/edit")
def edit_customer(public_id: str) -> ResponseReturnValue:
    """Show the form of contact data."""
    found = customer_of(public_id)
    given = {name: str(getattr(found, name) or "") for name in operations.CONTACT_FIELDS}
    return _edit_form(found, given, {}, found.row_version)


def _edit_form(
    found: queries.Customer, given: Mapping[str, str], wrong: Mapping[str, str], row_version: int
) -> str:
    return render_template(
        "crm/edit_customer.html",
        customer=found,
        given=given,
        wrong=in_words(wrong),
        row_version=row_version,
        channels=list(InvoiceChannel),
    )


@pages.post("/customers/<uuid:public_id>/edit")
@support.acts_once
def change_customer(public_id: str) -> ResponseReturnValue:
    """Change contact data; when someone was faster, show both versions instead of losing one."""
    found, row_version = customer_of(public_id), support.form_int("row_version")
    given = {name: support.form_text(name, 200) for name in operations.CONTACT_FIELDS}
    try:
        operations.change_contact(
            support.database(), customer_id=found.id, given=given, row_version=row_version
        )
    except operations.InvalidCustomer as error:
        return _edit_form(found, given, error.fields, row_version), 422
    except operations.CustomerChanged:
        return _conflict(found, given), 409
    flash(_("The contact data were saved."), "ok")
    return redirect(url_for("crm.customer", public_id=public_id))


def _conflict(found: queries.Customer, given: Mapping[str, str]) -> str:
    change = queries.change_of(support.database(), customer_id=found.id)
    differing = [
        (name, str(getattr(found, name) or ""), given[name])
        for name in operations.CONTACT_FIELDS
        if str(getattr(found, name) or "") != given[name]
    ]
    return render_template(
        "crm/conflict.html", customer=found, change=change, differing=differing, given=given
    )


@pages.get("/price-lists/<int:price_list_id>")
def price_list(price_list_id: int) -> ResponseReturnValue:
    """Show the prices of a price list by charge, zone and day."""
    session = support.database()
    rows = product_queries.price_lists(session, today=support.today(), price_list_id=price_list_id)
    prices = product_queries.prices(session, price_list_id=price_list_id, language=str(get_locale()))
    return render_template(
        "crm/price_list.html", price_list=support.found_or_404(rows[0] if rows else None), prices=prices
    )


from operational.crm import web_duplicates, web_imports, web_people  # noqa: E402,F401  they join `pages`
