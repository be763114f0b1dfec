"""The generator for benchmarks makes data that the rest of the house accepts."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.identifiers import is_valid_nrb, is_valid_supply_point_code
from orchestration.simulator.bulk import bulk_portfolio
from orchestration.warehouse import compute_proposals

MAY = date(2026, 5, 1)


def test_bulk_points_have_valid_identifiers_and_two_readings_a_register(
    database: str, session: Session
) -> None:
    counts = bulk_portfolio(database=database, supply_points=120, month=MAY)
    assert counts.supply_points == 120
    assert counts.registers == 138  # three of twenty have two zones
    assert counts.readings == 2 * counts.registers
    codes = session.execute(text("select code from operational.supply_points")).scalars().all()
    accounts = session.execute(text("select virtual_account from operational.customers")).scalars().all()
    assert len(codes) == len(accounts) == 120
    assert all(is_valid_supply_point_code(code) for code in codes)
    assert all(is_valid_nrb(account) for account in accounts)


@pytest.mark.slow
@pytest.mark.warehouse
def test_every_bulk_point_can_be_billed(database: str, session: Session) -> None:
    bulk_portfolio(database=database, supply_points=60, month=MAY)
    compute_proposals(database=database, billed_through=date(2026, 5, 31))
    billable, energy = session.execute(
        text(
            "select count(*) filter (where is_billable), sum(energy_kwh) from proposals.prop_document_scopes"
        )
    ).one()
    assert billable == 60
    measured = session.execute(
        text("select sum(value * case reason when 'periodic' then 1 else -1 end) from operational.readings")
    ).scalar_one()
    assert energy == measured
