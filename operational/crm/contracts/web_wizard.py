"""The wizard of contracts: six steps with a draft kept after each, papers, signature."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from operational.app import support
from operational.crm.contracts import (
    checks,
    defaults,
    draft_store,
    drafts,
    listing,
    points,
    rules,
    signing,
    web_steps,
    writing,
)
from operational.crm.contracts.content import STEPS, Content, Fields
from operational.crm.contracts.draft_store import Draft, DraftRefused
from operational.crm.contracts.web import pages
from operational.kernel.errors import DomainError

POINT_FIELDS = (
    "supply_point_id", "code", "medium", "dso_code", "start_kind", "wanted_start", "street", "building",
    "flat", "postal_code", "city", "tariff_group", "annual_kwh", "phases", "contracted_power_kw",
    "meter_serial",
)  # fmt: skip
FIELDS: Mapping[str, tuple[str, ...]] = {
    "customer": ("mode", "customer_id", "may_duplicate", *rules.CUSTOMER_FIELDS),
    "product": ("price_list_id", "product_version_id", "promotions", "sales_channel", "floor_approved"),
    "terms": (
        "kind", "period", "period_months", "notice_months", "continuation", "cycle_months",
        "payment_term_days", "invoicing_rule", "invoice_channel",
    ),
    "consents": (
        "signature_channel", "early_start", *writing.MANDATES, "given_by", "old_supplier",
        "old_contract_number", *writing.CONSENTS,
    ),
}  # fmt: skip
MOST_POINTS = 500


@pages.get("/contracts/drafts")
def drafts_list() -> ResponseReturnValue:
    """List drafts that are open or wait for a signature, newest first."""
    page = support.page_of_request()
    status, mine = request.args.get("status", ""), request.args.get("mine") == "1"
    found = listing.draft_list(
        support.database(),
        status=status,
        owner=f"staff:{support.user().login}" if mine else "",
        offset=page.offset,
        limit=page.limit,
    )
    return render_template("contracts/drafts.html", rows=found, page=page, status=status, mine=mine)


@pages.post("/contracts/drafts")
@support.acts_once
def new_draft() -> ResponseReturnValue:
    """Open a draft, for a customer when one is given, and lead to its first open step."""
    chosen = support.form_int("customer_id") or None
    made = drafts.open_draft(
        support.database(),
        customer_id=chosen,
        price_list_id=None,
        product_version_id=None,
        supply_point_ids=(),
        source="wizard",
        source_id=None,
        as_of=support.now(),
    )
    return _to(made.public_id, "customer" if chosen is None else "points")


def _to(public_id: str, step: str) -> ResponseReturnValue:
    return redirect(url_for("contracts.step", public_id=public_id, step=step))


def _draft(public_id: UUID) -> Draft:
    return support.found_or_404(draft_store.draft(support.database(), public_id=str(public_id)))


@pages.get(
    "/contracts/drafts/<uuid:public_id>/<any(customer, points, product, terms, consents, summary):step>"
)
def step(public_id: UUID, step: str) -> ResponseReturnValue:
    """Show a step of a draft; one that is no longer open is shown as its summary."""
    found = _draft(public_id)
    if found.status == "signed":
        return redirect(url_for("contracts.contract_of_draft", public_id=public_id))
    if found.status != "open" and step != "summary":
        return _to(found.public_id, "summary")
    return web_steps.page(found, step, found.content, {})


@pages.post("/contracts/drafts/<uuid:public_id>/<any(customer, points, product, terms, consents):step>")
@support.acts_once
def save_step(public_id: UUID, step: str) -> ResponseReturnValue:
    """Save a step: judged when going on, kept as it is when leaving; mistakes stand at their fields."""
    action, session = request.form.get("action", "next"), support.database()
    found = _draft(public_id)
    given = _typed(step, found.content)
    content = found.content.with_section(step, given)
    if action == "paste":
        content, given = _pasted(content)
    wrong = {} if action in ("keep", "paste", "back") else _judged(step, content)
    if wrong:
        return web_steps.page(found, step, content, wrong), 422
    try:
        drafts.save_step(
            session, draft_public_id=str(public_id), step=step, given=given,
            row_version=support.form_int("row_version"), as_of=support.now(),
        )  # fmt: skip
    except DraftRefused as refused:
        return web_steps.page(_draft(public_id), step, content, {}, refused), 409
    if action == "keep":
        flash(_("The draft was kept. You can go on with it at any time."), "ok")
        return redirect(url_for("contracts.drafts_list"))
    place = STEPS.index(step)
    following = {"paste": place, "back": max(place - 1, 0)}.get(action, place + 1)
    return _to(str(public_id), STEPS[following])


def _judged(step: str, content: Content) -> dict[str, str]:
    """Return the mistakes of a step; customers who look alike must be looked at before a new one is made."""
    session, today = support.database(), support.today()
    wrong = checks.wrong_fields(session, step=step, content=content, today=today)
    if step == "customer" and not wrong and web_steps.alike(content):
        return {"may_duplicate": "customer_alike"}
    return wrong


def _typed(step: str, content: Content) -> Fields | list[Fields]:
    """Return what the form of a step holds."""
    if step != "points":
        section = {name: support.form_text(name, 200) for name in FIELDS[step]}
        if step == "product":
            chosen, _bar, version = support.form_text("offer", 40).partition(":")
            section |= {"price_list_id": chosen, "product_version_id": version}
            section["floor_approved"] = content.product.get("floor_approved", "")
        return section
    count = min(support.form_int("points"), MOST_POINTS)
    return [
        {name: support.form_text(f"{place}.{name}", 200) for name in POINT_FIELDS}
        for place in range(count)
        if request.form.get(f"{place}.remove") != "1"
    ]


def _pasted(content: Content) -> tuple[Content, list[Fields]]:
    """Add the codes that were pasted, each once, with what is known of them."""
    known = {point.get("code", "") for point in content.points}
    codes = [code for code in rules.pasted_codes(request.form.get("codes", "")[:40_000]) if code not in known]
    room = MOST_POINTS - len(content.points)
    session, today = support.database(), support.today()
    facts = points.look_up(session, codes=[code[:33] for code in codes[:room]], today=today)
    added: list[Fields] = []
    for fact in facts:
        kind = rules.StartKind.TAKEOVER if fact.was_supplied else rules.StartKind.SWITCH
        start = defaults.proposed_start(session, kind=kind, on=today)
        if fact.contract_ends is not None:
            start = max(start, fact.contract_ends)
        added.append(points.as_fields(fact, wanted_start=start))
    given = [*content.points, *added]
    flash(ngettext("%(num)d point was added.", "%(num)d points were added.", len(added)), "ok")
    return content.with_section("points", given), given


def _on_draft(public_id: UUID, work: Any) -> ResponseReturnValue:
    """Do something with a draft; a refusal is shown on its summary and nothing is kept."""
    try:
        return redirect(work())
    except checks.DraftIncomplete as incomplete:
        found = _draft(public_id)
        return web_steps.page(found, "summary", found.content, {}, incomplete), 422
    except DomainError as refused:
        support.database().rollback()
        found = _draft(public_id)
        return web_steps.page(found, "summary", found.content, {}, refused), 409


@pages.post("/contracts/drafts/<uuid:public_id>/send")
@support.acts_once
def send_draft(public_id: UUID) -> ResponseReturnValue:
    """Give the contract its number, make its papers and let it wait for the signature."""

    def work() -> str:
        made = signing.request_signature(
            support.database(), draft_public_id=str(public_id), row_version=support.form_int("row_version"),
            sent_on=support.today(), as_of=support.now(),
        )  # fmt: skip
        flash(_("Contract %(number)s waits for its signature.", number=made.number), "ok")
        return url_for("contracts.step", public_id=public_id, step="summary")

    return _on_draft(public_id, work)


@pages.post("/contracts/drafts/<uuid:public_id>/reopen")
@support.acts_once
def reopen_draft(public_id: UUID) -> ResponseReturnValue:
    """Take a contract that waits for its signature back into the wizard."""

    def work() -> str:
        signing.reopen(support.database(), draft_public_id=str(public_id), as_of=support.now())
        flash(_("The draft can be changed again. New papers are made when you send it."), "ok")
        return url_for("contracts.step", public_id=public_id, step="summary")

    return _on_draft(public_id, work)


@pages.post("/contracts/drafts/<uuid:public_id>/sign")
@support.acts_once
def sign_draft(public_id: UUID) -> ResponseReturnValue:
    """Record the signature and write the contract;
    `next` opens a new draft with the same product and terms.
    """

    def work() -> str:
        session = support.database()
        signed_on = _form_day("signed_on") or support.today()
        if signed_on > support.today():
            raise DraftRefused("signed_in_the_future", "The signature lies in the future. Correct its day.")
        signing.sign(
            session, draft_public_id=str(public_id), signed_on=signed_on,
            channel=support.form_text("channel", 20), as_of=support.now(),
        )  # fmt: skip
        number = draft_store.locked(session, public_id=str(public_id)).number
        flash(_("Contract %(number)s was signed.", number=number), "ok")
        if request.form.get("action") != "next":
            return url_for("contracts.contract_of_draft", public_id=public_id)
        made = drafts.clone(
            session, draft_public_id=str(public_id), as_of=support.now(), keeps_customer=False
        )
        return url_for("contracts.step", public_id=made.public_id, step="customer")

    return _on_draft(public_id, work)


def _form_day(name: str) -> date | None:
    return rules.date_of(support.form_text(name, 10))


@pages.post("/contracts/drafts/<uuid:public_id>/clone")
@support.acts_once
def clone_draft(public_id: UUID) -> ResponseReturnValue:
    """Open a copy of a draft without its supply points."""
    made = drafts.clone(support.database(), draft_public_id=str(public_id), as_of=support.now())
    flash(_("The draft was copied. Add the supply points of the new contract."), "ok")
    return _to(made.public_id, "points")


@pages.post("/contracts/drafts/<uuid:public_id>/drop")
@support.acts_once
def drop_draft(public_id: UUID) -> ResponseReturnValue:
    """Put a draft away."""

    def work() -> str:
        drafts.drop(
            support.database(), draft_public_id=str(public_id), row_version=support.form_int("row_version"),
            as_of=support.now(),
        )  # fmt: skip
        flash(_("The draft was put away."), "ok")
        return url_for("contracts.drafts_list")

    return _on_draft(public_id, work)


@pages.get("/contracts/drafts/<uuid:public_id>/contract")
def contract_of_draft(public_id: UUID) -> ResponseReturnValue:
    """Lead to the contract that a draft became."""
    found = _draft(public_id)
    known = listing.public_id_of(support.database(), contract_id=found.contract_id)
    return redirect(url_for("contracts.contract", public_id=support.found_or_404(known)))
