"""Pages of selling: the board and list of leads; offers, campaigns and renewals join the same blueprint."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, support
from operational.app.labels import error_text
from operational.crm.customers.operations import CustomerExists, InvalidCustomer
from operational.crm.customers.queries import customer
from operational.crm.customers.rules import InvoiceChannel
from operational.crm.sales import leads as operations
from operational.crm.sales import likeness, offer_queries, queries, web_columns
from operational.crm.sales.rules import (
    CHANNELS,
    KINDS,
    LOST_REASONS,
    MEDIA,
    MOVES,
    SOURCES,
    STAGES,
    InvalidSale,
)
from operational.kernel.calendar import add_months
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings

pages = Blueprint("sales", __name__, template_folder="templates")
BOARD_ROWS = 400
_CUSTOMER_FIELDS = (
    "kind", "name", "nip", "pesel", "email", "phone", "invoice_channel", "street", "building", "flat",
    "postal_code", "city",
)  # fmt: skip


def in_words(wrong: Mapping[str, str]) -> dict[str, str]:
    """Return the mistakes of a form in the language of the request."""
    return {name: error_text(DomainError(code, code)) for name, code in wrong.items()}


@pages.get("/sales/leads")
def leads() -> ResponseReturnValue:
    """Show leads as a board by stage, or as a list with filters and pages."""
    session, today = support.database(), support.today()
    is_board, page = request.args.get("view", "board") != "list", support.page_of_request()
    asked = {
        name: request.args.get(name, "").strip()[:100]
        for name in ("search", "stage", "owner", "source", "campaign")
    }

    def read(found: Session, offset: int, limit: int) -> list[queries.LeadRow]:
        return queries.lead_list(found, today=today, is_board=is_board, offset=offset, limit=limit, **asked)

    if exports.asked():
        return exports.of_list(
            "leads", web_columns.LEADS, lambda found, part: read(found, part.offset, part.limit)
        )
    rows = read(session, 0, BOARD_ROWS) if is_board else read(session, page.offset, page.limit)
    return render_template(
        "sales/leads.html", rows=rows, page=page, asked=asked, is_board=is_board, stages=STAGES, moves=MOVES,
        funnel=queries.funnel(session, since=add_months(today, -12)), people=queries.people(session),
        campaigns=queries.campaign_codes(session), sources=SOURCES, lost_reasons=LOST_REASONS,
    )  # fmt: skip


@pages.get("/sales/leads/new")
def new_lead() -> ResponseReturnValue:
    """Show the form of a new lead."""
    return _lead_form(
        {"kind": "household", "medium": "electricity", "source": "phone", "owner_login": support.user().login}
    )


def _lead_form(
    given: Mapping[str, str],
    *,
    wrong: Mapping[str, str] | None = None,
    likely: tuple[likeness.LikelySame, ...] = (),
    chosen: tuple[str, ...] = (),
    lead: queries.Lead | None = None,
    row_version: int = 0,
) -> str:
    session = support.database()
    return render_template(
        "sales/lead_form.html", given=given, wrong=in_words(wrong or {}), likely=likely, chosen=chosen,
        lead=lead, row_version=row_version, kinds=KINDS, media=MEDIA, sources=SOURCES, channels=CHANNELS,
        people=queries.people(session), campaigns=queries.campaign_codes(session),
        distributors=queries.distributors(session),
    )  # fmt: skip


def _lead_given() -> dict[str, str]:
    return {name: support.form_text(name, 2000 if name == "note" else 200) for name in operations.FIELDS}


def _likely(given: Mapping[str, str], except_lead: str = "") -> tuple[likeness.LikelySame, ...]:
    return likeness.likely_same(
        support.database(), nip=given.get("nip", ""), phone=given.get("phone", ""),
        email=given.get("email", ""), name=given.get("name", ""), as_of=support.today(),
        except_lead=except_lead,
    )  # fmt: skip


@pages.post("/sales/leads/new")
@support.acts_once
def create_lead() -> ResponseReturnValue:
    """Record a lead; mistakes stand at their fields, likely duplicates are shown before it is recorded."""
    given, chosen = _lead_given(), tuple(request.form.getlist("may_contact"))
    likely = _likely(given)
    if likely and request.form.get("not_same") != "1":
        return _lead_form(given, likely=likely, chosen=chosen), 422
    try:
        made = operations.record_lead(
            support.database(), given=given, may_contact=chosen, as_of=support.today()
        )
    except InvalidSale as error:
        return _lead_form(given, wrong=error.fields, likely=likely, chosen=chosen), 422
    flash(_("The lead was recorded."), "ok")
    return redirect(url_for("sales.lead", public_id=made.public_id))


@pages.get("/sales/leads/likely-same")
def likely_same() -> ResponseReturnValue:
    """Show who looks like the lead being typed (htmx fragment)."""
    given = {name: request.args.get(name, "")[:200] for name in ("nip", "phone", "email", "name")}
    return render_template("sales/likely.html", likely=_likely(given, request.args.get("except", "")[:40]))


def _lead(public_id: str) -> queries.Lead:
    return support.found_or_404(queries.lead(support.database(), public_id=str(public_id)))


@pages.get("/sales/leads/<uuid:public_id>")
def lead(public_id: str) -> ResponseReturnValue:
    """Show a lead: who it is, its way through the funnel, its offers, who looks the same."""
    found, session = _lead(public_id), support.database()
    given = {"nip": found.nip, "phone": found.phone, "email": found.email, "name": found.name}
    likely = [one for one in _likely(given, found.public_id) if one.public_id != found.customer_public_id]
    return render_template(
        "sales/lead.html", lead=found, stages=queries.stages_of(session, lead_id=found.id), likely=likely,
        offers=offer_queries.offer_list(session, today=support.today(), lead_id=found.id),
        moves=MOVES[found.stage], lost_reasons=LOST_REASONS,
    )  # fmt: skip


@pages.get("/sales/leads/<uuid:public_id>/edit")
def edit_lead(public_id: str) -> ResponseReturnValue:
    """Show the form of a lead."""
    found = _lead(public_id)
    given = {name: str(getattr(found, name, "") or "") for name in operations.FIELDS}
    return _lead_form(given, chosen=found.may_contact, lead=found, row_version=found.row_version)


@pages.post("/sales/leads/<uuid:public_id>/edit")
@support.acts_once
def change_lead(public_id: str) -> ResponseReturnValue:
    """Change a lead under optimistic locking."""
    found, given, version = _lead(public_id), _lead_given(), support.form_int("row_version")
    chosen = tuple(request.form.getlist("may_contact"))
    try:
        operations.change_lead(
            support.database(),
            public_id=found.public_id,
            given=given,
            may_contact=chosen,
            row_version=version,
        )
    except InvalidSale as error:
        return _lead_form(given, wrong=error.fields, chosen=chosen, lead=found, row_version=version), 422
    flash(_("The lead was saved."), "ok")
    return redirect(url_for("sales.lead", public_id=found.public_id))


@pages.post("/sales/leads/<uuid:public_id>/stage")
@support.acts_once
def move_lead(public_id: str) -> ResponseReturnValue:
    """Move a lead to another stage, from the board or its page."""
    found = _lead(public_id)
    try:
        operations.move_lead(
            support.database(), public_id=found.public_id, stage=support.form_text("stage", 20),
            row_version=support.form_int("row_version"), as_of=support.today(),
            lost_reason=support.form_text("lost_reason", 40),
        )  # fmt: skip
    except InvalidSale:
        flash(_("Say why the lead was lost."), "bad")
        return redirect(url_for("sales.lead", public_id=found.public_id))
    flash(_("%(name)s was moved.", name=found.name), "ok")
    if request.form.get("back") == "board":
        return redirect(url_for("sales.leads"))
    return redirect(url_for("sales.lead", public_id=found.public_id))


@pages.get("/sales/leads/<uuid:public_id>/convert")
def convert_form(public_id: str) -> ResponseReturnValue:
    """Show what is missing to make the lead a customer, and customers it may be."""
    found = _lead(public_id)
    given = {name: str(getattr(found, name, "") or "") for name in _CUSTOMER_FIELDS}
    return _convert_form(found, {**given, "invoice_channel": "email" if found.email else "ebok"}, {})


def _convert_form(
    found: queries.Lead, given: Mapping[str, str], wrong: Mapping[str, str], error: DomainError | None = None
) -> str:
    likely = _likely({"nip": found.nip, "phone": found.phone, "email": found.email, "name": found.name})
    return render_template(
        "sales/convert.html", lead=found, given=given, wrong=in_words(wrong), channels=list(InvoiceChannel),
        kinds=KINDS, likely=[one for one in likely if one.kind == "customer"],
        error=error_text(error) if error else "",
    )  # fmt: skip


@pages.post("/sales/leads/<uuid:public_id>/convert")
@support.acts_once
def convert_lead(public_id: str) -> ResponseReturnValue:
    """Make the lead a customer (or join it to one) and go on to its offer."""
    found, session = _lead(public_id), support.database()
    given = {name: support.form_text(name, 200) for name in _CUSTOMER_FIELDS}
    existing = support.form_text("customer", 40)
    customer_id = None
    if existing:
        customer_id = support.found_or_404(customer(session, public_id=existing)).id
    try:
        operations.convert_lead(
            session, public_id=found.public_id, row_version=support.form_int("row_version"),
            as_of=support.today(), bank_code=get_settings().seller_bank_code, given=given,
            customer_id=customer_id,
        )  # fmt: skip
    except InvalidCustomer as error:
        return _convert_form(found, given, error.fields), 422
    except CustomerExists as error:
        return _convert_form(found, given, {}, error), 422
    flash(_("The lead is a customer now. Make the offer."), "ok")
    if offer_queries.offer_list(session, today=support.today(), lead_id=found.id, limit=1):
        return redirect(url_for("sales.lead", public_id=found.public_id))
    return redirect(url_for("sales.new_offer", lead=found.public_id))


# Their routes join `pages`.
from operational.crm.sales import web_campaigns, web_offers, web_renewals  # noqa: E402,F401
