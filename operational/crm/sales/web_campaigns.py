"""Pages of campaigns: list, rule builder with a live count, members and contacts, costs, results."""

from collections.abc import Mapping
from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, support
from operational.app.labels import error_text
from operational.crm.sales import campaign_queries, campaigns, queries, segments, web_columns
from operational.crm.sales.rules import CHANNELS, InvalidSale, SalesError
from operational.crm.sales.web import in_words, pages
from operational.kernel.errors import DomainError

STATUSES = ("draft", "running", "closed")
AUDIENCES = ("customers", "leads")
_BLANK_CONDITIONS = 2
# In whose words the codes of a field are shown.
_VALUE_GROUPS = {
    "kind": "customer_kind", "medium": "medium", "invoice_channel": "invoice_channel", "overdue": "yes_no",
    "stage": "lead_stage", "source": "lead_source",
}  # fmt: skip
_CODES = {name: field.codes for part in segments.FIELDS.values() for name, field in part.items()}


@pages.get("/sales/campaigns", endpoint="campaigns")
def campaign_rows() -> ResponseReturnValue:
    """List campaigns with budget, cost, leads, conversion and return."""
    page, status = support.page_of_request(), request.args.get("status", "")[:20]

    def read(found: Session, part: support.Page) -> list[campaign_queries.CampaignRow]:
        return campaign_queries.campaign_list(found, status=status, offset=part.offset, limit=part.limit)

    if exports.asked():
        return exports.of_list("campaigns", web_columns.CAMPAIGNS, read)
    rows = read(support.database(), page)
    return render_template("sales/campaigns.html", rows=rows, page=page, status=status, statuses=STATUSES)


@pages.get("/sales/campaigns/new")
def new_campaign() -> ResponseReturnValue:
    """Show the builder of a new campaign."""
    today = support.today().isoformat()
    given = {
        "audience": "customers", "channel": "phone", "owner_login": support.user().login, "starts_on": today,
        "share_b_pct": "0", "budget": "0",
    }  # fmt: skip
    return _campaign_form(given, [])


def _campaign_form(
    given: Mapping[str, str],
    conditions: list[dict[str, str]],
    *,
    wrong: Mapping[str, str] | None = None,
    error: DomainError | None = None,
    campaign: campaign_queries.Campaign | None = None,
    row_version: int = 0,
) -> str:
    audience = given.get("audience", "customers")
    blank = [{"field": "", "op": "", "value": ""} for _number in range(_BLANK_CONDITIONS)]
    return render_template(
        "sales/campaign_form.html", given=given, wrong=in_words(wrong or {}),
        conditions=(conditions + blank)[: segments.MOST_CONDITIONS], fields=segments.FIELDS,
        operators=list(segments.OPERATORS), value_groups=_VALUE_GROUPS, codes=_CODES,
        audience=audience, audiences=AUDIENCES, channels=CHANNELS,
        people=queries.people(support.database()), campaign=campaign, row_version=row_version,
        error=error_text(error) if error else "",
    )  # fmt: skip


def _conditions(source: Mapping[str, str]) -> list[dict[str, str]]:
    """Return the conditions of the form, empty places left out."""
    found = []
    for number in range(segments.MOST_CONDITIONS):
        one = {part: source.get(f"{part}-{number}", "").strip()[:100] for part in ("field", "op", "value")}
        if one["field"]:
            found.append(one)
    return found


def _given() -> dict[str, str]:
    return {name: support.form_text(name, 4000) for name in campaigns.FIELDS}


@pages.post("/sales/campaigns/new")
@support.acts_once
def create_campaign() -> ResponseReturnValue:
    """Plan a campaign; mistakes stand at their fields."""
    given, conditions = _given(), _conditions(request.form)
    try:
        public_id = campaigns.create_campaign(support.database(), given=given, conditions=conditions)
    except InvalidSale as error:
        return _campaign_form(given, conditions, wrong=error.fields), 422
    except SalesError as error:
        return _campaign_form(given, conditions, error=error), 422
    flash(_("The campaign was planned. Start it when the count and the texts are right."), "ok")
    return redirect(url_for("sales.campaign", public_id=public_id))


@pages.get("/sales/campaigns/count")
def count_segment() -> ResponseReturnValue:
    """Count the people of the rule being built (htmx fragment)."""
    channel, audience = request.args.get("channel", ""), request.args.get("audience", "")
    size, error = None, ""
    try:
        size = segments.size(
            support.database(), audience=audience if audience in AUDIENCES else AUDIENCES[0],
            conditions=_conditions(request.args), channel=channel if channel in CHANNELS else "phone",
            on=support.today(),
        )  # fmt: skip
    except SalesError as refused:
        error = error_text(refused)
    return render_template("sales/segment_size.html", size=size, error=error)


def _campaign(public_id: str) -> campaign_queries.Campaign:
    return support.found_or_404(campaign_queries.campaign(support.database(), public_id=str(public_id)))


@pages.get("/sales/campaigns/<uuid:public_id>")
def campaign(public_id: str) -> ResponseReturnValue:
    """Show a campaign: rule, results by side, money, members and contacts."""
    found, session, page = _campaign(public_id), support.database(), support.page_of_request()
    which = request.args.get("which", "open" if found.channel == "phone" else "")[:20]
    results = campaign_queries.results(session, campaign_id=found.id).get(found.id, [])
    margin = sum((one.margin for one in results), Decimal(0))
    size = None
    if found.status == "draft":
        size = segments.size(
            session, audience=found.audience, conditions=found.conditions, channel=found.channel,
            on=support.today(),
        )  # fmt: skip
    return render_template(
        "sales/campaign.html", campaign=found, results=results, margin=margin, size=size, which=which,
        page=page,
        members=campaign_queries.members(
            session, campaign_id=found.id, which="" if which == "all" else which, offset=page.offset,
            limit=page.limit
        ),
        costs=campaign_queries.costs(session, campaign_id=found.id), outcomes=campaigns.OUTCOMES,
        accepted=sum(one.accepted for one in results), value_groups=_VALUE_GROUPS,
    )  # fmt: skip


@pages.get("/sales/campaigns/<uuid:public_id>/edit")
def edit_campaign(public_id: str) -> ResponseReturnValue:
    """Show the builder of a campaign that has not started."""
    found = _campaign(public_id)
    given = {name: str(getattr(found, name)) for name in campaigns.FIELDS}
    return _campaign_form(given, found.conditions, campaign=found, row_version=found.row_version)


@pages.post("/sales/campaigns/<uuid:public_id>/edit")
@support.acts_once
def change_campaign(public_id: str) -> ResponseReturnValue:
    """Change a campaign that has not started, under optimistic locking."""
    found, given, conditions = _campaign(public_id), _given(), _conditions(request.form)
    version = support.form_int("row_version")
    try:
        campaigns.change_campaign(
            support.database(), public_id=found.public_id, given=given, conditions=conditions,
            row_version=version,
        )  # fmt: skip
    except InvalidSale as error:
        return _campaign_form(given, conditions, wrong=error.fields, campaign=found, row_version=version), 422
    except SalesError as error:
        if error.code == "changed_meanwhile":
            raise
        return _campaign_form(given, conditions, error=error, campaign=found, row_version=version), 422
    flash(_("The campaign was saved."), "ok")
    return redirect(url_for("sales.campaign", public_id=found.public_id))


@pages.post("/sales/campaigns/<uuid:public_id>/start")
@support.acts_once
def start_campaign(public_id: str) -> ResponseReturnValue:
    """Choose the members and queue the messages."""
    found = _campaign(public_id)
    done = campaigns.start_campaign(
        support.database(), public_id=found.public_id, row_version=support.form_int("row_version"),
        as_of=support.today(), moment=support.now(),
    )  # fmt: skip
    flash(
        _(
            "The campaign runs: %(members)s people chosen, %(allowed)s may be contacted, %(messages)s "
            "messages"
            " queued.",
            members=done.members, allowed=done.allowed, messages=done.messages,
        ),
        "ok",
    )  # fmt: skip
    return redirect(url_for("sales.campaign", public_id=found.public_id))


@pages.post("/sales/campaigns/<uuid:public_id>/close")
@support.acts_once
def close_campaign(public_id: str) -> ResponseReturnValue:
    """Close a running campaign."""
    found = _campaign(public_id)
    campaigns.close_campaign(
        support.database(), public_id=found.public_id, row_version=support.form_int("row_version")
    )
    flash(_("The campaign is closed."), "ok")
    return redirect(url_for("sales.campaign", public_id=found.public_id))


@pages.post("/sales/campaigns/<uuid:public_id>/costs")
@support.acts_once
def add_cost(public_id: str) -> ResponseReturnValue:
    """Book a cost of a campaign."""
    found = _campaign(public_id)
    try:
        campaigns.add_cost(
            support.database(), public_id=found.public_id, given=support.form_text("amount", 20),
            booked_on=support.today(), note=support.form_text("note", 200),
        )  # fmt: skip
    except InvalidSale:
        flash(_("Write an amount and what it was for."), "bad")
        return redirect(url_for("sales.campaign", public_id=found.public_id))
    flash(_("The cost was booked."), "ok")
    return redirect(url_for("sales.campaign", public_id=found.public_id))


@pages.post("/sales/members/<uuid:public_id>/contact")
@support.acts_once
def record_contact(public_id: str) -> ResponseReturnValue:
    """Keep what came of a contact; somebody interested becomes a lead."""
    lead = campaigns.record_contact(
        support.database(), member_public_id=str(public_id), outcome=support.form_text("outcome", 30),
        note=support.form_text("note", 400), owner=support.user().login, as_of=support.today(),
    )  # fmt: skip
    if lead:
        flash(_("Interested: a lead was recorded."), "ok")
        return redirect(url_for("sales.lead", public_id=lead))
    flash(_("The contact was noted."), "ok")
    back = support.form_text("campaign", 40)
    return redirect(url_for("sales.campaign", public_id=_campaign(back).public_id))
