"""Checks of a draft against the records: what is wrong in each step, field by field."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from operational.crm.contracts import defaults, points, preview, rules
from operational.crm.contracts.content import Content
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import digits
from operational.kernel.rows import first, rows


class DraftIncomplete(DomainError):
    """A draft with mistakes; `steps` says which fields of which step and with which code."""

    def __init__(self, steps: dict[str, dict[str, str]]) -> None:
        named = "; ".join(
            f"{step}: " + ", ".join(f"{name} ({code})" for name, code in sorted(wrong.items()))
            for step, wrong in steps.items()
        )
        super().__init__(
            "draft_incomplete", f"The contract cannot be made yet. {named}. Correct these fields."
        )
        self.steps = steps


@dataclass(frozen=True, slots=True)
class Party:
    """The customer of a draft, existing or typed."""

    id: int | None
    kind: str
    name: str
    customer_number: str


@dataclass(frozen=True, slots=True)
class Same:
    """An existing customer with the tax or personal number of the new one."""

    id: int
    public_id: str
    customer_number: str
    name: str


def party(session: Session, content: Content) -> Party:
    """Return who the contract is for; an unknown existing customer has an empty name."""
    section = content.customer
    if section.get("mode") != "existing":
        return Party(None, section.get("kind", "household"), section.get("name", ""), "")
    chosen = section.get("customer_id", "")
    row = first(
        session,
        "select id, kind, name, customer_number from operational.customers where id = :id",
        {"id": int(chosen) if chosen.isdigit() else 0},
    )
    return Party(None, "household", "", "") if row is None else Party(*row)


def same_customers(session: Session, content: Content) -> list[Same]:
    """Return customers who have the NIP or PESEL that was typed for a new one."""
    nip, pesel = digits(content.customer.get("nip", "")), digits(content.customer.get("pesel", ""))
    found = rows(
        session,
        "select id, public_id::text, customer_number, name from operational.customers"
        " where (:nip <> '' and nip = :nip) or (:pesel <> '' and pesel = :pesel) order by id limit 5",
        {"nip": nip, "pesel": pesel},
    )
    return [Same(*row) for row in found]


def wrong_fields(session: Session, *, step: str, content: Content, today: date) -> dict[str, str]:
    """Return the mistakes of one step of a draft as of a business day; empty when the step is complete."""
    if step == "customer":
        return _wrong_customer(session, content)
    if step == "points":
        wrong = rules.wrong_points(content.points, today=today)
        facts = points.look_up(session, codes=[p.get("code", "") for p in content.points], today=today)
        found = {**points.conflicts(facts, content.points), **_wrong_meters(session, content)}
        return {**found, **wrong}
    if step == "product":
        return _wrong_product(session, content, today)
    if step == "terms":
        return rules.wrong_terms(content.terms)
    if step == "consents":
        days = defaults.withdrawal_days(
            session,
            channel=content.consents.get("signature_channel", ""),
            customer_kind=party(session, content).kind,
            on=today,
        )
        return rules.wrong_consents(content, withdrawal_days=days, signed_on=today)
    return {}


def _wrong_meters(session: Session, content: Content) -> dict[str, str]:
    """The meter of a new point must not be known already: it would stand in two places."""
    typed = {
        point["meter_serial"].strip(): f"{place}.meter_serial"
        for place, point in enumerate(content.points)
        if point.get("meter_serial") and not point.get("supply_point_id")
    }
    known = rows(
        session,
        "select serial from operational.meters where serial = any(:serials)",
        {"serials": list(typed)},
    )
    return {typed[row.serial]: "meter_known" for row in known}


def _wrong_customer(session: Session, content: Content) -> dict[str, str]:
    wrong = rules.wrong_customer(content.customer)
    if wrong:
        return wrong
    if content.customer.get("mode") == "existing":
        return {} if party(session, content).id is not None else {"customer_id": "choose_customer"}
    if content.customer.get("may_duplicate") != "1" and same_customers(session, content):
        field = "nip" if digits(content.customer.get("nip", "")) else "pesel"
        return {field: "customer_exists"}
    return {}


def _wrong_product(session: Session, content: Content, today: date) -> dict[str, str]:
    """A price list of the medium of the points, with prices on the first day of supply."""
    wrong = rules.wrong_product(content.product)
    if wrong:
        return wrong
    starts = [rules.date_of(point.get("wanted_start", "")) for point in content.points]
    begins = min((start for start in starts if start is not None), default=today)
    row = first(
        session,
        "select p.medium, exists (select from operational.price_list_items i where i.price_list_id = l.id"
        " and i.superseded_at is null and i.valid_from <= :day and (i.valid_to is null or i.valid_to > :day))"
        " or exists (select from operational.price_formulas f where f.price_list_id = l.id and "
        "f.superseded_at is null"
        " and f.valid_from <= :day and (f.valid_to is null or f.valid_to > :day))"
        " as has_prices from operational.price_lists l join operational.products p on p.id = l.product_id"
        " where l.id = :id",
        {"id": int(content.product["price_list_id"]), "day": begins},
    )
    if row is None:
        return {"price_list_id": "choose_product"}
    if any(point.get("medium") not in ("", row.medium) for point in content.points):
        return {"price_list_id": "other_medium"}
    if not row.has_prices:
        return {"price_list_id": "no_prices_then"}
    return _wrong_price(session, content, begins)


def _wrong_price(session: Session, content: Content, begins: date) -> dict[str, str]:
    """A price below the floor is refused unless the offer that the draft comes from was approved."""
    version = content.product.get("product_version_id", "")
    if not version.isdigit() or content.product.get("floor_approved") == "1" or not content.points:
        return {}
    used = preview.uses(session, content=content, on=begins)[: preview.MOST_POINTS]
    priced = preview.price(
        session,
        used=used,
        price_list_id=int(content.product["price_list_id"]),
        product_version_id=int(version),
        on=begins,
        promotions=tuple(rules.promotions_of(content)),
    )
    if priced.refused_promotion:
        return {"promotions": "promotion_refused"}
    return {"price_list_id": "price_below_floor"} if priced.is_below_floor else {}


def refuse_incomplete(session: Session, *, content: Content, today: date) -> None:
    """Raise DraftIncomplete with the mistakes of all steps."""
    steps = {}
    for step in ("customer", "points", "product", "terms", "consents"):
        wrong = wrong_fields(session, step=step, content=content, today=today)
        if wrong:
            steps[step] = wrong
    if steps:
        raise DraftIncomplete(steps)
