"""Schema-true customers and supply points for tests of documents, messaging and the portal.

Numbers are computed like the issue step does (net half-up per line, VAT once per rate), so pages and PDFs add
up. Everything is inserted by plain SQL as iris_app; nothing here commits.
"""

import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.identifiers import complete_supply_point_code


def insert(session: Session, table: str, /, **values: Any) -> int:
    """Insert one row and return its id (0 when the table has none)."""
    columns = ", ".join(values)
    places = ", ".join(
        f"cast(:{name} as jsonb)" if isinstance(value, dict) else f":{name}" for name, value in values.items()
    )
    given = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in values.items()}
    has_id = table not in {
        "operational.document_lines",
        "operational.document_vat",
        "operational.document_renditions",
    }
    statement = f"insert into {table} ({columns}) values ({places})" + (" returning id" if has_id else "")
    result = session.execute(text(statement), given)
    return int(result.scalar_one()) if has_id else 0


@dataclass
class Point:
    """A supply point with its meter, running register values and monthly documents."""

    id: int
    code: str
    medium: str
    terms_id: int
    registers: dict[str, int]
    values: dict[str, Decimal]
    readings: dict[str, int]
    scopes: dict[date, int] = field(default_factory=dict)


@dataclass
class Customer:
    """A customer with one contract per medium."""

    id: int
    number: str
    virtual_account: str
    contracts: dict[str, int] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)


def virtual_account(number: int) -> str:
    """Return a valid 26-digit account of the demo bank for a customer's ordinal."""
    body = f"99900009{number:016d}"
    return f"{98 - int(body + '252100') % 97:02d}{body}"


def make_customer(session: Session, ordinal: int = 1, **overrides: Any) -> Customer:
    """Insert a household with an address; ``overrides`` are columns of customers."""
    address = insert(
        session,
        "operational.addresses",
        street="ul. Lipowa",
        building="12",
        flat="4",
        postal_code="30-001",
        city="Kraków",
    )
    values: dict[str, Any] = {
        "customer_number": f"K{ordinal:06d}",
        "kind": "household",
        "name": "Anna Nowak",
        "search_name": "anna nowak",
        "email": f"anna{ordinal}@example.pl",
        "phone": "601000418",
        "invoice_channel": "ebok",
        "address_id": address,
        "virtual_account": virtual_account(ordinal),
        "customer_since": date(2024, 3, 1),
    } | overrides
    return Customer(
        insert(session, "operational.customers", **values),
        values["customer_number"],
        values["virtual_account"],
    )


def make_user(session: Session, customer: Customer, *, login: str, password_hash: str) -> int:
    """Insert a portal log-in of the customer."""
    return insert(
        session,
        "operational.customer_users",
        customer_id=customer.id,
        login=login,
        password_hash=password_hash,
    )


def add_point(
    session: Session,
    customer: Customer,
    *,
    ordinal: int,
    medium: str = "electricity",
    zones: tuple[str, ...] = ("day", "night"),
    start: date = date(2024, 6, 1),
) -> Point:
    """Insert a supply point under the customer's contract of that medium, with a meter and first readings."""
    electricity = medium == "electricity"
    address = insert(
        session,
        "operational.addresses",
        street="ul. Lipowa",
        building="12",
        flat="4",
        postal_code="30-001",
        city="Kraków",
    )
    code = complete_supply_point_code(f"{'590322414' if electricity else '590365500'}{ordinal:08d}")
    point = insert(
        session,
        "operational.supply_points",
        code=code,
        medium=medium,
        dso_code="tauron" if electricity else "psg",
        address_id=address,
    )
    terms = insert(
        session,
        "operational.supply_point_terms",
        supply_point_id=point,
        tariff_group="G12w" if electricity else "W-3.6",
        phases=3,
        contracted_power_kw=Decimal("12.5") if electricity else None,
        annual_kwh=Decimal(3600),
        customer_class="household",
        gas_area_code=None if electricity else "krakow",
        valid_from=start,
    )
    meter = insert(session, "operational.meters", serial=f"9132{ordinal:07d}", medium=medium)
    insert(
        session, "operational.meter_installations", meter_id=meter, supply_point_id=point, valid_from=start
    )
    made = Point(point, code, medium, terms, {}, {}, {})
    for index, zone in enumerate(zones):
        made.registers[zone] = insert(
            session,
            "operational.registers",
            meter_id=meter,
            zone_code=zone,
            unit="kwh" if electricity else "m3",
            digits=6,
        )
        made.values[zone] = Decimal(4821 + 1700 * index)
        made.readings[zone] = add_reading(
            session, made, zone, start - timedelta(days=1), reason="contract_start", kind="actual_manual"
        )
    contract = customer.contracts.get(medium) or _contract(session, customer, medium, ordinal, start)
    insert(
        session,
        "operational.contract_supply_points",
        contract_id=contract,
        supply_point_id=point,
        valid_from=start,
    )
    customer.points.append(made)
    return made


def add_reading(session: Session, point: Point, zone: str, day: date, *, reason: str, kind: str) -> int:
    """Insert the register's present value as a new version of that day's reading; return its id."""
    given = {"r": point.registers[zone], "d": day}
    same = "from operational.readings where register_id = :r and reading_date = :d"
    version = session.execute(text(f"select coalesce(max(version), 0) + 1 {same}"), given).scalar_one()
    session.execute(
        text(
            "update operational.readings set superseded_at = now()"
            " where register_id = :r and reading_date = :d and superseded_at is null"
        ),
        given,
    )
    return insert(
        session,
        "operational.readings",
        register_id=point.registers[zone],
        supply_point_id=point.id,
        reading_date=day,
        value=point.values[zone],
        kind=kind,
        reason=reason,
        version=version,
    )


def _contract(session: Session, customer: Customer, medium: str, ordinal: int, start: date) -> int:
    product = insert(
        session, "operational.products", code=f"P{ordinal}", name="Stała cena dla domu", medium=medium
    )
    price_list = insert(
        session, "operational.price_lists", code=f"PL{ordinal}", name="Cennik Dom 2025", product_id=product
    )
    charge = "energy_active" if medium == "electricity" else "gas_fuel"
    insert(
        session,
        "operational.price_list_items",
        price_list_id=price_list,
        charge_code=charge,
        unit="kwh",
        price=Decimal("0.5050"),
        valid_from=start,
        source="Cennik Dom 2025",
    )
    contract = insert(
        session,
        "operational.contracts",
        number=f"U/2025/{ordinal:05d}",
        customer_id=customer.id,
        kind="comprehensive",
        signed_on=start - timedelta(days=20),
    )
    insert(
        session,
        "operational.contract_terms",
        contract_id=contract,
        price_list_id=price_list,
        cycle_anchor=start,
        valid_from=start,
    )
    customer.contracts[medium] = contract
    return contract
