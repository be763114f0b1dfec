"""Pages of offers: list, calculator with three places side by side, paper, sending, acceptance."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, support
from operational.app.labels import error_text
from operational.crm.customers import queries as customer_queries
from operational.crm.sales import closing, counting, offer_queries, offers, queries, web_columns
from operational.crm.sales.profile import PointProfile, profiles, zone_shares
from operational.crm.sales.rules import KINDS, LOST_REASONS, MEDIA, InvalidSale, amount, spread
from operational.crm.sales.web import in_words, pages
from operational.kernel.calendar import first_of_next_month
from operational.kernel.errors import DomainError

STATUSES = ("draft", "ready", "sent", "accepted", "rejected", "expired", "withdrawn")
_FIELDS = ("medium", "segment", "dso_code", "tariff_group", "phases", "contracted_power_kw", "annual_kwh",
           "starts_on", "valid_until")  # fmt: skip


@pages.get("/sales/offers", endpoint="offers")
def offer_rows() -> ResponseReturnValue:
    """List offers by state, owner, number or name."""
    page = support.page_of_request()
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("search", "status", "owner")}
    today = support.today()

    def read(found: Session, part: support.Page) -> list[offer_queries.OfferRow]:
        return offer_queries.offer_list(
            found,
            today=today,
            offset=part.offset,
            limit=part.limit,
            search=asked["search"],
            status=asked["status"],
            owner=asked["owner"],
        )

    if exports.asked():
        return exports.of_list("offers", web_columns.OFFERS, read)
    return render_template(
        "sales/offers.html", rows=read(support.database(), page), page=page, asked=asked, statuses=STATUSES,
        people=queries.people(support.database()),
    )  # fmt: skip


@pages.get("/sales/offers/new")
def new_offer() -> ResponseReturnValue:
    """Show the form of an offer for a lead or a customer, with the points and what is known of their use."""
    lead, customer = _addressee(request.args.get("lead", ""), request.args.get("customer", ""))
    given = {
        "medium": lead.medium if lead else "electricity",
        "segment": lead.kind if lead else customer.kind if customer else "household",
        "dso_code": lead.dso_code if lead else "", "tariff_group": lead.tariff_group if lead else "",
        "phases": "1", "contracted_power_kw": "",
        "annual_kwh": _plain(lead.annual_kwh) if lead and lead.annual_kwh else "",
        "starts_on": first_of_next_month(support.today()).isoformat(), "valid_until": "",
    }  # fmt: skip
    return _offer_form(lead, customer, given)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def _addressee(
    lead_id: str, customer_id: str
) -> tuple[queries.Lead | None, customer_queries.Customer | None]:
    """Return the lead and customer an offer is for; a lead that is
    a customer brings both. 404 for neither.
    """
    session, lead, customer = support.database(), None, None
    try:
        if lead_id:
            lead = queries.lead(session, public_id=str(_uuid(lead_id)))
        known = lead.customer_public_id if lead else customer_id
        if known:
            customer = customer_queries.customer(session, public_id=str(_uuid(known)))
    except ValueError:
        lead = customer = None
    support.found_or_404(lead or customer)
    return lead, customer


def _uuid(given: str) -> str:
    return str(uuid.UUID(given))


def _points(customer: customer_queries.Customer | None, medium: str = "") -> tuple[PointProfile, ...]:
    if customer is None:
        return ()
    return profiles(support.database(), on=support.today(), customer_id=customer.id, medium=medium)


def _offer_form(
    lead: queries.Lead | None,
    customer: customer_queries.Customer | None,
    given: Mapping[str, str],
    *,
    wrong: Mapping[str, str] | None = None,
    chosen: Sequence[str] = (),
) -> str:
    return render_template(
        "sales/offer_form.html", lead=lead, customer=customer, given=given, wrong=in_words(wrong or {}),
        points=_points(customer), chosen=chosen, kinds=KINDS, media=MEDIA,
        distributors=queries.distributors(support.database()),
    )  # fmt: skip


@pages.post("/sales/offers/new")
@support.acts_once
def create_offer() -> ResponseReturnValue:
    """Open a draft offer; mistakes stand at their fields and what was entered stays."""
    lead, customer = _addressee(request.form.get("lead", ""), request.form.get("customer", ""))
    given = {name: support.form_text(name, 40) for name in _FIELDS}
    given |= {name: support.form_text(name, 20) for name in request.form if name.startswith("kwh-")}
    chosen = request.form.getlist("point")
    try:
        points, medium = _chosen_points(customer, chosen, given)
        starts_on = _day(given["starts_on"], "starts_on")
        until = _day(given["valid_until"], "valid_until") if given["valid_until"] else None
        made = offers.open_offer(
            support.database(), addressee=_whom(lead, customer, given), medium=medium, points=points,
            starts_on=starts_on, owner=support.user().login, as_of=support.today(), valid_until=until,
        )  # fmt: skip
    except InvalidSale as error:
        return _offer_form(lead, customer, given, wrong=error.fields, chosen=chosen), 422
    flash(_("Offer %(number)s was opened. Choose up to three products.", number=made.number), "ok")
    return redirect(url_for("sales.offer", public_id=made.public_id))


def _whom(
    lead: queries.Lead | None, customer: customer_queries.Customer | None, given: Mapping[str, str]
) -> offers.Addressee:
    if given["segment"] not in KINDS:
        raise InvalidSale({"segment": "sales_kind"})
    return offers.Addressee(
        name=customer.name if customer else lead.name if lead else "",
        segment=customer.kind if customer else given["segment"],
        customer_id=customer.id if customer else None,
        lead_id=lead.id if lead else None,
        campaign_id=lead.campaign_id if lead else None,
        campaign_variant=lead.campaign_variant if lead else None,
    )


def _day(given: str, field: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise InvalidSale({field: "missing_value"}) from error


def _chosen_points(
    customer: customer_queries.Customer | None, chosen: Sequence[str], given: Mapping[str, str]
) -> tuple[tuple[PointProfile, ...], str]:
    """Return the ticked points with the kWh of the form, or the profile that was typed; raise InvalidSale."""
    known = {str(point.supply_point_id): point for point in _points(customer)}
    ticked = [known[one] for one in chosen if one in known]
    if not ticked:
        return (_typed_point(given),), given["medium"]
    if len({point.medium for point in ticked}) > 1:
        raise InvalidSale({"points": "offer_two_media"})
    return tuple(_with_entered(point, given) for point in ticked), ticked[0].medium


def _with_entered(point: PointProfile, given: Mapping[str, str]) -> PointProfile:
    """Return a point with the kWh of the form where somebody changed them."""
    entered: dict[str, Decimal] = {}
    for zone, known in point.zone_kwh.items():
        field = f"kwh-{point.supply_point_id}-{zone}"
        if field not in given or given[field] == _plain(known):
            entered[zone] = known
            continue
        read = Decimal(0) if given[field] in ("", "0") else amount(given[field])
        if read is None:
            raise InvalidSale({"points": "sales_number"})
        entered[zone] = read
    if entered == dict(point.zone_kwh):
        return point
    return PointProfile(
        point.supply_point_id, point.code, point.address, point.medium, point.dso_code, point.tariff_group,
        point.phases, point.contracted_power_kw, {z: k for z, k in entered.items() if k}, "entered",
    )  # fmt: skip


def _typed_point(given: Mapping[str, str]) -> PointProfile:
    """Return the profile that was typed for somebody whose points are not known; raise InvalidSale."""
    wrong = {name: "missing_value" for name in ("dso_code", "tariff_group", "annual_kwh") if not given[name]}
    annual = amount(given["annual_kwh"]) if given["annual_kwh"] else None
    power = amount(given["contracted_power_kw"]) if given["contracted_power_kw"] else None
    if given["annual_kwh"] and annual is None:
        wrong["annual_kwh"] = "sales_number"
    if given["contracted_power_kw"] and power is None:
        wrong["contracted_power_kw"] = "sales_number"
    if given["phases"] not in ("1", "3"):
        wrong["phases"] = "sales_number"
    if given["medium"] not in MEDIA:
        wrong["medium"] = "sales_medium"
    pair = (given["dso_code"], given["tariff_group"])
    networks = {code: medium for code, _name, medium in queries.distributors(support.database())}
    if pair[0] and networks.get(pair[0]) != given["medium"]:
        wrong["dso_code"] = "sales_dso"
    if wrong or annual is None:
        raise InvalidSale(wrong)
    shares = zone_shares(support.database(), pairs=[pair], on=support.today())
    return PointProfile(
        None,
        "",
        "",
        given["medium"],
        *pair,
        int(given["phases"]),
        power,
        spread(annual, shares[pair]),
        "entered",
    )


def _offer(public_id: str) -> offer_queries.Offer:
    found = offer_queries.offer(support.database(), public_id=str(public_id), today=support.today())
    return support.found_or_404(found)


@pages.get("/sales/offers/<uuid:public_id>")
def offer(public_id: str) -> ResponseReturnValue:
    """Show an offer: points, up to three products side by side, state, log."""
    return _offer_page(_offer(public_id))


def _offer_page(found: offer_queries.Offer, error: DomainError | None = None) -> str:
    session = support.database()
    points = offers.points_of(session, offer_id=found.id)
    is_draft = found.status == "draft"
    choices: tuple[counting.Choice, ...] = ()
    promotions: list[offer_queries.Promotion] = []
    if is_draft:
        choices = counting.choices(session, points=points, segment=found.segment, on=support.today())
        promotions = offer_queries.promotions(
            session, medium=found.medium, segment=found.segment, on=found.starts_on,
            annual_kwh=sum((point.annual_kwh for point in points), Decimal(0)), language=str(get_locale()),
        )  # fmt: skip
    return render_template(
        "sales/offer.html", offer=found, points=points, choices=choices, promotions=promotions,
        variants={one.position: one for one in offer_queries.variants(session, offer_id=found.id)},
        events=offer_queries.events(session, offer_id=found.id), lost_reasons=LOST_REASONS,
        error=error_text(error) if error else "", me=f"staff:{support.user().login}",
        draft_url=draft_url, paper_url=paper_url,
    )  # fmt: skip


@pages.post("/sales/offers/<uuid:public_id>/variant")
@support.acts_once
def count_variant(public_id: str) -> ResponseReturnValue:
    """Count a product for a place of the offer."""
    found = _offer(public_id)
    try:
        offers.count_variant(
            support.database(), public_id=found.public_id, position=support.form_int("position"),
            price_list_id=support.form_int("price_list_id"),
            promotions=[code[:40] for code in request.form.getlist("promotion")][:10],
            row_version=support.form_int("row_version"), as_of=support.today(),
        )  # fmt: skip
    except DomainError as error:
        if error.code == "changed_meanwhile":
            raise
        support.database().rollback()
        return _offer_page(found, error), 422
    return redirect(url_for("sales.offer", public_id=found.public_id))


@pages.post("/sales/offers/<uuid:public_id>/finish")
@support.acts_once
def finish_offer(public_id: str) -> ResponseReturnValue:
    """Close the figures and fill the paper."""
    found = _offer(public_id)
    closing.finish_offer(
        support.database(), public_id=found.public_id, row_version=support.form_int("row_version"),
        as_of=support.today(),
    )  # fmt: skip
    flash(_("The offer is ready. Look at the PDF, then send it."), "ok")
    return redirect(url_for("sales.offer", public_id=found.public_id))


@pages.post("/sales/offers/<uuid:public_id>/approve")
@support.acts_once
def approve_offer(public_id: str) -> ResponseReturnValue:
    """Approve a price below the floor, by a second person."""
    found = _offer(public_id)
    offers.approve_offer(
        support.database(), public_id=found.public_id, row_version=support.form_int("row_version"),
        approver=f"staff:{support.user().login}", as_of=support.today(),
    )  # fmt: skip
    flash(_("The price below the floor is approved."), "ok")
    return redirect(url_for("sales.offer", public_id=found.public_id))


@pages.post("/sales/offers/<uuid:public_id>/send")
@support.acts_once
def send_offer(public_id: str) -> ResponseReturnValue:
    """Send the offer by e-mail, or note that it was handed over."""
    found, way = _offer(public_id), support.form_text("way", 10)
    closing.send_offer(
        support.database(), public_id=found.public_id, row_version=support.form_int("row_version"), way=way,
        as_of=support.today(), moment=support.now(),
    )  # fmt: skip
    done = _("The offer is in the queue of messages.") if way == "email" else _("Noted: handed over.")
    flash(done, "ok")
    return redirect(url_for("sales.offer", public_id=found.public_id))


@pages.post("/sales/offers/<uuid:public_id>/accept")
@support.acts_once
def accept_offer(public_id: str) -> ResponseReturnValue:
    """Accept a variant and go on to the draft of the contract."""
    found = _offer(public_id)
    draft = closing.accept_offer(
        support.database(), public_id=found.public_id, variant_id=support.form_int("variant_id"),
        as_of=support.today(), moment=support.now(), row_version=support.form_int("row_version"),
    )  # fmt: skip
    flash(_("The offer is accepted; this is the draft of its contract."), "ok")
    return redirect(draft_url(draft))


def draft_url(draft_public_id: str) -> str:
    """Return the address of a contract draft."""
    return url_for("contracts.step", public_id=draft_public_id, step="customer")


def paper_url(paper_public_id: str) -> str:
    """Return the address of the PDF of a paper."""
    return url_for("papers.pdf", public_id=paper_public_id)


@pages.post("/sales/offers/<uuid:public_id>/decline")
@support.acts_once
def decline_offer(public_id: str) -> ResponseReturnValue:
    """Note that the customer said no, or take the offer back."""
    found = _offer(public_id)
    try:
        offers.decline_offer(
            support.database(), public_id=found.public_id, row_version=support.form_int("row_version"),
            reason=support.form_text("reason", 40), note=support.form_text("note", 400),
            as_of=support.today(), is_withdrawn=request.form.get("how") == "withdrawn",
        )  # fmt: skip
    except InvalidSale:
        flash(_("Say why the offer was rejected."), "bad")
        return redirect(url_for("sales.offer", public_id=found.public_id))
    flash(_("The offer is closed."), "ok")
    return redirect(url_for("sales.offer", public_id=found.public_id))
