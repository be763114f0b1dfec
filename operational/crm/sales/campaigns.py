"""Writes of campaigns: plan, start (choose members and queue messages), contacts, costs, close."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.sales import leads, segments
from operational.crm.sales.rules import CHANNELS, InvalidSale, SalesError, changed_meanwhile, side
from operational.kernel.money import InvalidAmount, parse_amount
from operational.kernel.rows import first, one, rows
from operational.messaging.operations import NewMessage, queue_messages

FIELDS = (
    "code", "name", "audience", "channel", "subject", "script", "subject_b", "script_b", "share_b_pct",
    "budget", "owner_login", "starts_on", "ends_on",
)  # fmt: skip
OUTCOMES = ("not_reached", "reached", "interested", "not_interested", "do_not_contact")
_INSERTED = (
    "code, name, audience, rule, channel, subject, script, subject_b, script_b, share_b_pct, budget, "
    "owner_login,"
    " starts_on, ends_on"
)


@dataclass(frozen=True, slots=True)
class Started:
    """What starting a campaign did: people chosen, how many may be contacted, messages queued."""

    members: int
    allowed: int
    messages: int


def _day(given: str) -> date | None:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return None


def _values(given: Mapping[str, str], conditions: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Return the columns of a campaign; raise InvalidSale with the wrong fields, SalesError for the rule."""
    cleaned = {name: given.get(name, "").strip() for name in FIELDS}
    wrong: dict[str, str] = {name: "missing_value" for name in ("name", "owner_login") if not cleaned[name]}
    code = cleaned["code"].upper()
    if not (3 <= len(code) <= 20 and code.replace("-", "").isalnum() and code.isascii()):
        wrong["code"] = "sales_code"
    if cleaned["channel"] not in CHANNELS:
        wrong["channel"] = "sales_channel"
    elif cleaned["audience"] == "leads" and cleaned["channel"] != "phone":
        wrong["channel"] = "sales_leads_by_phone"
    share = cleaned["share_b_pct"] or "0"
    if not (share.isdigit() and int(share) <= 100):
        wrong["share_b_pct"] = "sales_number"
    elif int(share) and not cleaned["script_b"]:
        wrong["script_b"] = "missing_value"
    for field in ("script", *(("subject",) if cleaned["channel"] == "email" else ())):
        if not cleaned[field]:
            wrong[field] = "missing_value"
    try:
        budget = parse_amount(cleaned["budget"] or "0")
    except InvalidAmount:
        budget = None
    if budget is None or budget < 0:
        wrong["budget"] = "sales_number"
    starts_on, ends_on = _day(cleaned["starts_on"]), _day(cleaned["ends_on"])
    for field, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if day is None:
            wrong[field] = "missing_value"
    if starts_on and ends_on and ends_on < starts_on:
        wrong["ends_on"] = "sales_days"
    if wrong:
        raise InvalidSale(wrong)
    kept = segments.clean(cleaned["audience"], conditions)
    return {
        **cleaned, "code": code, "share_b_pct": int(share), "budget": budget, "starts_on": starts_on,
        "ends_on": ends_on, "rule": json.dumps({"all": kept}),
    }  # fmt: skip


def create_campaign(
    session: Session, *, given: Mapping[str, str], conditions: Sequence[Mapping[str, str]]
) -> str:
    """Plan a campaign (status `draft`) and return its public id; raise InvalidSale or SalesError."""
    values = _values(given, conditions)
    if session.scalar(text("select 1 from operational.campaigns where code = :code"), values):
        raise InvalidSale({"code": "sales_code_taken"})
    bound = ", ".join(
        "cast(:rule as jsonb)" if name == "rule" else f":{name}" for name in _INSERTED.split(", ")
    ).replace(":starts_on", "cast(:starts_on as date)")
    return str(
        session.execute(
            text(f"insert into operational.campaigns ({_INSERTED}) values ({bound}) returning public_id"),
            values,
        ).scalar_one()
    )


def change_campaign(
    session: Session,
    *,
    public_id: str,
    given: Mapping[str, str],
    conditions: Sequence[Mapping[str, str]],
    row_version: int,
) -> None:
    """Change a campaign that has not started; raise InvalidSale, SalesError or `changed_meanwhile`."""
    found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, "draft")
    values = _values({**given, "code": found.code}, conditions)
    session.execute(
        text("""
            update operational.campaigns set name = :name, audience = :audience, rule = cast(:rule as jsonb),
                   channel = :channel, subject = :subject, script = :script, subject_b = :subject_b,
                   script_b = :script_b, share_b_pct = :share_b_pct, budget = :budget,
                   owner_login = :owner_login, starts_on = :starts_on, ends_on = :ends_on,
                   row_version = row_version + 1 where id = :id"""),
        {**values, "id": found.id},
    )


def locked(session: Session, *, public_id: str, row_version: int) -> Any:
    """Lock a campaign for a change and return it; raise when it is not there or not as the form knew it."""
    found = first(
        session,
        "select * from operational.campaigns where public_id = cast(:id as uuid) for update",
        {"id": public_id},
    )
    if found is None:
        raise SalesError("campaign_not_found", "There is no such campaign. Open the list and choose one.")
    if found.row_version != row_version:
        raise changed_meanwhile(f"Campaign {found.code}")
    return found


def in_state(found: Any, *states: str) -> None:
    """Raise SalesError unless the campaign is in one of the states."""
    if found.status not in states:
        raise SalesError(
            "campaign_state",
            f"Campaign {found.code} is {found.status}; this needs one that is {' or '.join(states)}.",
        )


def start_campaign(
    session: Session, *, public_id: str, row_version: int, as_of: date, moment: datetime
) -> Started:
    """Choose the members of a campaign by its rule and keep them; queue the messages of an e-mail or SMS one.

    Who did not consent to the channel, or has no address for it, is kept as a member who is not contacted.
    The side of the A/B test follows from a hash, so it is the same however often it is worked out. Raises
    SalesError for an empty segment or a campaign that started before.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, "draft")
    if found.ends_on < as_of:
        raise SalesError(
            "campaign_over", f"Campaign {found.code} ended on {found.ends_on}. Move its days first."
        )
    people, given = segments.people_sql(found.audience, found.rule["all"], channel=found.channel, on=as_of)
    chosen = rows(session, people, given)
    if not chosen:
        raise SalesError("campaign_empty", "The rule finds nobody. Loosen a condition.")
    session.execute(
        text("""
            insert into operational.campaign_members (campaign_id, customer_id, lead_id, variant, is_allowed,
                   refusal, chosen_on)
            select :campaign, m.customer_id, m.lead_id, m.variant, m.refusal = '', m.refusal, :as_of
              from jsonb_to_recordset(cast(:members as jsonb)) as m(
                   customer_id bigint, lead_id bigint, variant text, refusal text)"""),
        {
            "campaign": found.id,
            "as_of": as_of,
            "members": json.dumps(
                [
                    {
                        "customer_id": row.customer_id,
                        "lead_id": row.lead_id,
                        "variant": side(found.code, row.key, found.share_b_pct),
                        "refusal": "no_consent"
                        if not row.consents
                        else ""
                        if row.has_address
                        else "no_address",
                    }
                    for row in chosen
                ]
            ),
        },
    )
    session.execute(
        text(
            "update operational.campaigns set status = 'running', started_at = :moment,"
            " row_version = row_version + 1 where id = :id"
        ),
        {"id": found.id, "moment": moment},
    )
    allowed = sum(1 for row in chosen if row.consents and row.has_address)
    sent = _queue(session, campaign=found, as_of=as_of, moment=moment) if found.channel != "phone" else 0
    return Started(len(chosen), allowed, sent)


def _queue(session: Session, *, campaign: Any, as_of: date, moment: datetime) -> int:
    """Queue the messages of the members who may be contacted, each with the text of their side."""
    members = rows(
        session,
        "select id, customer_id, variant from operational.campaign_members"
        " where campaign_id = :id and is_allowed order by id",
        {"id": campaign.id},
    )
    texts = {
        "A": {"headline": campaign.subject or campaign.name, "content": campaign.script},
        "B": {
            "headline": campaign.subject_b or campaign.subject or campaign.name,
            "content": campaign.script_b,
        },
    }
    messages = [
        NewMessage(
            key=f"campaign:{campaign.id}:{member.customer_id}", customer_id=member.customer_id,
            template="campaign.letter", variables=texts[member.variant], channel=campaign.channel,
            references={"campaign": campaign.code},
        )
        for member in members
    ]  # fmt: skip
    if not messages:
        return 0
    queued = queue_messages(session, messages=messages, as_of=moment).queued
    session.execute(
        text("""
            insert into operational.campaign_contacts (member_id, contacted_on, outcome)
            select id, :as_of, 'sent' from operational.campaign_members
             where campaign_id = :id and is_allowed on conflict do nothing"""),
        {"id": campaign.id, "as_of": as_of},
    )
    return queued


def record_contact(
    session: Session, *, member_public_id: str, outcome: str, note: str, owner: str, as_of: date
) -> str | None:
    """Keep what came of a contact; somebody interested becomes a lead, once. Return the lead's public id.

    Raises SalesError for a member who may not be contacted (no consent) or an unknown outcome.
    """
    member = first(
        session,
        """
        select m.*, k.status, k.code, c.kind, c.name, c.nip, c.phone, c.email, a.city,
               l.public_id::text as lead_public_id, p.medium
          from operational.campaign_members m join operational.campaigns k on k.id = m.campaign_id
          left join operational.customers c on c.id = m.customer_id
          left join operational.addresses a on a.id = c.address_id
          left join operational.leads l on l.id = m.lead_id
          left join lateral (
            select s.medium from operational.contracts t
            join operational.contract_supply_points x on x.contract_id = t.id and x.superseded_at is null
            join operational.supply_points s on s.id = x.supply_point_id
            where t.customer_id = c.id order by x.valid_from desc limit 1) p on true
         where m.public_id = cast(:id as uuid) for no key update of k""",
        {"id": member_public_id},
    )
    if member is None:
        raise SalesError("member_not_found", "There is no such member of a campaign. Reload the page.")
    if not member.is_allowed:
        raise SalesError(
            "member_refused", "This person gave no consent, or has no address. Do not contact them."
        )
    if outcome not in OUTCOMES:
        raise SalesError("contact_outcome", "Choose what came of the contact.")
    if member.status != "running":
        raise SalesError(
            "campaign_state", f"Campaign {member.code} is {member.status}; contacts belong to a running one."
        )
    lead_public_id, lead_id = member.lead_public_id, member.lead_id
    if outcome == "interested" and lead_id is None:
        lead_id, lead_public_id = _lead_of(session, member=member, note=note, owner=owner, as_of=as_of)
    session.execute(
        text(
            "insert into operational.campaign_contacts (member_id, contacted_on, outcome, note, lead_id)"
            " values (:member, :as_of, :outcome, :note, :lead)"
        ),
        {"member": member.id, "as_of": as_of, "outcome": outcome, "note": note[:500],
         "lead": lead_id if outcome == "interested" else None},
    )  # fmt: skip
    return lead_public_id if outcome == "interested" else None


def _lead_of(session: Session, *, member: Any, note: str, owner: str, as_of: date) -> tuple[int, str]:
    """Return the lead of an interested customer: the one this campaign made before, else a new one."""
    known = first(
        session,
        "select id, public_id::text as public_id from operational.leads"
        " where campaign_id = :campaign and customer_id = :customer order by id limit 1",
        {"campaign": member.campaign_id, "customer": member.customer_id},
    )
    if known is not None:
        return int(known.id), known.public_id
    made = leads.record_lead(
        session,
        given={
            "kind": member.kind, "name": member.name, "nip": member.nip or "", "phone": member.phone or "",
            "email": member.email or "", "city": member.city or "", "medium": member.medium or "electricity",
            "source": "campaign", "campaign": member.code, "owner_login": owner, "note": note,
        },
        as_of=as_of, campaign_variant=member.variant,
    )  # fmt: skip
    session.execute(
        text("update operational.leads set customer_id = :customer where id = :id"),
        {"customer": member.customer_id, "id": made.id},
    )
    return made.id, made.public_id


def add_cost(session: Session, *, public_id: str, given: str, booked_on: date, note: str) -> None:
    """Book what a campaign cost, zloty net; a correction is a cost with a minus. Raise InvalidSale."""
    try:
        cost = parse_amount(given)
    except InvalidAmount:
        cost = None
    wrong = {}
    if not cost:
        wrong["amount"] = "sales_number"
    if not note.strip():
        wrong["note"] = "missing_value"
    if wrong:
        raise InvalidSale(wrong)
    campaign = one(
        session, "select id from operational.campaigns where public_id = cast(:id as uuid)", {"id": public_id}
    )
    session.execute(
        text(
            "insert into operational.campaign_costs (campaign_id, booked_on, amount, note)"
            " values (:id, :day, :amount, :note)"
        ),
        {"id": campaign.id, "day": booked_on, "amount": cost, "note": note.strip()[:200]},
    )


def close_campaign(session: Session, *, public_id: str, row_version: int) -> None:
    """Close a running campaign; its results go on being counted."""
    found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, "running")
    session.execute(
        text(
            "update operational.campaigns set status = 'closed', row_version = row_version + 1 where id = :id"
        ),
        {"id": found.id},
    )
