"""Reads of campaigns: the list, one campaign, its members, results by side and what they earn."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign in the list with its money and what it brought."""

    public_id: str
    code: str
    name: str
    channel: str
    status: str
    starts_on: date
    ends_on: date
    owner_login: str
    budget: Decimal
    cost: Decimal
    members: int
    leads: int
    accepted: int
    margin: Decimal


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign with its rule and texts."""

    id: int
    public_id: str
    code: str
    name: str
    audience: str
    conditions: list[dict[str, str]]
    channel: str
    subject: str
    script: str
    subject_b: str
    script_b: str
    share_b_pct: int
    budget: Decimal
    owner_login: str
    starts_on: date
    ends_on: date
    status: str
    started_at: datetime | None
    row_version: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Result:
    """What one side of a campaign came to: people, offers, contracts,
    expected margin of 12 months in zloty.
    """

    variant: str
    members: int
    allowed: int
    contacted: int
    interested: int
    leads: int
    offers: int
    accepted: int
    contracts: int
    margin: Decimal


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a campaign with the last contact."""

    public_id: str
    name: str
    phone: str
    customer_public_id: str
    lead_public_id: str
    variant: str
    is_allowed: bool
    refusal: str
    outcome: str
    contacted_on: date | None
    note: str


@dataclass(frozen=True, slots=True)
class Cost:
    """A cost booked to a campaign."""

    booked_on: date
    amount: Decimal
    note: str
    recorded_by: str


_RESULTS = """
  select s.campaign_id, s.side, s.members, s.allowed, s.contacted, s.interested, s.leads,
         coalesce(o.offers, 0), coalesce(o.accepted, 0), coalesce(o.contracts, 0), coalesce(o.margin, 0)
    from operational.campaign_sides s
    left join (
      select o.campaign_id, o.campaign_side, count(*) as offers,
             count(*) filter (where o.status = 'accepted') as accepted,
             count(*) filter (where d.status = 'signed') as contracts, sum(o.margin_net) as margin
        from operational.offer_outcomes o
        left join operational.contract_drafts d on d.public_id = o.draft_public_id
       where o.campaign_id is not null group by o.campaign_id, o.campaign_side) o
      on o.campaign_id = s.campaign_id and o.campaign_side = s.side
   where :campaign_id = 0 or s.campaign_id = :campaign_id
   order by s.campaign_id, s.side"""


def results(session: Session, *, campaign_id: int = 0) -> dict[int, list[Result]]:
    """Return the results by campaign and side (B only where the audience was split)."""
    found: dict[int, list[Result]] = {}
    for row in rows(session, _RESULTS, {"campaign_id": campaign_id}):
        found.setdefault(row.campaign_id, []).append(Result(*row[1:]))
    return found


def campaign_list(
    session: Session, *, status: str = "", offset: int = 0, limit: int = 51
) -> list[CampaignRow]:
    """Return campaigns, newest first, with cost and results."""
    found = rows(
        session,
        """
        select k.*, coalesce((select sum(amount) from operational.campaign_costs c where c.campaign_id =
        k.id), 0)
               as cost
          from operational.campaigns k where (:status = '' or k.status = :status)
         order by k.starts_on desc, k.id desc offset :offset limit :limit""",
        {"status": status, "offset": offset, "limit": limit},
    )
    known = results(session) if found else {}
    listed = []
    for row in found:
        sides = known.get(row.id, [])
        listed.append(
            CampaignRow(
                str(row.public_id), row.code, row.name, row.channel, row.status, row.starts_on, row.ends_on,
                row.owner_login, row.budget, row.cost, sum(one.members for one in sides),
                sum(one.leads for one in sides), sum(one.accepted for one in sides),
                sum((one.margin for one in sides), Decimal(0)),
            )
        )  # fmt: skip
    return listed


def campaign(session: Session, *, public_id: str) -> Campaign | None:
    """Return the campaign of a public id, or None."""
    row: Any = first(
        session,
        """
        select k.*, coalesce((select sum(amount) from operational.campaign_costs c where c.campaign_id =
        k.id), 0)
               as cost
          from operational.campaigns k where k.public_id = cast(:id as uuid)""",
        {"id": public_id},
    )
    if row is None:
        return None
    return Campaign(
        row.id, str(row.public_id), row.code, row.name, row.audience, list(row.rule["all"]), row.channel,
        row.subject, row.script, row.subject_b, row.script_b, row.share_b_pct, row.budget, row.owner_login,
        row.starts_on, row.ends_on, row.status, row.started_at, row.row_version, row.cost,
    )  # fmt: skip


def members(
    session: Session, *, campaign_id: int, which: str = "", offset: int = 0, limit: int = 51
) -> list[Member]:
    """Return members with their last contact; `which` is open (to contact), done, refused or empty."""
    found = rows(
        session,
        """
        select m.public_id::text, coalesce(c.name, l.name), coalesce(c.phone, l.phone, ''),
               coalesce(c.public_id::text, ''), coalesce(l.public_id::text, ''), m.variant, m.is_allowed,
               m.refusal, coalesce(t.outcome, ''), t.contacted_on, coalesce(t.note, '')
          from operational.campaign_members m
          left join operational.customers c on c.id = m.customer_id
          left join operational.leads l on l.id = m.lead_id
          left join lateral (
            select outcome, contacted_on, note from operational.campaign_contacts x
             where x.member_id = m.id order by x.id desc limit 1) t on true
         where m.campaign_id = :id
           and case :which when 'open' then m.is_allowed and coalesce(t.outcome, '') in ('', 'not_reached')
               when 'done' then t.outcome is not null when 'refused' then not m.is_allowed else true end
         order by m.is_allowed desc, t.contacted_on nulls first, m.id offset :offset limit :limit""",
        {"id": campaign_id, "which": which, "offset": offset, "limit": limit},
    )
    return [Member(*row) for row in found]


def costs(session: Session, *, campaign_id: int) -> list[Cost]:
    """Return the costs booked to a campaign, newest first."""
    found = rows(
        session,
        "select booked_on, amount, note, recorded_by from operational.campaign_costs"
        " where campaign_id = :id order by booked_on desc, id desc",
        {"id": campaign_id},
    )
    return [Cost(*row) for row in found]
