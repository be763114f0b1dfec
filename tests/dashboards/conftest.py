"""A small market played for five months with late, missing, estimated and corrected data, then its marts."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from operational.kernel import db, roles
from operational.kernel.calendar import add_months
from orchestration import warehouse
from orchestration.simulator.play import Play, plan_steps, today_of
from orchestration.simulator.portfolio import make_market

FIRST, MONTHS, POINTS, SEED = date(2025, 7, 1), 5, 26, 7
# Electricity and gas, an exchange in the fifth month, a reading missing in the fourth, an estimate before.
_SUMS = """
  select sum(delivered_kwh) as delivered_kwh, sum(billed_kwh) as billed_kwh,
    sum(unbilled_kwh) as unbilled_kwh,
    count(*) as points, count(*) filter (where difference_kwh <> 0) as points_that_differ,
    (select coalesce(sum(estimated_kwh), 0) from marts.fct_scope_energy) as estimated_kwh,
    (select count(*) from marts.fct_scope_energy where is_pending) as pending_scopes,
    (select count(*) from marts.rpt_month_reconciliation) as checks,
    (select count(*) from marts.rpt_month_reconciliation where not is_reconciled) as checks_that_differ
  from marts.fct_energy_balance"""


@dataclass
class Played:
    """The database of a played market, and its sums after every build of the marts."""

    database: str
    today: date
    sums: list[dict[str, Decimal | int]] = field(default_factory=list)

    def build(self, business_day: date) -> None:
        """Build the marts and keep the sums of the balances."""
        warehouse.build_marts(database=self.database, business_day=business_day, nightly=False)
        self.sums.append(dict(self.rows(_SUMS)[0]))

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Return the rows of a query on the marts."""
        return rows_of(self.database, query, **parameters)


def rows_of(database: str, query: str, **parameters: Any) -> list[dict[str, Any]]:
    """Return the rows of a query as the warehouse's role sees them."""
    with db.engine("dbt", database).connect() as connection:
        return [dict(row) for row in connection.execute(text(query), parameters).mappings()]


@pytest.fixture(scope="package")
def played(template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Play the market; the marts are built while estimates wait for their readings, and at the end."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    roles.create_database(name, template_database)
    today = today_of(FIRST, MONTHS)
    last = add_months(FIRST, MONTHS) - timedelta(days=1)
    market, portfolio = make_market(seed=SEED, supply_points=POINTS, first=FIRST, last=last)
    play = Play(market, portfolio, database=name, inbox=tmp_path_factory.mktemp("inbox"))
    play.prepare()
    found = Played(name, today)
    for step in plan_steps(FIRST, MONTHS, bundle=3):
        play.step(step)
        if step.billing_month == date(2025, 10, 1):
            found.build(step.issue_date)
    found.build(today)
    yield found
    db.dispose_engines(name)
    roles.drop_database(name)
