"""Reads of leads: the board and the list, one lead with its history, the funnel."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.crm.sales.rules import frozen
from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead on the board or in a list; `days` in its stage, `gross` of its best open offer a year."""

    public_id: str
    name: str
    kind: str
    city: str
    medium: str
    annual_kwh: Decimal | None
    source: str
    campaign: str
    owner_login: str
    stage: str
    days: int
    received_on: date
    lost_reason: str
    gross: Decimal | None
    row_version: int


@dataclass(frozen=True, slots=True)
class Lead:
    """A lead with everything known of it."""

    id: int
    public_id: str
    kind: str
    name: str
    nip: str
    phone: str
    email: str
    city: str
    medium: str
    tariff_group: str
    dso_code: str
    annual_kwh: Decimal | None
    source: str
    campaign: str
    campaign_id: int | None
    campaign_variant: str | None
    owner_login: str
    stage: str
    stage_since: date
    lost_reason: str
    may_contact: tuple[str, ...]
    consent_source: str
    note: str
    customer_id: int | None
    customer_public_id: str
    customer_number: str
    received_on: date
    row_version: int


@dataclass(frozen=True, slots=True)
class StageOfLead:
    """A stage a lead entered, when, by whom and why."""

    stage_from: str | None
    stage_to: str
    entered_on: date
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """A step of the funnel: leads received in the window that got at least this far."""

    step: str
    leads: int


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who may own leads and campaigns."""

    login: str
    name: str


_LIST = """
  select l.public_id::text, l.name, l.kind, l.city, l.medium, l.annual_kwh, l.source, coalesce(k.code, ''),
         l.owner_login, l.stage, cast(:today as date) - l.stage_since, l.received_on, l.lost_reason, o.gross,
         l.row_version
    from operational.leads l left join operational.campaigns k on k.id = l.campaign_id
    left join lateral (
      select min(v.gross) as gross from operational.offers o
        join operational.offer_variants v on v.offer_id = o.id and v.superseded_at is null
       where o.lead_id = l.id and o.status in ('draft', 'ready', 'sent', 'accepted')) o on true
   where (:search = '' or l.search_name like '%' || lower(public.unaccent(:search)) || '%' or l.nip = :search
          or l.phone = :search or lower(l.email) = lower(:search))
     and (:stage = '' or l.stage = :stage) and (:owner = '' or l.owner_login = :owner)
     and (:source = '' or l.source = :source) and (:campaign = '' or k.code = :campaign)
     and (not :is_board or l.stage not in ('won', 'lost') or l.stage_since > cast(:today as date) - 30)
   order by l.stage_since desc, l.id desc offset :offset limit :limit"""


def lead_list(
    session: Session, *, today: date, search: str = "", stage: str = "", owner: str = "", source: str = "",
    campaign: str = "", is_board: bool = False, offset: int = 0, limit: int = 51,
) -> list[LeadRow]:  # fmt: skip
    """Return leads, the newest change first; the board leaves out what was closed over 30 days ago."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    given = {
        "today": today, "search": escaped, "stage": stage, "owner": owner, "source": source,
        "campaign": campaign, "is_board": is_board, "offset": offset, "limit": limit,
    }  # fmt: skip
    return [LeadRow(*row) for row in rows(session, _LIST, given)]


def lead(session: Session, *, public_id: str) -> Lead | None:
    """Return the lead of a public id, or None."""
    row = first(
        session,
        """
        select l.id, l.public_id::text, l.kind, l.name, coalesce(l.nip, ''), coalesce(l.phone, ''),
               coalesce(l.email, ''), l.city, l.medium, l.tariff_group, coalesce(l.dso_code, ''),
               l.annual_kwh,
               l.source, coalesce(k.code, ''), l.campaign_id, l.campaign_variant, l.owner_login, l.stage,
               l.stage_since, l.lost_reason, l.may_contact, l.consent_source, l.note, l.customer_id,
               coalesce(c.public_id::text, ''), coalesce(c.customer_number, ''), l.received_on, l.row_version
          from operational.leads l left join operational.campaigns k on k.id = l.campaign_id
          left join operational.customers c on c.id = l.customer_id
         where l.public_id = cast(:id as uuid)""",
        {"id": public_id},
    )
    if row is None:
        return None
    return Lead(*frozen(row))


def stages_of(session: Session, *, lead_id: int) -> list[StageOfLead]:
    """Return the stages of a lead, the newest first."""
    found = rows(
        session,
        "select stage_from, stage_to, entered_on, reason, recorded_at, recorded_by"
        " from operational.lead_stages where lead_id = :id order by id desc",
        {"id": lead_id},
    )
    return [StageOfLead(*row) for row in found]


_FUNNEL = """
  select s.step, count(distinct l.id) filter (where r.rank >= s.rank)
    from (values ('new', 1), ('contacted', 2), ('qualified', 3), ('offered', 4), ('won', 5)) s(step, rank)
    left join operational.leads l on l.received_on >= :since
    left join lateral (
      select max(array_position(array['new', 'contacted', 'qualified', 'offered', 'won'], h.stage_to)) as rank
        from operational.lead_stages h where h.lead_id = l.id) r on true
   group by s.step, s.rank order by s.rank"""


def funnel(session: Session, *, since: date) -> list[FunnelStep]:
    """Return how many leads received since a day got how far, by the stages they ever reached."""
    return [FunnelStep(*row) for row in rows(session, _FUNNEL, {"since": since})]


def people(session: Session) -> list[Person]:
    """Return the active staff who sell: they may own leads, offers and campaigns."""
    found = rows(
        session,
        "select login, name from operational.staff_users where is_active and role in ('sales', 'clerk', "
        "'admin')"
        " order by (role <> 'sales'), name",
    )
    return [Person(*row) for row in found]


def campaign_codes(session: Session) -> list[tuple[str, str]]:
    """Return codes and names of the campaigns, the newest first."""
    found = rows(session, "select code, name from operational.campaigns order by id desc limit 200")
    return [(row.code, row.name) for row in found]


def distributors(session: Session) -> list[tuple[str, str, str]]:
    """Return code, name and medium of the distributors."""
    return [
        (row.code, row.name, row.medium)
        for row in rows(session, "select code, name, medium from operational.dsos order by medium, name")
    ]
