"""How an offer ends: its paper, its message, its acceptance."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import drafts
from operational.crm.sales import leads
from operational.crm.sales.offers import in_state, locked, note_event, points_of, variants_below_floor
from operational.crm.sales.rules import SalesError
from operational.documents.papers import operations as papers
from operational.kernel.money import round_half_up
from operational.kernel.presentation.formatting import money
from operational.kernel.rows import rows
from operational.messaging.operations import Attachment, NewMessage, queue_messages


def finish_offer(session: Session, *, public_id: str, row_version: int, as_of: date) -> str:
    """Close the figures of a draft offer and fill its paper; return the paper's public id.

    Raises SalesError while there is no variant, or one is below the floor and nobody else approved it.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, "draft")
    if found.valid_until < as_of:
        raise SalesError("offer_expired", f"Offer {found.number} was valid until {found.valid_until}.")
    variants = variants_of(session, found.id)
    if not variants:
        raise SalesError("offer_without_variant", "Count at least one product first.")
    if variants_below_floor(session, offer_id=found.id) and found.approved_by is None:
        raise SalesError(
            "offer_below_floor",
            "A variant earns less than the floor. Somebody else must approve the price, or count it anew.",
        )
    return fill_paper(session, offer=found, variants=variants, template="offer", as_of=as_of)


def variants_of(session: Session, offer_id: int) -> list[Any]:
    """Return the rows of an offer's current variants by place."""
    return rows(
        session,
        "select * from operational.offer_variants where offer_id = :id and superseded_at is null order "
        "by position",
        {"id": offer_id},
    )


def fill_paper(
    session: Session, *, offer: Any, variants: Sequence[Any], template: str, as_of: date,
    values: Mapping[str, object] | None = None,
) -> str:  # fmt: skip
    """Fill the paper of an offer from its template and make the offer ready; return the paper's public id."""
    language = (
        session.scalar(
            text("select language from operational.customers where id = :id"), {"id": offer.customer_id}
        )
        or "pl"
    )
    paper = papers.fill(
        session, template=template, language=language,
        values={
            **paper_values(session, offer=offer, variants=variants, language=language), **(values or {})
        },
        customer_id=offer.customer_id, subject_kind="offer", subject_id=offer.id, title=offer.number,
        as_of=as_of,
    )  # fmt: skip
    session.execute(
        text(
            "update operational.offers set status = 'ready', paper_public_id = cast(:paper as uuid),"
            " row_version = row_version + 1 where id = :id"
        ),
        {"paper": str(paper.public_id), "id": offer.id},
    )
    note_event(session, offer_id=offer.id, kind="ready", as_of=as_of)
    return str(paper.public_id)


def paper_values(
    session: Session, *, offer: Any, variants: Sequence[Any], language: str
) -> dict[str, object]:
    """Return what the text of an offer may use: amounts and kWh as Decimal, days as date."""
    points = points_of(session, offer_id=offer.id)
    groups = sorted({point.tariff_group for point in points})
    lines = [
        {
            "name": _line_name(line, language, variant.position if len(variants) > 1 else 0),
            "quantity": Decimal(line["quantity"]), "unit": line["unit"], "price": Decimal(line["price"]),
            "net": Decimal(line["net"]),
        }
        for variant in variants
        for line in variant.lines
    ]  # fmt: skip
    return {
        "customer": {"name": offer.addressee},
        "offer": {
            "number": offer.number, "valid_until": offer.valid_until, "product": variants[0].product_name,
            "period_months": variants[0].period_months, "tariff_group": ", ".join(groups),
            "yearly_kwh": sum((point.annual_kwh for point in points), Decimal(0)), "note": "",
            "seller_person": session.scalar(
                text("select name from operational.staff_users where login = :login"),
                {"login": offer.owner_login},
            ) or "",
        },
        "variants": [
            {
                "name": "ABC"[variant.position - 1], "product": variant.product_name,
                "yearly_net": variant.seller_net + variant.network_net, "yearly_gross": variant.gross,
                "monthly_gross": round_half_up(variant.gross / 12),
            }
            for variant in variants
        ],
        "lines": lines,
    }  # fmt: skip


def _line_name(line: Mapping[str, Any], language: str, position: int) -> str:
    name = str(line["name_pl" if language == "pl" else "name_en"])
    zone = f" ({line['zone_code']})" if line["zone_code"] not in ("", "all") else ""
    return (f"{'ABC'[position - 1]}: " if position else "") + name + zone


def send_offer(
    session: Session, *, public_id: str, row_version: int, way: str, as_of: date, moment: datetime
) -> None:
    """Send a ready offer by e-mail with its PDF, or record that it was handed over (``way``: email, handed).

    Raises SalesError for an offer that is not ready, has expired or has no address to go to.
    """
    found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, "ready")
    if found.valid_until < as_of:
        raise SalesError("offer_expired", f"Offer {found.number} was valid until {found.valid_until}.")
    message_id = None
    if way == "email":
        message_id = queue_offers(session, offers=[found], moment=moment, template="offer.sent")[found.id]
    elif way != "handed":
        raise SalesError("offer_way", "An offer goes by e-mail or is handed over.")
    mark_sent(session, messages={found.id: message_id}, as_of=as_of, note=way)


def queue_offers(
    session: Session, *, offers: Sequence[Any], moment: datetime, template: str
) -> dict[int, int]:
    """Put the messages of offers into the queue, each with its PDF; return offer -> message.

    The key holds the offer, so that an offer goes out once. Raises SalesError for an offer without customer.
    """
    without = next((offer for offer in offers if offer.customer_id is None), None)
    if without is not None:
        raise SalesError(
            "offer_needs_customer",
            f"Offer {without.number} is for a lead. Make the lead a customer first: messages go to "
            f"customers.",
        )
    ready = _to_send(session, [offer.id for offer in offers])
    messages = []
    for offer in ready:
        variables: dict[str, Any] = {
            "number": offer.number, "valid_until": offer.valid_until,
            "summary": "\n".join(_summary(line, offer.language) for line in offer.variants),
        }  # fmt: skip
        if template == "offer.renewal":
            variables |= {"contract_number": offer.contract_number, "ends_on": offer.ends_on}
        elif not offer.email:
            raise SalesError("offer_no_email", f"Customer {offer.customer_number} has no e-mail address.")
        messages.append(
            NewMessage(
                key=f"offer:{offer.id}", customer_id=offer.customer_id, template=template,
                variables=variables,
                channel="email" if offer.email else "letter", language=offer.language,
                references={"offer": offer.id},
                attachments=(Attachment(f"{offer.number.replace('/', '-')}.pdf", bytes(offer.pdf)),),
            )
        )  # fmt: skip
    queued = queue_messages(session, messages=messages, as_of=moment)
    return {offer.id: queued.ids[f"offer:{offer.id}"] for offer in ready}


def _summary(variant: Mapping[str, Any], language: str) -> str:
    gross = money(Decimal(str(variant["gross"])), language)
    return f"{variant['name']}: {gross}" + (" brutto rocznie" if language == "pl" else " a year incl. VAT")


def _to_send(session: Session, offer_ids: Sequence[int]) -> list[Any]:
    return rows(
        session,
        """
        select o.id, o.number, o.valid_until, o.customer_id, c.email, c.language, c.customer_number, p.pdf,
               k.number as contract_number, e.ends_on,
               (select jsonb_agg(jsonb_build_object('name', v.product_name, 'gross', v.gross::text)
                         order by v.position)
                  from operational.offer_variants v
                 where v.offer_id = o.id and v.superseded_at is null) as variants
          from operational.offers o join operational.customers c on c.id = o.customer_id
          join operational.papers p on p.public_id = o.paper_public_id
          left join operational.contracts k on k.id = o.renewed_contract_id
          left join lateral (
            select max(x.ends_on) as ends_on from operational.contract_conditions x
             where x.contract_id = o.renewed_contract_id and x.superseded_at is null) e on true
         where o.id = any(:ids) order by o.id""",
        {"ids": list(offer_ids)},
    )


def mark_sent(session: Session, *, messages: Mapping[int, int | None], as_of: date, note: str) -> None:
    """Record that offers went out, each with its message where there is one."""
    session.execute(
        text("""
            update operational.offers set status = 'sent', sent_on = :as_of, message_id = :message,
                   row_version = row_version + 1 where id = :id and status = 'ready'"""),
        [{"id": offer, "message": message, "as_of": as_of} for offer, message in messages.items()],
    )
    session.execute(
        text(
            "insert into operational.offer_events (offer_id, kind, happened_on, note)"
            " values (:id, 'sent', :as_of, :note)"
        ),
        [{"id": offer, "as_of": as_of, "note": note} for offer in messages],
    )


def accept_offer(
    session: Session,
    *,
    public_id: str,
    variant_id: int,
    as_of: date,
    moment: datetime,
    row_version: int | None = None,
) -> str:
    """Accept a variant of an offer and open the draft of its contract, once; return the draft's public id.

    An offer that is accepted already answers with its draft, so that a double click opens one. Raises
    SalesError for an offer that has expired, was not sent, or has no customer yet.
    """
    found = locked(session, public_id=public_id)
    if found.status == "accepted":
        return str(found.draft_public_id)
    if row_version is not None:
        found = locked(session, public_id=public_id, row_version=row_version)
    in_state(found, "ready", "sent")
    if found.valid_until < as_of:
        raise SalesError("offer_expired", f"Offer {found.number} was valid until {found.valid_until}.")
    if found.customer_id is None:
        raise SalesError(
            "offer_needs_customer",
            f"Offer {found.number} is for a lead. Make the lead a customer first, then accept the offer.",
        )
    variant = next((one for one in variants_of(session, found.id) if one.id == variant_id), None)
    if variant is None:
        raise SalesError("offer_variant", "This variant is no longer part of the offer. Reload the page.")
    points = [
        point.supply_point_id for point in points_of(session, offer_id=found.id) if point.supply_point_id
    ]
    draft = drafts.open_draft(
        session, customer_id=found.customer_id, price_list_id=variant.price_list_id,
        product_version_id=variant.product_version_id, supply_point_ids=points, source="offer",
        source_id=found.id, promotions=variant.promotions, as_of=moment,
    )  # fmt: skip
    session.execute(
        text(
            "update operational.offers set status = 'accepted', decided_on = :as_of,"
            " accepted_variant_id = :variant, draft_public_id = cast(:draft as uuid),"
            " row_version = row_version + 1 where id = :id"
        ),
        {"as_of": as_of, "variant": variant_id, "draft": str(draft.public_id), "id": found.id},
    )
    note_event(session, offer_id=found.id, kind="accepted", as_of=as_of, note=variant.product_name)
    if found.lead_id is not None:
        leads.reach_stage(session, lead_id=found.lead_id, stage="won", as_of=as_of)
    return str(draft.public_id)
