"""A lake of one's own, and supply points of it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel import settings
from tests.factories.supply import insert, make_customer

AS_OF = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOME, BUSINESS, SITE = "590310600000000101", "590310600000000102", "590310600000000103"


@pytest.fixture(autouse=True)
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the lake in the test's folder."""
    monkeypatch.setenv("IRIS_LAKE_FOLDER", str(tmp_path / "lake"))
    settings.reset_settings()
    yield tmp_path / "lake"
    monkeypatch.undo()
    settings.reset_settings()


class Market:
    """Writes supply points, masks of sellers and contracts, and reads what became of them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def point(
        self, code: str, *, group: str = "", power: str = "", dso: str = "pge", medium: str = "electricity"
    ) -> int:
        """Add a supply point, with terms when it has a tariff group."""
        found = self.session.execute(
            text(
                """with place as (insert into operational.addresses (street, building, postal_code, city)
                  values ('Lipowa', '1', '00-001', 'Warszawa') returning id)
                insert into operational.supply_points (code, medium, dso_code, address_id, created_by)
                select :code, :medium, :dso, id, 'test' from place returning id"""
            ),
            {"code": code, "medium": medium, "dso": dso},
        ).scalar_one()
        if group:
            self.session.execute(
                text(
                    """insert into operational.supply_point_terms (supply_point_id, tariff_group,
                      contracted_power_kw, annual_kwh, customer_class, valid_from, recorded_at)
                    values (:id, :group, :power, 3000, :class, '2020-01-01', '2024-01-01')"""
                ),
                {
                    "id": found, "group": group, "power": Decimal(power) if power else None,
                    "class": "household" if group.startswith("G") else "business",
                },
            )  # fmt: skip
        return int(found)

    def contract(self, code: str, price_list: str) -> int:
        """Supply a point by a price list of its own from 2020 on; return the list's id."""
        customer = make_customer(self.session)
        product = insert(
            self.session, "operational.products", code=price_list, name=price_list, medium="electricity"
        )
        listed = insert(
            self.session, "operational.price_lists", code=price_list, name=price_list, product_id=product
        )
        start = date(2020, 1, 1)
        contract = insert(
            self.session,
            "operational.contracts",
            number="U1",
            customer_id=customer.id,
            kind="comprehensive",
            signed_on=start,
        )
        insert(
            self.session,
            "operational.contract_terms",
            contract_id=contract,
            price_list_id=listed,
            cycle_anchor=start,
            valid_from=start,
        )
        point = self.session.execute(
            text("select id from operational.supply_points where code = :code"), {"code": code}
        ).scalar_one()
        insert(
            self.session,
            "operational.contract_supply_points",
            contract_id=contract,
            supply_point_id=point,
            valid_from=start,
        )
        return listed

    def sums(self, code: str, determinant: str, **more: Any) -> dict[str, Decimal]:
        """Return the sums of a determinant by zone (or index) of a point's current rows."""
        rows = self.session.execute(
            text(
                """select zone_code || index_code as key, sum(quantity) as quantity
                from raw.interval_determinants
                where supply_point_code = :code and determinant = :determinant and superseded_at is null
                  and zone_set like :zones group by 1"""
            ),
            {"code": code, "determinant": determinant, "zones": more.get("zones", "%")},
        )
        return {row.key: row.quantity for row in rows}

    def days(self, code: str, determinant: str = "energy") -> dict[str, tuple[int, int]]:
        """Return intervals that were there and expected ones by day."""
        rows = self.session.execute(
            text(
                """select day::text, intervals, expected_intervals from raw.interval_determinants
                where superseded_at is null and supply_point_code = :code
                  and determinant = :determinant and zone_set = 'all'
                order by 1"""
            ),
            {"code": code, "determinant": determinant},
        )
        return {row.day: (row.intervals, row.expected_intervals) for row in rows}

    def codes(self) -> list[str]:
        """Return the codes of all waiting entries of the quarantine."""
        rows = self.session.execute(
            text("select code from raw.rejected_rows where resolved_at is null order by id")
        )
        return list(rows.scalars())


@pytest.fixture
def market(session: Session) -> Market:
    """Return a market with one household, one business and one more point."""
    made = Market(session)
    made.point(HOME, group="G12w")
    made.point(BUSINESS, group="C21", power="20")
    made.point(SITE)
    return made
