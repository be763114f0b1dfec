"""Drafts of contracts: open, save a step, clone, drop; `sign` makes the contract.

Called by the wizard, by an accepted offer (sales) and by a renewal (changes).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import draft_store, points
from operational.crm.contracts.content import STEPS, Content, Fields
from operational.crm.contracts.draft_store import Draft
from operational.crm.contracts.signing import request_signature, sign, withdraw
from operational.kernel.calendar import civil_day

__all__ = ["DraftRef", "clone", "drop", "open_draft", "request_signature", "save_step", "sign", "withdraw"]


@dataclass(frozen=True, slots=True)
class DraftRef:
    """Where a draft is found: `/contracts/drafts/<public_id>`."""

    public_id: str


def open_draft(
    session: Session,
    *,
    customer_id: int | None,
    price_list_id: int | None,
    product_version_id: int | None,
    supply_point_ids: Sequence[int],
    source: str,
    source_id: int | None,
    as_of: datetime,
    customer: Mapping[str, str] | None = None,
    terms: Mapping[str, str] | None = None,
    consents: Mapping[str, str] | None = None,
    new_points: Sequence[Mapping[str, str]] = (),
    promotions: Sequence[str] = (),
) -> DraftRef:
    """Open a draft that already knows what the caller knows; the wizard asks for the rest.

    `source` says who opened it (wizard, offer, renewal, clone), `source_id` its record there. `customer` are
    typed fields of a customer who is not in the records yet (kind, name, nip, pesel, email, phone,
    invoice_channel, street, building, flat, postal_code, city); `terms`, `consents` and `new_points` are
    sections as the wizard types them; `promotions` are codes.
    What is left out is filled by the rules when the draft is signed.
    """
    if customer_id is not None:
        typed: Fields = {"mode": "existing", "customer_id": str(customer_id)}
    else:
        typed = {"mode": "new", "kind": "household", "invoice_channel": "ebok", **(customer or {})}
    codes = points.codes_of(session, supply_point_ids=supply_point_ids)
    facts = points.look_up(session, codes=codes, today=civil_day(as_of))
    known = [points.as_fields(fact, wanted_start=None) for fact in facts]
    content = Content(
        customer=typed,
        points=(*known, *(dict(point) for point in new_points)),
        product={
            "price_list_id": "" if price_list_id is None else str(price_list_id),
            "product_version_id": "" if product_version_id is None else str(product_version_id),
            "promotions": ", ".join(promotions),
            "floor_approved": "1" if source in ("offer", "renewal") else "",
        },
        terms=dict(terms or {}),
        consents=dict(consents or {}),
    )
    return DraftRef(
        draft_store.insert(session, content=content, step=1, source=source, source_id=source_id, as_of=as_of)
    )


def save_step(
    session: Session,
    *,
    draft_public_id: str,
    step: str,
    given: Fields | Sequence[Fields],
    row_version: int,
    as_of: datetime,
) -> Draft:
    """Keep what was typed in a step of the wizard and return the draft; nothing is judged here.

    Raises DraftRefused `changed_meanwhile` for a stale form and `draft_closed` for a draft that is not open.
    """
    known = draft_store.open_for_change(session, public_id=draft_public_id, row_version=row_version)
    content = known.content.with_section(step, given)
    draft_store.write(session, known=known, content=content, step=STEPS.index(step) + 1, as_of=as_of)
    return draft_store.locked(session, public_id=draft_public_id)


def clone(
    session: Session, *, draft_public_id: str, as_of: datetime, keeps_customer: bool = True
) -> DraftRef:
    """Open a copy of a draft for a similar contract: same customer,
    product and terms, without supply points.
    """
    known = draft_store.locked(session, public_id=draft_public_id)
    content = known.content.with_section("points", ())
    if not keeps_customer:
        content = content.with_section("customer", {"mode": "new", "kind": "household"})
    return DraftRef(
        draft_store.insert(session, content=content, step=1, source="clone", source_id=known.id, as_of=as_of)
    )


def drop(session: Session, *, draft_public_id: str, row_version: int, as_of: datetime) -> None:
    """Put an open draft away; it stays readable and can be cloned.
    Raises DraftRefused as `save_step` does.
    """
    known = draft_store.open_for_change(session, public_id=draft_public_id, row_version=row_version)
    session.execute(
        text(
            "update operational.contract_drafts set status = 'dropped', updated_at = :at,"
            " updated_by = operational.actor(), row_version = row_version + 1 where id = :id"
        ),
        {"at": as_of, "id": known.id},
    )
