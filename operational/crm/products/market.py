"""Terms of market products: discounts and services of a contract, index prices, prosumers, cap declarations.

All are dated facts: a change closes the known version and records another one; a day in the past makes
corrections of what was billed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.kernel.rows import rows

SCHEMES: Final = ("net_billing_rcem", "net_billing_rce", "net_metering")
KINDS: Final = ("service_month", "service_once", "discount_month", "discount_kwh", "discount_percent")


class MarketTermsError(DomainError):
    """Terms that do not fit what is recorded, or values out of bounds."""


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A discount or service of a contract on [valid_from, valid_to); value in PLN, PLN per kWh or a share."""

    id: int
    contract_number: str
    kind: str
    code: str
    name_pl: str
    name_en: str
    value: Decimal
    valid_from: date
    valid_to: date | None
    recorded_by: str


@dataclass(frozen=True, slots=True)
class ProsumerRow:
    """How a supply point that feeds in is settled on [valid_from, valid_to)."""

    supply_point_code: str
    scheme: str
    installed_kw: Decimal
    has_opted_in: bool
    valid_from: date
    valid_to: date | None


def add_component(
    session: Session,
    *,
    contract_id: int,
    kind: str,
    code: str,
    name_pl: str,
    name_en: str,
    value: Decimal,
    valid_from: date,
    as_of: datetime,
    valid_to: date | None = None,
    supply_point_id: int | None = None,
) -> int:
    """Give a contract a discount or a service from a day on; return the id of the version.

    ``value`` is positive, also of a discount; a share is at most 1. Raises MarketTermsError for wrong values
    and when the contract has a component of this code on one of the days.
    """
    if kind not in KINDS or not value.is_finite() or value <= 0 or (kind == "discount_percent" and value > 1):
        raise MarketTermsError(
            "invalid_component",
            f"{kind} of {value} cannot be. Give a positive amount in PLN, or a share of at most 1 (100 %).",
        )
    return _insert(session, "contract_components", {
        "contract_id": contract_id, "supply_point_id": supply_point_id, "kind": kind, "code": code,
        "name_pl": name_pl, "name_en": name_en, "value": value, "valid_from": valid_from,
        "valid_to": valid_to, "recorded_at": as_of,
    })  # fmt: skip


def end_component(session: Session, *, component_id: int, valid_to: date, as_of: datetime) -> int:
    """End a discount or service; ``valid_to`` is the first day without it. Return the new version's id.

    Raises MarketTermsError when it is not in force on the day before.
    """
    found = session.execute(
        text(
            "update operational.contract_components set superseded_at = :at where id = :id"
            " and superseded_at is null and valid_from < :end and (valid_to is null or valid_to > :end)"
            " returning contract_id, supply_point_id, kind, code, name_pl, name_en, value, valid_from"
        ),
        {"at": as_of, "id": component_id, "end": valid_to},
    ).one_or_none()
    if found is None:
        raise MarketTermsError(
            "no_component_to_end", f"Nothing is in force around {valid_to} that could end. Check the day."
        )
    return _insert(
        session, "contract_components", dict(found._mapping) | {"valid_to": valid_to, "recorded_at": as_of}
    )


def set_formula(
    session: Session,
    *,
    price_list_id: int,
    index_code: str,
    margin: Decimal,
    valid_from: date,
    source: str,
    as_of: datetime,
    multiplier: Decimal = Decimal(1),
    floor_pln_per_mwh: Decimal | None = None,
    cap_pln_per_mwh: Decimal | None = None,
    adds_excise: bool = True,
) -> int:
    """Price the energy of a price list by an index from a day on; return the id of the version.

    Margin in PLN per kWh, bounds of the index in PLN per MWh and interval. The formula that holds on that day
    ends there. Energy Law art. 5(4a).
    """
    given = {"id": price_list_id, "start": valid_from, "at": as_of}
    old = session.execute(
        text(
            "update operational.price_formulas set superseded_at = :at where price_list_id = :id"
            " and superseded_at is null and (valid_to is null or valid_to > :start)"
            " returning price_list_id, index_code, margin, multiplier, floor_pln_per_mwh, cap_pln_per_mwh,"
            " adds_excise, valid_from, source"
        ),
        given,
    ).all()
    for row in old:
        if row.valid_from < valid_from:
            kept = dict(row._mapping) | {"valid_to": valid_from, "recorded_at": as_of}
            _insert(session, "price_formulas", kept)
    return _insert(session, "price_formulas", {
        "price_list_id": price_list_id, "index_code": index_code, "margin": margin, "multiplier": multiplier,
        "floor_pln_per_mwh": floor_pln_per_mwh, "cap_pln_per_mwh": cap_pln_per_mwh,
        "adds_excise": adds_excise, "valid_from": valid_from, "valid_to": None, "source": source,
        "recorded_at": as_of,
    })  # fmt: skip


def set_prosumer_terms(
    session: Session,
    *,
    supply_point_id: int,
    scheme: str,
    installed_kw: Decimal,
    valid_from: date,
    as_of: datetime,
    has_opted_in: bool = False,
) -> int:
    """Settle a point that feeds in by a scheme from a day on; return the id of the version.

    Raises MarketTermsError when the point has terms from that day on; end those first. Renewable Energy Act
    art. 4 and 4b.
    """
    return _insert(session, "prosumer_terms", {
        "supply_point_id": supply_point_id, "scheme": scheme, "installed_kw": installed_kw,
        "has_opted_in": has_opted_in, "valid_from": valid_from, "valid_to": None, "recorded_at": as_of,
    })  # fmt: skip


def declare_cap(
    session: Session,
    *,
    supply_point_id: int,
    category: str,
    declared_on: date,
    valid_from: date,
    as_of: datetime,
    valid_to: date | None = None,
) -> int:
    """Record a declaration about the price cap, valid from a first day of a month; return the version's id.

    Raises MarketTermsError when no cap knows the category, or the day is not the first of a month.
    """
    known = rows(session, "select 1 from operational.price_caps where category = :c", {"c": category})
    if valid_from.day != 1 or not known:
        raise MarketTermsError(
            "invalid_declaration",
            f"'{category}' from {valid_from} is no declaration. Choose a category of the caps and the first "
            "day of a month.",
        )
    return _insert(session, "cap_declarations", {
        "supply_point_id": supply_point_id, "category": category, "declared_on": declared_on,
        "valid_from": valid_from, "valid_to": valid_to, "recorded_at": as_of,
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class FormulaRow:
    """How a price list prices energy by an index on [valid_from, valid_to); bounds in PLN per MWh."""

    price_list: str
    index_code: str
    margin: Decimal
    multiplier: Decimal
    floor_pln_per_mwh: Decimal | None
    cap_pln_per_mwh: Decimal | None
    valid_from: date
    valid_to: date | None
    source: str


def formulas(session: Session) -> list[FormulaRow]:
    """Return the formulas of all price lists that we hold to be right now."""
    found = rows(
        session,
        "select l.code, f.index_code, f.margin, f.multiplier, f.floor_pln_per_mwh, f.cap_pln_per_mwh,"
        " f.valid_from, f.valid_to, f.source from operational.price_formulas f"
        " join operational.price_lists l on l.id = f.price_list_id where f.superseded_at is null"
        " order by l.code, f.valid_from",
    )
    return [FormulaRow(*row) for row in found]


def price_list_id_of(session: Session, *, code: str) -> int:
    """Return the id of a price list; raise MarketTermsError when there is none of this code."""
    found = rows(session, "select id from operational.price_lists where code = :code", {"code": code})
    if not found:
        raise MarketTermsError(
            "unknown_price_list", f"There is no price list {code}. Choose one of the list."
        )
    return int(found[0].id)


def points_of(session: Session, *, customer_id: int) -> dict[str, int]:
    """Return code and id of the supply points that the customer's contracts supply or supplied."""
    found = rows(
        session,
        "select distinct p.code, p.id from operational.supply_points p"
        " join operational.contract_supply_points k on k.supply_point_id = p.id and k.superseded_at is null"
        " join operational.contracts c on c.id = k.contract_id"
        " where c.customer_id = :customer and p.medium = 'electricity' order by p.code",
        {"customer": customer_id},
    )
    return {row.code: row.id for row in found}


def cap_categories(session: Session) -> list[str]:
    """Return the categories of price caps that need a declaration."""
    found = rows(session, "select distinct category from operational.price_caps where needs_declaration")
    return sorted(row.category for row in found)


def components(session: Session, *, customer_id: int) -> list[ComponentRow]:
    """Return the discounts and services of a customer's contracts that we hold to be right now."""
    found = rows(
        session,
        "select m.id, c.number, m.kind, m.code, m.name_pl, m.name_en, m.value, m.valid_from, m.valid_to,"
        " m.recorded_by from operational.contract_components m"
        " join operational.contracts c on c.id = m.contract_id"
        " where c.customer_id = :customer and m.superseded_at is null"
        " order by c.number, m.valid_from, m.code",
        {"customer": customer_id},
    )
    return [ComponentRow(*row) for row in found]


def prosumers(session: Session, *, customer_id: int) -> list[ProsumerRow]:
    """Return the prosumer terms of the points that the customer's contracts supply or supplied."""
    found = rows(
        session,
        "select distinct p.code, t.scheme, t.installed_kw, t.has_opted_in, t.valid_from, t.valid_to"
        " from operational.prosumer_terms t join operational.supply_points p on p.id = t.supply_point_id"
        " join operational.contract_supply_points k on k.supply_point_id = p.id and k.superseded_at is null"
        " join operational.contracts c on c.id = k.contract_id"
        " where c.customer_id = :customer and t.superseded_at is null order by p.code, t.valid_from",
        {"customer": customer_id},
    )
    return [ProsumerRow(*row) for row in found]


def contract_id_of(session: Session, *, customer_id: int, number: str) -> int:
    """Return the id of a customer's contract; raise MarketTermsError when there is none of this number."""
    found = rows(
        session,
        "select id from operational.contracts where customer_id = :customer and number = :number",
        {"customer": customer_id, "number": number},
    )
    if not found:
        raise MarketTermsError(
            "unknown_contract_number", f"The customer has no contract {number}. Choose one of the list."
        )
    return int(found[0].id)


def _insert(session: Session, table: str, values: Mapping[str, object]) -> int:
    columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
    statement = text(f"insert into operational.{table} ({columns}) values ({places}) returning id")
    try:
        with session.begin_nested():
            return int(session.execute(statement, dict(values)).scalar_one())
    except IntegrityError as problem:
        raise MarketTermsError(
            "market_terms_overlap",
            "There are terms of this kind on some of these days, or a value is out of bounds. End the "
            "earlier ones first, or choose other days.",
        ) from problem
