"""What is known about the supply points of a draft: the distributor
by prefix, the address, who supplies them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.crm.contracts.content import Fields
from operational.crm.contracts.rules import StartKind, date_of
from operational.kernel.identifiers import is_valid_supply_point_code
from operational.kernel.rows import rows


@dataclass(frozen=True, slots=True)
class PointFact:
    """A code with what we know of it; `contract_*` is the contract that supplies it today or later."""

    code: str
    is_valid: bool
    supply_point_id: int | None
    medium: str
    dso_code: str
    dso_name: str
    address: str
    tariff_group: str
    annual_kwh: Decimal | None
    phases: int
    contracted_power_kw: Decimal | None
    contract_number: str | None
    contract_public_id: str | None
    contract_customer: str | None
    contract_ends: date | None
    requested_number: str | None
    requested_public_id: str | None
    was_supplied: bool


_FACTS = """
  select g.code, p.id, coalesce(p.medium, d.medium, ''), coalesce(p.dso_code, d.code, ''),
    coalesce(own.name, d.name, ''),
    coalesce(a.street || ' ' || a.building || case when a.flat <> '' then '/' || a.flat else '' end || ', '
      || a.postal_code || ' ' || a.city, ''),
    coalesce(t.tariff_group, ''), t.annual_kwh, coalesce(t.phases, 1), t.contracted_power_kw,
    k.number, k.public_id::text, k.customer, k.valid_to, r.number, r.public_id::text,
    exists (select from operational.contract_supply_points e where e.supply_point_id = p.id
      and e.superseded_at is null)
  from unnest(cast(:codes as text[])) with ordinality as g (code, place)
  left join operational.supply_points p on p.code = g.code
  left join operational.dsos own on own.code = p.dso_code
  left join lateral (select d.code, d.name, d.medium from operational.dsos d
    where d.point_code_prefix <> '' and starts_with(g.code, d.point_code_prefix)
    order by length(d.point_code_prefix) desc limit 1) d on true
  left join operational.addresses a on a.id = p.address_id
  left join lateral (select t.tariff_group, t.annual_kwh, t.phases, t.contracted_power_kw
    from operational.supply_point_terms t where t.supply_point_id = p.id and t.superseded_at is null
    order by (t.valid_from <= :today) desc, t.valid_from desc limit 1) t on true
  left join lateral (select c.number, c.public_id, u.name as customer, s.valid_to
    from operational.contract_supply_points s join operational.contracts c on c.id = s.contract_id
    join operational.customers u on u.id = c.customer_id
    where s.supply_point_id = p.id and s.superseded_at is null and (s.valid_to is null or s.valid_to > :today)
    order by s.valid_to desc nulls first limit 1) k on true
  left join lateral (select c.number, c.public_id from operational.start_requests q
    join operational.contracts c on c.id = q.contract_id
    where q.supply_point_id = p.id and q.superseded_at is null limit 1) r on true
  order by g.place"""


def look_up(session: Session, *, codes: Sequence[str], today: date) -> list[PointFact]:
    """Return what is known of each code, in the order given;
    unknown codes have their distributor by prefix.
    """
    if not codes:
        return []
    return [
        PointFact(row[0], is_valid_supply_point_code(row[0]), *row[1:])
        for row in rows(session, _FACTS, {"codes": list(codes), "today": today})
    ]


def conflicts(facts: Sequence[PointFact], points: Sequence[Fields]) -> dict[str, str]:
    """Return the mistakes that only the records show, by `0.code`: under contract,
    or its start already requested.
    """
    by_code = {fact.code: fact for fact in facts}
    wrong = {}
    for place, point in enumerate(points):
        fact = by_code.get(point.get("code", ""))
        start = date_of(point.get("wanted_start", ""))
        if fact is None:
            continue
        if fact.requested_number is not None:
            wrong[f"{place}.code"] = "start_already_requested"
        elif fact.contract_number is not None and (
            fact.contract_ends is None or start is None or fact.contract_ends > start
        ):
            wrong[f"{place}.code"] = "point_under_contract"
        elif not point.get("supply_point_id") and fact.supply_point_id is not None:
            wrong[f"{place}.code"] = "point_known_now"
        elif not fact.dso_code and not point.get("dso_code"):
            wrong[f"{place}.dso_code"] = "dso_not_recognised"
    return wrong


def as_fields(fact: PointFact, *, wanted_start: date | None) -> dict[str, str]:
    """Return the section of a draft for a code: what is known is filled, the rest is left for the clerk."""
    start: dict[str, str] = {
        "code": fact.code,
        "medium": fact.medium,
        "dso_code": fact.dso_code,
        "start_kind": StartKind.TAKEOVER if fact.was_supplied else StartKind.SWITCH,
        "wanted_start": wanted_start.isoformat() if wanted_start else "",
    }
    if fact.supply_point_id is not None:
        return {**start, "supply_point_id": str(fact.supply_point_id), "tariff_group": fact.tariff_group}
    return {**start, "phases": "1"}


def codes_of(session: Session, *, supply_point_ids: Sequence[int]) -> list[str]:
    """Return the codes of supply points in the order of the ids."""
    found: list[Any] = rows(
        session,
        "select p.code from unnest(cast(:ids as bigint[])) with ordinality as g (id, place)"
        " join operational.supply_points p on p.id = g.id order by g.place",
        {"ids": list(supply_point_ids)},
    )
    return [str(row.code) for row in found]
