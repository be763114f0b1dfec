"""Values for the preview of a template: what is known of a real customer, samples for the rest."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.papers.queries import Template

_SAMPLES: dict[str, Any] = {
    "text": "…", "money": Decimal("1234.56"), "price": Decimal("0.6125"), "energy": Decimal(2400),
    "number": 12,
    "percent": Decimal("0.23"), "flag": True, "account": "0" * 26, "point": "590310600000000017",
    "phone": "+48 22 000 00 00", "tax": "9990000126",
}  # fmt: skip


def customer_of_number(session: Session, *, number: str) -> tuple[int, str] | None:
    """Return id and name of a customer by number; None when there is none."""
    row = session.execute(
        text("select id, name from operational.customers where customer_number = :number"), {"number": number}
    ).one_or_none()
    return None if row is None else (row.id, row.name)


def some_customer_number(session: Session) -> str:
    """Return the number of the newest customer with a contract, for a preview that asks for nobody."""
    found = session.execute(
        text("""
            select c.customer_number from operational.customers c
             where exists (select from operational.contracts k where k.customer_id = c.id)
             order by c.id desc limit 1""")
    ).scalar()
    return str(found or "")


def values(session: Session, *, template: Template, customer_id: int | None, today: date) -> dict[str, Any]:
    """Return a value for every declared name: of the customer's newest contract, else a sample."""
    done: dict[str, Any] = {
        "customer.name": "Jan Przykładowy",
        "customer.address": "ul. Prosta 1\n00-001 Warszawa",
    }
    for name, kind in template.variables.items():
        value = today + timedelta(days=14) if kind.startswith("date") else _SAMPLES[kind.rstrip("?")]
        if "[]." in name:
            group, field = name.split("[].")
            done.setdefault(group, [{}])[0][field] = value
        else:
            done[name] = value
    return done | (_known(session, done, customer_id) if customer_id is not None else {})


def _known(session: Session, samples: Mapping[str, Any], customer_id: int) -> dict[str, Any]:
    row = session.execute(
        text("""
            select k.id, k.number, k.signed_on, p.name as product, l.code as price_list
              from operational.contracts k
              left join lateral (
                select t.price_list_id from operational.contract_terms t
                 where t.contract_id = k.id and t.superseded_at is null
                 order by t.valid_from desc limit 1) t on true
              left join operational.price_lists l on l.id = t.price_list_id
              left join operational.products p on p.id = l.product_id
             where k.customer_id = :id order by k.id desc limit 1"""),
        {"id": customer_id},
    ).one_or_none()
    if row is None:
        return {}
    known = {
        "contract.number": row.number, "contract.signed_on": row.signed_on, "contract.product": row.product,
        "contract.price_list": row.price_list,
    }  # fmt: skip
    points = session.execute(
        text("""
            select s.code, a.street || ' ' || a.building || ', ' || a.postal_code || ' ' || a.city as address,
                   x.valid_from as start
              from operational.contract_supply_points x
              join operational.supply_points s on s.id = x.supply_point_id
              join operational.addresses a on a.id = s.address_id
             where x.contract_id = :id and x.superseded_at is null order by s.code limit 5"""),
        {"id": row.id},
    ).mappings()
    rows = [{**(samples.get("points") or [{}])[0], **point} for point in points]
    if rows and "points" in samples:
        known["points"] = rows
    return {name: value for name, value in known.items() if value is not None and name in samples}
