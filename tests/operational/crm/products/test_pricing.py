"""Yearly cost against the golden cases that the dbt models bill to the grosz (tests/golden)."""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.products.pricing import YearlyCost, yearly_cost
from orchestration.cases.format import Case, read_cases
from orchestration.cases.loading import Place, load_portfolio

GOLDEN = Path(__file__).resolve().parents[3] / "golden"
CASES = {
    case.id: case
    for name in ("gc01_full_month", "gc03_prices_change_new_year", "own_charges_prices_vat")
    for case in read_cases(GOLDEN / f"{name}.yaml")
}


def priced(session: Session, case: Case, zone_kwh: dict[str, int], *, months: int) -> YearlyCost:
    """Price the use of a golden case on the case's own price list and distributor."""
    place = Place(case, 1)
    load_portfolio(session, places=[place])
    found = session.execute(
        text("select id from operational.price_lists where code = :code"), {"code": place.key}
    ).scalar_one()
    terms = case.terms[0]
    return yearly_cost(
        session, price_list_id=found, tariff_group=terms.tariff_group, dso_code=place.key,
        zone_kwh={zone: Decimal(kwh) for zone, kwh in zone_kwh.items()},
        contracted_power_kw=terms.contracted_power_kw, phases=terms.phases, on=case.contract.valid_from,
        months=months, cycle_months=case.contract.cycle_months, annual_kwh=terms.annual_kwh,
        customer_class=terms.customer_class, capacity_mode=terms.capacity_mode,
        contract_kind=case.contract.kind,
    )  # fmt: skip


@pytest.mark.parametrize(("case_id", "kwh", "months"), [("GC01", 230, 1), ("GC03", 500, 2)])
def test_it_is_what_the_models_bill(session: Session, case_id: str, kwh: int, months: int) -> None:
    case = CASES[case_id]
    cost = priced(session, case, {"all": kwh}, months=months)
    expected = case.steps[0].expect.scopes[0]
    assert (cost.net, cost.vat, cost.gross) == (expected.net, expected.vat, expected.gross)
    billed = sums((line.charge, line.net) for line in expected.lines)
    assert sums((line.charge_code, line.net) for line in cost.lines) == billed


def sums(found: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Add up amounts by charge, without charges of zero."""
    added: dict[str, Decimal] = defaultdict(Decimal)
    for charge, net in found:
        added[charge] += net
    return {charge: net for charge, net in added.items() if net}
