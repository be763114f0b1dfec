"""Reads of offers: the list, one offer with variants, log and what is really known of its message."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.crm.sales.rules import frozen
from operational.kernel.rows import first, rows

# An open offer whose day has passed counts as expired, without anybody's help.
_STATUS = """case when o.status in ('draft', 'ready', 'sent') and o.valid_until < :today then 'expired'
  else o.status end"""


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer in a list; `gross` and `margin_net` a year of the accepted variant, else of the first one."""

    public_id: str
    number: str
    addressee: str
    medium: str
    status: str
    made_on: date
    valid_until: date
    owner_login: str
    variants: int
    product: str | None
    gross: Decimal | None
    margin_net: Decimal | None
    is_below_floor: bool


@dataclass(frozen=True, slots=True)
class Variant:
    """A product counted for an offer, zloty a year; `gross_change` against the first variant."""

    id: int
    position: int
    price_list_id: int
    product_name: str
    period_months: int | None
    promotions: tuple[str, ...]
    seller_net: Decimal
    network_net: Decimal
    vat: Decimal
    gross: Decimal
    margin_net: Decimal
    floor_margin_net: Decimal
    is_below_floor: bool
    lines: tuple[dict[str, Any], ...]
    counted_by: str


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer with whom it is for, its state and what is known of its message."""

    id: int
    public_id: str
    number: str
    addressee: str
    lead_id: int | None
    lead_public_id: str
    customer_id: int | None
    customer_public_id: str
    customer_number: str
    customer_email: str
    campaign: str
    medium: str
    segment: str
    starts_on: date
    made_on: date
    valid_until: date
    owner_login: str
    status: str
    approved_by: str | None
    sent_on: date | None
    decided_on: date | None
    decision_note: str
    paper_public_id: str
    draft_public_id: str
    accepted_variant_id: int | None
    created_by: str
    row_version: int
    message_status: str
    message_channel: str
    message_sent_at: datetime | None
    message_delivered_at: datetime | None
    message_public_id: str
    batch_public_id: str


@dataclass(frozen=True, slots=True)
class OfferEvent:
    """What happened to an offer."""

    kind: str
    happened_on: date
    note: str
    recorded_at: datetime
    recorded_by: str


_LIST = f"""
  select o.public_id::text, o.number, o.addressee, o.medium, {_STATUS} as status, o.made_on, o.valid_until,
         o.owner_login, coalesce(v.variants, 0), v.product, v.gross, v.margin_net, coalesce(v.below, false)
    from operational.offers o
    left join lateral (
      select count(*) as variants, bool_or(x.is_below_floor) as below,
             (array_agg(x.product_name order by (x.id = o.accepted_variant_id) desc,
             x.position))[1] as product,
             (array_agg(x.gross order by (x.id = o.accepted_variant_id) desc, x.position))[1] as gross,
             (array_agg(x.margin_net order by (x.id = o.accepted_variant_id) desc,
             x.position))[1] as margin_net
        from operational.offer_variants x where x.offer_id = o.id and x.superseded_at is null) v on true
   where (:search = '' or o.number ilike :like or lower(public.unaccent(o.addressee)) like
          lower(public.unaccent(:like)))
     and (:status = '' or {_STATUS} = :status) and (:owner = '' or o.owner_login = :owner)
     and (:lead_id = 0 or o.lead_id = :lead_id) and (:customer_id = 0 or o.customer_id = :customer_id)
     and (:batch_id = 0 or o.renewal_batch_id = :batch_id)
   order by o.id desc offset :offset limit :limit"""


def offer_list(
    session: Session, *, today: date, search: str = "", status: str = "", owner: str = "", lead_id: int = 0,
    customer_id: int = 0, batch_id: int = 0, offset: int = 0, limit: int = 51,
) -> list[OfferRow]:  # fmt: skip
    """Return offers, newest first, by a piece of number or name, state, owner, lead, customer or batch."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    given = {
        "today": today, "search": search, "like": f"%{escaped}%", "status": status, "owner": owner,
        "lead_id": lead_id, "customer_id": customer_id, "batch_id": batch_id, "offset": offset,
        "limit": limit,
    }  # fmt: skip
    return [OfferRow(*row) for row in rows(session, _LIST, given)]


_OFFER = f"""
  select o.id, o.public_id::text, o.number, o.addressee, o.lead_id, coalesce(l.public_id::text, ''),
         o.customer_id, coalesce(c.public_id::text, ''), coalesce(c.customer_number, ''),
         coalesce(c.email, ''), coalesce(k.code, ''), o.medium, o.segment, o.starts_on, o.made_on,
         o.valid_until, o.owner_login, {_STATUS}, o.approved_by, o.sent_on, o.decided_on, o.decision_note,
         coalesce(o.paper_public_id::text, ''), coalesce(o.draft_public_id::text, ''), o.accepted_variant_id,
         o.created_by, o.row_version, coalesce(m.status, ''), coalesce(m.channel, ''), m.sent_at,
         m.delivered_at, coalesce(m.public_id::text, ''), coalesce(b.public_id::text, '')
    from operational.offers o left join operational.leads l on l.id = o.lead_id
    left join operational.customers c on c.id = o.customer_id
    left join operational.campaigns k on k.id = o.campaign_id
    left join operational.messages m on m.id = o.message_id
    left join operational.renewal_batches b on b.id = o.renewal_batch_id
   where o.public_id = cast(:id as uuid)"""


def offer(session: Session, *, public_id: str, today: date) -> Offer | None:
    """Return the offer of a public id, or None."""
    row = first(session, _OFFER, {"id": public_id, "today": today})
    return Offer(*row) if row else None


def variants(session: Session, *, offer_id: int) -> list[Variant]:
    """Return the variants of an offer by their place."""
    found = rows(
        session,
        "select id, position, price_list_id, product_name, period_months, promotions, seller_net,"
        " network_net, vat, gross, margin_net, floor_margin_net, is_below_floor, lines, counted_by"
        " from operational.offer_variants where offer_id = :id and superseded_at is null order by position",
        {"id": offer_id},
    )
    return [Variant(*frozen(row)) for row in found]


def events(session: Session, *, offer_id: int) -> list[OfferEvent]:
    """Return the log of an offer, newest first."""
    found = rows(
        session,
        "select kind, happened_on, note, recorded_at, recorded_by from operational.offer_events"
        " where offer_id = :id order by id desc",
        {"id": offer_id},
    )
    return [OfferEvent(*row) for row in found]


@dataclass(frozen=True, slots=True)
class Promotion:
    """A promotion that may be put into a variant by its code."""

    code: str
    name: str


def promotions(
    session: Session, *, medium: str, segment: str, annual_kwh: Decimal, on: date, language: str = "pl"
) -> list[Promotion]:
    """Return the approved promotions a clerk may add to an offer of this kind on the day."""
    found = rows(
        session,
        """
        select code, case :language when 'pl' then name_pl else name_en end as name
          from operational.promotions
         where status = 'approved' and medium = :medium and segment in ('', :segment) and channel in ('',
         'office')
           and annual_kwh_from <= :annual_kwh and valid_from <= :on and (valid_to is null or valid_to > :on)
           and needs_code
         order by code""",
        {"medium": medium, "segment": segment, "annual_kwh": annual_kwh, "on": on, "language": language},
    )
    return [Promotion(*row) for row in found]
