"""A small shop for tests of selling: two products of electricity (one too cheap), a household with a
contract.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.factories.supply import Customer, insert, make_customer

TODAY = date(2026, 3, 2)


@dataclass
class Shop:
    """Ids of what the shop holds."""

    standard: int
    cheap: int
    customer: Customer
    point: int
    contract: int


def price_list(session: Session, product: int, code: str, price: str) -> int:
    """Insert a price list with an approved version that every household and business may sign."""
    made = insert(session, "operational.price_lists", code=code, name=f"Cennik {code}", product_id=product)
    for charge, zone, unit, value in (
        ("energy_active", "all", "kwh", Decimal(price)),
        ("trade_fee", "", "month", Decimal("9.90")),
    ):
        insert(
            session, "operational.price_list_items", price_list_id=made, charge_code=charge, zone_code=zone,
            unit=unit, price=value, valid_from=date(2024, 1, 1), source="test",
        )  # fmt: skip
    version = insert(
        session, "operational.product_versions", product_id=product, number=made, variant=code,
        status="approved",
        origin="import", price_list_id=made, valid_from=date(2025, 1, 1), period_months=24,
        submitted_by="test", approved_by="system:import",
    )  # fmt: skip
    insert(session, "operational.sale_rules", product_version_id=version, valid_from=date(2025, 1, 1))
    return made


def open_shop(session: Session) -> Shop:
    """Insert products, price lists and a household at tauron (G11, 2 400 kWh) whose fixed term ends on 31
    March.
    """
    product = insert(session, "operational.products", code="E-STD", name="Prąd", medium="electricity")
    standard, cheap = (
        price_list(session, product, "STD", "0.75"),
        price_list(session, product, "TANI", "0.30"),
    )
    customer = make_customer(session, 1)
    point, contract = household(session, customer, 1, price_list_id=standard)
    return Shop(standard, cheap, customer, point, contract)


def household(
    session: Session,
    customer: Customer,
    ordinal: int,
    *,
    price_list_id: int,
    ends_on: date = date(2026, 3, 31),
) -> tuple[int, int]:
    """Insert a G11 point under a contract of the customer; return point and contract."""
    address = session.scalar(
        text("select address_id from operational.customers where id = :id"), {"id": customer.id}
    )
    point = insert(
        session, "operational.supply_points", code=f"590322414{ordinal:09d}", medium="electricity",
        dso_code="tauron", address_id=address,
    )  # fmt: skip
    insert(
        session, "operational.supply_point_terms", supply_point_id=point, tariff_group="G11", phases=1,
        contracted_power_kw=Decimal(12), annual_kwh=Decimal(2400), customer_class="household",
        valid_from=date(2025, 1, 1),
    )  # fmt: skip
    contract = insert(
        session, "operational.contracts", number=f"U/{ordinal}", customer_id=customer.id,
        kind="comprehensive",
        signed_on=date(2025, 1, 1),
    )  # fmt: skip
    insert(
        session, "operational.contract_terms", contract_id=contract, price_list_id=price_list_id,
        cycle_anchor=date(2025, 1, 1), valid_from=date(2025, 1, 1),
    )  # fmt: skip
    insert(
        session, "operational.contract_conditions", contract_id=contract, period_months=15, ends_on=ends_on,
        valid_from=date(2025, 1, 1),
    )  # fmt: skip
    insert(
        session, "operational.contract_supply_points", contract_id=contract, supply_point_id=point,
        valid_from=date(2025, 1, 1),
    )  # fmt: skip
    return point, contract
