"""A point with a meter whose readings a test writes day by day, and a pass of validation over it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.metering import operations
from tests.factories import supply

AS_OF = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


@dataclass
class Bench:
    """One customer; points are added with their readings, then `look` runs a pass and returns findings."""

    session: Session
    customer: supply.Customer
    ordinal: int = 0

    def point(self, *, start: date = date(2025, 1, 1), **options: Any) -> supply.Point:
        self.ordinal += 1
        return supply.add_point(self.session, self.customer, ordinal=self.ordinal, start=start, **options)

    def read(
        self, point: supply.Point, day: date, value: int, *, zone: str = "all", kind: str = "actual_remote"
    ) -> int:
        point.values[zone] = Decimal(value)
        return supply.add_reading(self.session, point, zone, day, reason="periodic", kind=kind)

    def look(self, *, is_full: bool = False, as_of: datetime = AS_OF) -> operations.ValidationResult:
        return operations.validate(self.session, as_of=as_of, is_full=is_full)

    def found(self, point: supply.Point | None = None, *, is_open: bool = True) -> list[Any]:
        return list(
            self.session.execute(
                text(
                    "select * from operational.billing_exceptions where (resolved_at is null) = :open"
                    " and (:point = 0 or supply_point_id = :point) order by rule_code, period_from, id"
                ),
                {"open": is_open, "point": point.id if point else 0},
            )
        )

    def codes(self, point: supply.Point, *rules: str) -> list[str]:
        """Return the open findings of a point, of all rules or of some."""
        return [row.code for row in self.found(point) if not rules or row.rule_code in rules]

    def determinant(
        self, point: supply.Point, day: date, kind: str, quantity: int, *, intervals: int = 24
    ) -> None:
        supply.insert(
            self.session, "raw.interval_determinants", supply_point_code=point.code, day=day,
            determinant=kind, zone_set="all", zone_code="all", quantity=quantity, unit="kwh",
            intervals=intervals, expected_intervals=24,
        )  # fmt: skip


@pytest.fixture
def bench(session: Session) -> Bench:
    """Return a customer whose points a test furnishes."""
    return Bench(session, supply.make_customer(session))
