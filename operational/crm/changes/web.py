"""Pages of changes of contracts: what is under way, and the wizard and page of an amendment."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, support
from operational.app.labels import error_text
from operational.app.reads.audit import audit_entries
from operational.crm.changes import amending, papers, queries, rules, web_columns
from operational.crm.changes.versions import ChangeError
from operational.crm.products.market import KINDS as COMPONENT_KINDS
from operational.kernel.errors import DomainError
from operational.kernel.money import InvalidAmount, parse_amount

pages = Blueprint("changes", __name__, template_folder="templates")
KINDS = ("amendment", "assignment", "termination")
CHANNELS = ("stationary", "distance", "off_premises")
# At which field of the form a refusal stands; the others stand above it.
FIELD_OF = {
    "effective_on_closed": "effective_on", "effective_on_outside": "effective_on",
    "no_terms_that_day": "effective_on", "nothing_to_change": "effective_on", "day_wrong": "effective_on",
    "cycle_first_day": "cycle_months", "payment_term_wrong": "payment_term_days",
    "price_list_unknown": "price_list_id", "ends_before_change": "ends_on", "number_wrong": "power",
    "component_value": "component_value", "invalid_component": "component_value",
}  # fmt: skip


def contract_of(public_id: UUID) -> queries.Head:
    """Return the contract of a page, or answer 404."""
    return support.found_or_404(queries.head(support.database(), public_id=str(public_id)))


def day_of(name: str) -> date:
    """Read a day of the form; raise ChangeError when there is none."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError as error:
        raise ChangeError("day_wrong", "Choose a day.") from error


def number_of(name: str, code: str) -> Decimal:
    """Read a number of the form (decimal comma or point); raise ChangeError with a code of its own."""
    try:
        return parse_amount(request.form.get(name, ""))
    except InvalidAmount as error:
        raise ChangeError(code, "Give a number, for example 12,5.") from error


@pages.get("/changes")
def overview() -> ResponseReturnValue:
    """List amendments, assignments and terminations, newest first."""
    page = support.page_of_request()
    kind, state = request.args.get("kind", ""), request.args.get("open", "")
    kind, state = kind if kind in KINDS else "", state if state in {"yes", "no"} else ""

    def read(found: Session, part: support.Page) -> list[queries.ChangeRow]:
        return queries.changes(found, kind=kind, open_only=state, offset=part.offset, limit=part.limit)

    if exports.asked():
        return exports.of_list("changes", web_columns.CHANGES, read)
    rows = read(support.database(), page)
    return render_template("changes/overview.html", rows=rows, page=page, kind=kind, state=state, kinds=KINDS)


@pages.get("/contracts/<uuid:public_id>/changes")
def of_contract(public_id: UUID) -> ResponseReturnValue:
    """List the changes of one contract and offer new ones."""
    found = contract_of(public_id)
    rows = queries.changes(support.database(), contract_id=found.id, limit=200)
    return render_template("changes/of_contract.html", contract=found, rows=rows)


@pages.get("/contracts/<uuid:public_id>/amendments/new")
def new_amendment(public_id: UUID) -> ResponseReturnValue:
    """Offer the form of an amendment, filled with what holds today."""
    return _amendment_form(public_id, None, None, None)


def _amendment_form(
    public_id: UUID, given: Any, shown: amending.Preview | None, error: DomainError | None
) -> ResponseReturnValue:
    found, session, today = contract_of(public_id), support.database(), support.today()
    terms = queries.terms_now(session, contract_id=found.id, on=today)
    return render_template(
        "changes/new_amendment.html",
        contract=found,
        terms=support.found_or_404(terms),
        points=queries.points_now(session, contract_id=found.id, on=today),
        components=queries.components_now(session, contract_id=found.id, on=today),
        price_lists=queries.price_lists_of(session, medium=terms.medium if terms else "", on=today),
        given=given or {},
        shown=shown,
        errors={FIELD_OF.get(error.code, ""): error_text(error)} if error else {},
        choices=rules,
        component_kinds=COMPONENT_KINDS,
    )


def _asked(found: queries.Head) -> rules.Asked:
    """Read what the form asks for; a field left as it is asks for nothing (see ``differences``)."""
    form = request.form
    terms: dict[str, Any] = {}
    conditions: dict[str, Any] = {}
    for name in ("price_list_id", "cycle_months", "payment_term_days"):
        if form.get(name):
            terms[name] = support.form_int(name)
    if form.get("invoicing_rule"):
        terms["invoicing_rule"] = form["invoicing_rule"]
    for name in ("invoice_channel", "continuation"):
        if form.get(name):
            conditions[name] = form[name][:20]
    if form.get("ends_on"):
        conditions["ends_on"] = day_of("ends_on").isoformat()
    points: dict[int, dict[str, Any]] = {}
    session = support.database()
    for point in queries.points_now(session, contract_id=found.id, on=support.today()):
        points[point.id] = _asked_point(point)
    adds: tuple[rules.NewComponent, ...] = ()
    if form.get("component_name"):
        value = number_of("component_value", "component_value")
        kind = form.get("component_kind", "")
        code = f"aneks-{found.id}-{support.now():%y%m%d%H%M}"
        adds = (
            rules.NewComponent(
                kind, code, support.form_text("component_name", 80),
                value / 100 if kind == "discount_percent" else value,
                day_of("component_until") if form.get("component_until") else None,
            ),
        )  # fmt: skip
    ends = tuple(int(value) for value in form.getlist("end_component") if value.isdigit())
    return _without_same(rules.Asked(terms, conditions, points, adds, ends), found)


def _asked_point(point: queries.PointNow) -> dict[str, Any]:
    group = support.form_text(f"group-{point.id}", 20)
    wanted: dict[str, Any] = {}
    if group and group != point.tariff_group:
        wanted["tariff_group"] = group
    if request.form.get(f"power-{point.id}"):
        power = number_of(f"power-{point.id}", "number_wrong")
        if power != point.contracted_power_kw:
            if power <= 0:
                raise ChangeError("number_wrong", "The contracted power is above zero.")
            wanted["contracted_power_kw"] = str(power)
    return wanted


def _without_same(asked: rules.Asked, found: queries.Head) -> rules.Asked:
    """Leave out what the form only repeats, so that later versions keep their own values."""
    now = queries.terms_now(support.database(), contract_id=found.id, on=support.today())
    terms = {key: value for key, value in asked.terms.items() if getattr(now, key) != value}
    conditions = {
        key: value
        for key, value in asked.conditions.items()
        if str(getattr(now, key, "") or "") != str(value)
    }
    points = {key: value for key, value in asked.points.items() if value}
    return rules.Asked(terms, conditions, points, asked.adds, asked.ends)


@pages.post("/contracts/<uuid:public_id>/amendments/new")
@support.acts_once
def make_amendment(public_id: UUID) -> ResponseReturnValue:
    """Show difference and price first; keep the draft when the form says so."""
    found, session = contract_of(public_id), support.database()
    try:
        on, asked = day_of("effective_on"), _asked(found)
        if request.form.get("step") == "save":
            made = amending.draft_amendment(
                session, contract_id=found.id, effective_on=on, asked=asked,
                reason=support.form_text("reason", 500), today=support.today(), as_of=support.now(),
            )  # fmt: skip
            flash(_("The amendment is a draft. Make the paper and record the signature."), "ok")
            return redirect(url_for("changes.amendment", public_id=made))
        shown = amending.preview(
            session, contract_id=found.id, effective_on=on, asked=asked, today=support.today()
        )
    except DomainError as error:
        session.rollback()
        return _amendment_form(public_id, request.form, None, error)
    return _amendment_form(public_id, request.form, shown, None)


@pages.get("/amendments/<uuid:public_id>")
def amendment(public_id: UUID) -> ResponseReturnValue:
    """Show an amendment: difference, price, paper, signature."""
    session = support.database()
    found = support.found_or_404(queries.amendment(session, public_id=str(public_id)))
    return render_template(
        "changes/amendment.html",
        change=found,
        channels=CHANNELS,
        entries=audit_entries(session, table="amendments", row_id=str(found.id), offset=0, limit=20),
    )


@pages.post("/amendments/<uuid:public_id>/paper")
@support.acts_once
def amendment_paper(public_id: UUID) -> ResponseReturnValue:
    """Make the PDF that the customer signs."""
    papers.amendment_paper(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version"),
        as_of=support.today(),
    )  # fmt: skip
    flash(_("The paper was made."), "ok")
    return redirect(url_for("changes.amendment", public_id=public_id))


@pages.post("/amendments/<uuid:public_id>/sign")
@support.acts_once
def sign_amendment(public_id: UUID) -> ResponseReturnValue:
    """Record the signature: from now on the new terms hold from their day."""
    drafted = support.found_or_404(queries.amendment(support.database(), public_id=str(public_id)))
    support.say_reason(drafted.reason)
    amending.sign_amendment(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version"),
        signed_on=day_of("signed_on"), channel=request.form.get("channel", ""), as_of=support.now(),
    )  # fmt: skip
    flash(_("The amendment is signed. Billing follows from the day on; what was billed is corrected."), "ok")
    return redirect(url_for("changes.amendment", public_id=public_id))


@pages.post("/amendments/<uuid:public_id>/cancel")
@support.acts_once
def cancel_amendment(public_id: UUID) -> ResponseReturnValue:
    """Give up an amendment that was not signed."""
    amending.cancel_amendment(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version")
    )
    flash(_("The amendment was cancelled. Nothing changed."), "ok")
    return redirect(url_for("changes.amendment", public_id=public_id))


from operational.crm.changes import (  # noqa: E402, F401  their routes join `pages`
    web_assignments,
    web_indexations,
    web_renewals,
    web_terminations,
)
