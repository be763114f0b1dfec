"""Writes of leads: record, change, move through the funnel, make a customer of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.customers.operations import create_customer
from operational.crm.sales.rules import (
    CHANNELS,
    LOST_REASONS,
    MOVES,
    InvalidSale,
    SalesError,
    amount,
    changed_meanwhile,
    lead_mistakes,
    phone_digits,
)
from operational.kernel.identifiers import digits
from operational.kernel.rows import first, one

FIELDS = (
    "kind", "name", "nip", "phone", "email", "city", "medium", "tariff_group", "dso_code", "annual_kwh",
    "source", "campaign", "owner_login", "consent_source", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewLead:
    """What came of recording a lead."""

    id: int
    public_id: str


def record_lead(
    session: Session,
    *,
    given: Mapping[str, str],
    may_contact: Sequence[str] = (),
    as_of: date,
    campaign_variant: str | None = None,
) -> NewLead:
    """Record a lead in stage `new`; `given` holds texts of FIELDS, ``may_contact`` channels of consent.

    Raises InvalidSale with the wrong fields. Likely duplicates are found by `likeness.likely_same`; whoever
    records decides.
    """
    values = _values(session, given, may_contact)
    row = one(
        session,
        """
        insert into operational.leads (kind, name, search_name, nip, phone, email, city, medium, tariff_group,
               dso_code, annual_kwh, source, campaign_id, campaign_variant, owner_login, stage_since,
               may_contact, consent_source, note, received_on)
        values (:kind, :name, lower(public.unaccent(:name)), :nip, :phone, :email, :city, :medium,
                :tariff_group, :dso_code, :annual_kwh, :source, :campaign_id, :variant, :owner_login, :as_of,
                :may_contact, :consent_source, :note, :as_of)
        returning id, public_id::text as public_id""",
        {**values, "as_of": as_of, "variant": campaign_variant if values["campaign_id"] else None},
    )
    _stage(session, lead_id=row.id, before=None, after="new", as_of=as_of)
    return NewLead(int(row.id), row.public_id)


def _values(session: Session, given: Mapping[str, str], may_contact: Sequence[str]) -> dict[str, Any]:
    cleaned = {name: given.get(name, "").strip() for name in FIELDS}
    wrong = lead_mistakes(cleaned)
    campaign_id = None
    if cleaned["campaign"]:
        campaign_id = session.scalar(
            text("select id from operational.campaigns where code = :code"), {"code": cleaned["campaign"]}
        )
        if campaign_id is None:
            wrong["campaign"] = "sales_campaign"
    if cleaned["dso_code"] and not session.scalar(
        text("select 1 from operational.dsos where code = :code"), {"code": cleaned["dso_code"]}
    ):
        wrong["dso_code"] = "sales_dso"
    if wrong:
        raise InvalidSale(wrong)
    return {
        **cleaned,
        "nip": digits(cleaned["nip"]) or None,
        "phone": phone_digits(cleaned["phone"]) or None,
        "email": cleaned["email"] or None,
        "dso_code": cleaned["dso_code"] or None,
        "annual_kwh": amount(cleaned["annual_kwh"]) if cleaned["annual_kwh"] else None,
        "campaign_id": campaign_id,
        "may_contact": [channel for channel in CHANNELS if channel in may_contact],
    }


def change_lead(
    session: Session,
    *,
    public_id: str,
    given: Mapping[str, str],
    may_contact: Sequence[str],
    row_version: int,
) -> None:
    """Change what is known of a lead; raise InvalidSale, or `changed_meanwhile` for a stale version."""
    _locked(session, public_id=public_id, row_version=row_version)
    session.execute(
        text("""
            update operational.leads set kind = :kind, name = :name,
                   search_name = lower(public.unaccent(:name)), nip = :nip, phone = :phone, email = :email,
                   city = :city, medium = :medium, tariff_group = :tariff_group, dso_code = :dso_code,
                   annual_kwh = :annual_kwh, source = :source, campaign_id = :campaign_id,
                   campaign_variant = case when campaign_id = :campaign_id then campaign_variant end,
                   owner_login = :owner_login, may_contact = :may_contact, consent_source = :consent_source,
                   note = :note, row_version = row_version + 1
             where public_id = :public_id"""),
        {**_values(session, given, may_contact), "public_id": public_id},
    )


def _locked(session: Session, *, public_id: str, row_version: int) -> Any:
    """Lock a lead for a change and return it; raise when it is not there or not as the form knew it."""
    found = first(
        session,
        "select * from operational.leads where public_id = cast(:public_id as uuid) for update",
        {"public_id": public_id},
    )
    if found is None:
        raise SalesError("lead_not_found", "There is no such lead. Search for it again.")
    if found.row_version != row_version:
        raise changed_meanwhile(f"The lead {found.name}")
    return found


def move_lead(
    session: Session, *, public_id: str, stage: str, row_version: int, as_of: date, lost_reason: str = ""
) -> None:
    """Move a lead to another stage and keep when; a lost one needs a reason.

    Raises SalesError for a move that `rules.MOVES` does not know, InvalidSale for a missing reason,
    `changed_meanwhile` for a stale version.
    """
    found = _locked(session, public_id=public_id, row_version=row_version)
    if stage not in MOVES[found.stage]:
        raise SalesError(
            "lead_move",
            f"A lead does not go from {found.stage} to {stage} by hand. Make an offer, or convert the lead.",
        )
    if stage == "lost" and lost_reason not in LOST_REASONS:
        raise InvalidSale({"lost_reason": "missing_value"})
    _put(session, lead_id=found.id, before=found.stage, after=stage, as_of=as_of, reason=lost_reason)


def _put(
    session: Session, *, lead_id: int, before: str, after: str, as_of: date, reason: str = "",
    customer_id: int | None = None,
) -> None:  # fmt: skip
    session.execute(
        text("""
            update operational.leads set stage = :stage, stage_since = :as_of, lost_reason = :reason,
                   customer_id = coalesce(:customer, customer_id), row_version = row_version + 1
             where id = :id"""),
        {
            "stage": after, "as_of": as_of, "reason": reason if after == "lost" else "",
            "customer": customer_id, "id": lead_id,
        },
    )  # fmt: skip
    _stage(session, lead_id=lead_id, before=before, after=after, as_of=as_of, reason=reason)


def _stage(
    session: Session, *, lead_id: int, before: str | None, after: str, as_of: date, reason: str = ""
) -> None:
    session.execute(
        text(
            "insert into operational.lead_stages (lead_id, stage_from, stage_to, entered_on, reason)"
            " values (:id, :before, :after, :as_of, :reason)"
        ),
        {"id": lead_id, "before": before, "after": after, "as_of": as_of, "reason": reason},
    )


def reach_stage(session: Session, *, lead_id: int, stage: str, as_of: date) -> None:
    """Bring an open lead on to `offered` or `won` because of an offer; a closed one stays where it is."""
    found = one(session, "select id, stage from operational.leads where id = :id for update", {"id": lead_id})
    if found.stage not in (stage, "won", "lost"):
        _put(session, lead_id=lead_id, before=found.stage, after=stage, as_of=as_of)


def lose_lead(session: Session, *, lead_id: int, reason: str, as_of: date) -> None:
    """Close a lead as lost because its last open offer was declined."""
    found = one(session, "select id, stage from operational.leads where id = :id for update", {"id": lead_id})
    if found.stage not in ("won", "lost"):
        _put(session, lead_id=lead_id, before=found.stage, after="lost", as_of=as_of, reason=reason)


def convert_lead(
    session: Session,
    *,
    public_id: str,
    row_version: int,
    as_of: date,
    bank_code: str = "",
    given: Mapping[str, str] | None = None,
    customer_id: int | None = None,
) -> int:
    """Make a customer of a lead, or join it to an existing one; return the customer's id.

    The lead is qualified by it; it is won when an offer is accepted.
    ``given`` is what `create_customer` wants (address included). Offers of the lead get the customer too.
    A lead that is a customer already is returned as it is, so that a double click makes one customer.
    Raises InvalidCustomer and CustomerExists of the customers room, `changed_meanwhile` for a stale version.
    """
    known = first(
        session,
        "select customer_id from operational.leads where public_id = cast(:id as uuid) for update",
        {"id": public_id},
    )
    if known is not None and known.customer_id is not None:
        return int(known.customer_id)
    found = _locked(session, public_id=public_id, row_version=row_version)
    if customer_id is None:
        customer_id = create_customer(session, given=given or {}, bank_code=bank_code, as_of=as_of).id
    after = "offered" if found.stage == "offered" else "qualified"
    _put(session, lead_id=found.id, before=found.stage, after=after, as_of=as_of, customer_id=customer_id)
    session.execute(
        text(
            "update operational.offers set customer_id = :customer, row_version = row_version + 1"
            " where lead_id = :lead and customer_id is null"
        ),
        {"customer": customer_id, "lead": found.id},
    )
    return customer_id
