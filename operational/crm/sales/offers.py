"""Writes of offers: open, count variants, approve, finish, decline. Sending and acceptance: `closing.py`."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.sales import counting, leads
from operational.crm.sales.profile import PointProfile
from operational.crm.sales.rules import LOST_REASONS, InvalidSale, SalesError, changed_meanwhile
from operational.crm.sales.terms import term
from operational.kernel.rows import first, one, rows

MOST_VARIANTS = 3
OPEN = ("draft", "ready", "sent")


@dataclass(frozen=True, slots=True)
class NewOffer:
    """What came of opening an offer."""

    id: int
    public_id: str
    number: str


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom an offer is for: a lead, a customer, or a lead that has become one."""

    name: str
    segment: str
    customer_id: int | None = None
    lead_id: int | None = None
    campaign_id: int | None = None
    campaign_variant: str | None = None


def open_offer(
    session: Session,
    *,
    addressee: Addressee,
    medium: str,
    points: Sequence[PointProfile],
    starts_on: date,
    owner: str,
    as_of: date,
    valid_until: date | None = None,
    batch: tuple[int, int] | None = None,
) -> NewOffer:
    """Open a draft offer for points with known use; valid for the dated term unless a day is given.

    ``batch`` is (renewal batch, contract it renews). Raises InvalidSale with the wrong fields.
    """
    until = valid_until or as_of + timedelta(days=int(term(session, code="offer_validity_days", on=as_of)))
    wrong = {}
    if not points or any(point.annual_kwh <= 0 for point in points):
        wrong["points"] = "offer_without_use"
    if until < as_of:
        wrong["valid_until"] = "sales_past"
    if starts_on < as_of:
        wrong["starts_on"] = "sales_past"
    if wrong:
        raise InvalidSale(wrong)
    row = one(
        session,
        """
        insert into operational.offers (number, lead_id, customer_id, addressee, campaign_id,
        campaign_variant,
               renewal_batch_id, renewed_contract_id, medium, segment, starts_on, made_on, valid_until,
               owner_login)
        values ('OF/' || to_char(cast(:as_of as date), 'YYYY') || '/'
                || lpad(nextval('operational.offer_numbers')::text, 6, '0'),
                :lead_id, :customer_id, :name, :campaign_id, :variant, :batch_id, :contract_id, :medium,
                :segment, :starts_on, :as_of, :until, :owner)
        returning id, public_id::text as public_id, number""",
        {
            "lead_id": addressee.lead_id, "customer_id": addressee.customer_id, "name": addressee.name,
            "campaign_id": addressee.campaign_id, "variant": addressee.campaign_variant,
            "batch_id": batch[0] if batch else None, "contract_id": batch[1] if batch else None,
            "medium": medium, "segment": addressee.segment, "starts_on": starts_on, "as_of": as_of,
            "until": until, "owner": owner,
        },
    )  # fmt: skip
    _keep_points(session, offer_id=row.id, points=points)
    note_event(session, offer_id=row.id, kind="opened", as_of=as_of)
    if addressee.lead_id is not None:
        leads.reach_stage(session, lead_id=addressee.lead_id, stage="offered", as_of=as_of)
    return NewOffer(int(row.id), row.public_id, row.number)


def _keep_points(session: Session, *, offer_id: int, points: Sequence[PointProfile]) -> None:
    session.execute(
        text("""
            insert into operational.offer_points (offer_id, supply_point_id, dso_code, tariff_group, phases,
                   contracted_power_kw, zone_kwh, annual_kwh, kwh_source)
            values (:offer_id, :point, :dso, :tariff, :phases, :power, cast(:zones as jsonb), :annual,
            :source)"""),
        [
            {
                "offer_id": offer_id, "point": point.supply_point_id, "dso": point.dso_code,
                "tariff": point.tariff_group, "phases": point.phases, "power": point.contracted_power_kw,
                "zones": json.dumps({zone: str(kwh) for zone, kwh in point.zone_kwh.items()}),
                "annual": point.annual_kwh, "source": point.source,
            }
            for point in points
        ],
    )  # fmt: skip


def points_of(session: Session, *, offer_id: int) -> tuple[PointProfile, ...]:
    """Return the points of an offer with the use it is counted on."""
    found = rows(
        session,
        """
        select p.*, o.medium, coalesce(s.code, '') as code,
               coalesce(a.street || ' ' || a.building || ', ' || a.city, '') as address
          from operational.offer_points p join operational.offers o on o.id = p.offer_id
          left join operational.supply_points s on s.id = p.supply_point_id
          left join operational.addresses a on a.id = s.address_id
         where p.offer_id = :id order by p.id""",
        {"id": offer_id},
    )
    return tuple(
        PointProfile(
            row.supply_point_id, row.code, row.address, row.medium, row.dso_code, row.tariff_group,
            row.phases,
            row.contracted_power_kw, {zone: Decimal(kwh) for zone, kwh in row.zone_kwh.items()},
            row.kwh_source,
        )
        for row in found
    )  # fmt: skip


def locked(session: Session, *, public_id: str, row_version: int | None = None) -> Any:
    """Lock an offer for a change and return it; raise when it is not there or not as the form knew it."""
    found = first(
        session,
        "select * from operational.offers where public_id = cast(:id as uuid) for update",
        {"id": public_id},
    )
    if found is None:
        raise SalesError("offer_not_found", "There is no such offer. Search for it again.")
    if row_version is not None and found.row_version != row_version:
        raise changed_meanwhile(f"Offer {found.number}")
    return found


def in_state(found: Any, *states: str) -> None:
    """Raise SalesError unless the offer is in one of the states."""
    if found.status not in states:
        raise SalesError(
            "offer_state",
            f"Offer {found.number} is {found.status}; this can be done to one that is {' or '.join(states)}.",
        )


def note_event(session: Session, *, offer_id: int, kind: str, as_of: date, note: str = "") -> None:
    """Keep in the log of an offer what happened to it."""
    session.execute(
        text(
            "insert into operational.offer_events (offer_id, kind, happened_on, note)"
            " values (:id, :kind, :as_of, :note)"
        ),
        {"id": offer_id, "kind": kind, "as_of": as_of, "note": note[:500]},
    )


def count_variant(
    session: Session,
    *,
    public_id: str,
    position: int,
    price_list_id: int,
    promotions: Sequence[str] = (),
    row_version: int,
    as_of: date,
) -> counting.Counted | None:
    """Count a variant of a draft offer and put it in its place (1 to 3); price list 0 empties the place.

    The figures are kept as they are; an approval given before is void. Raises SalesError when the product
    may not be sold here, `changed_meanwhile` for a stale version.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, "draft")
    if not 1 <= position <= MOST_VARIANTS:
        raise SalesError("offer_place", "An offer has places 1 to 3.")
    points = points_of(session, offer_id=found.id)
    counted = None
    if price_list_id:
        counted = counting.count(
            session, points=points, price_list_id=price_list_id, promotions=promotions,
            segment=found.segment, on=found.starts_on, sold_on=as_of,
        )  # fmt: skip
    put_variant(session, offer_id=found.id, position=position, counted=counted)
    session.execute(
        text(
            "update operational.offers set approved_by = null, approved_on = null,"
            " row_version = row_version + 1 where id = :id"
        ),
        {"id": found.id},
    )
    return counted


def put_variant(
    session: Session, *, offer_id: int, position: int, counted: counting.Counted | None
) -> int | None:
    """Close the variant of a place and keep the new one; return its id."""
    session.execute(
        text(
            "update operational.offer_variants set superseded_at = clock_timestamp()"
            " where offer_id = :id and position = :position and superseded_at is null"
        ),
        {"id": offer_id, "position": position},
    )
    if counted is None:
        return None
    return int(
        session.execute(
            text("""
                insert into operational.offer_variants (offer_id, position, price_list_id, product_version_id,
                       product_name, period_months, promotions, seller_net, network_net, vat, gross,
                       margin_net, floor_margin_net, is_below_floor, lines)
                values (:offer_id, :position, :price_list_id, :product_version_id, :product_name,
                        :period_months, :promotions, :seller_net, :network_net, :vat, :gross, :margin_net,
                        :floor_margin_net, :is_below_floor, cast(:lines as jsonb)) returning id"""),
            {
                "offer_id": offer_id, "position": position, "price_list_id": counted.price_list_id,
                "product_version_id": counted.product_version_id, "product_name": counted.product_name,
                "period_months": counted.period_months, "promotions": list(counted.promotions),
                "seller_net": counted.seller_net, "network_net": counted.network_net, "vat": counted.vat,
                "gross": counted.gross, "margin_net": counted.margin_net,
                "floor_margin_net": counted.floor_margin_net, "is_below_floor": counted.is_below_floor,
                "lines": json.dumps(counted.lines),
            },
        ).scalar_one()
    )  # fmt: skip


def variants_below_floor(session: Session, *, offer_id: int) -> bool:
    """Tell whether a variant of the offer earns less than the floor of its product."""
    return bool(
        session.scalar(
            text(
                "select bool_or(is_below_floor) from operational.offer_variants"
                " where offer_id = :id and superseded_at is null"
            ),
            {"id": offer_id},
        )
    )


def approve_offer(session: Session, *, public_id: str, row_version: int, approver: str, as_of: date) -> None:
    """Approve an offer below the floor; four eyes: whoever made the offer or counted it may not.

    ``approver`` is the acting person as `staff:<login>`. Raises SalesError.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, "draft")
    hands = {found.created_by} | set(
        session.scalars(
            text(
                "select counted_by from operational.offer_variants"
                " where offer_id = :id and superseded_at is null"
            ),
            {"id": found.id},
        )
    )
    if approver in hands:
        raise SalesError(
            "offer_own_approval", "Somebody else must approve this price: you counted it (four eyes)."
        )
    session.execute(
        text(
            "update operational.offers set approved_by = :who, approved_on = :as_of,"
            " row_version = row_version + 1 where id = :id"
        ),
        {"who": approver, "as_of": as_of, "id": found.id},
    )
    note_event(session, offer_id=found.id, kind="approved", as_of=as_of)


def decline_offer(
    session: Session, *, public_id: str, row_version: int, reason: str, note: str, as_of: date,
    is_withdrawn: bool = False,
) -> None:  # fmt: skip
    """Close an offer as rejected by the customer (with a reason) or withdrawn by us.

    A lead without another open offer is lost with the same reason.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, *OPEN)
    if not is_withdrawn and reason not in LOST_REASONS:
        raise InvalidSale({"reason": "missing_value"})
    status = "withdrawn" if is_withdrawn else "rejected"
    session.execute(
        text(
            "update operational.offers set status = :status, decided_on = :as_of, decision_note = :note,"
            " row_version = row_version + 1 where id = :id"
        ),
        {"status": status, "as_of": as_of, "note": f"{reason} {note}".strip()[:500], "id": found.id},
    )
    note_event(session, offer_id=found.id, kind=status, as_of=as_of, note=note)
    if is_withdrawn or found.lead_id is None:
        return
    others = session.scalar(
        text(
            "select count(*) from operational.offers where lead_id = :lead and status = any(:open)"
            " and valid_until >= :as_of"
        ),
        {"lead": found.lead_id, "open": list(OPEN), "as_of": as_of},
    )
    if not others:
        leads.lose_lead(session, lead_id=found.lead_id, reason=reason, as_of=as_of)
