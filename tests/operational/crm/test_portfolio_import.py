"""Import of portfolios and the operations that change them later, on a real database."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from time import monotonic

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts.operations import SupplyError, end_supply, start_supply
from operational.crm.portfolio.operations import import_portfolio
from operational.crm.portfolio.rows import (
    Address,
    ContractRow,
    ContractSupplyPointRow,
    ContractTermsRow,
    CustomerRow,
    InstallationRow,
    MeterRow,
    Portfolio,
    PriceListItemRow,
    PriceListRow,
    ProductRow,
    RegisterRow,
    SupplyPointRow,
    TermsRow,
)
from operational.crm.portfolio.validation import PortfolioError
from operational.crm.products.operations import PriceError, change_price
from operational.kernel.identifiers import complete_supply_point_code, is_valid_nrb
from operational.metering.exchange import ExchangeError, NewRegister, exchange_meter

CREATED = datetime(2025, 6, 1, 8, tzinfo=UTC)
LATER = datetime(2025, 9, 1, 8, tzinfo=UTC)
START = date(2025, 7, 1)


def sample(points: int = 1) -> Portfolio:
    """Make homes with one G11 point each, all on one price list."""
    made = Portfolio(
        products=[ProductRow("DOM", "Prąd dla domu", "electricity")],
        price_lists=[PriceListRow("DOM-1", "Prąd dla domu 1", "DOM")],
        price_list_items=[
            PriceListItemRow("DOM-1", "energy_active", "kwh", Decimal("0.62"), START, zone_code="all")
        ],
    )
    for index in range(points):
        number, code = str(100001 + index), complete_supply_point_code(f"590322{index:011d}")
        home = Address("ul. Łąkowa", str(index % 97 + 1), "31-001", "Kraków", flat=str(index // 97))
        made.customers.append(CustomerRow(number, "household", f"Żaneta Łęcka {index}", home, START))
        made.supply_points.append(SupplyPointRow(code, "electricity", "tauron", home))
        made.terms.append(TermsRow(code, "G11", Decimal(2400), "household", START))
        made.meters.append(MeterRow(f"M{index}", "electricity"))
        made.registers.append(RegisterRow(f"M{index}", "all", "kwh"))
        made.installations.append(InstallationRow(f"M{index}", code, START))
        made.contracts.append(ContractRow(f"U/{number}", number, "comprehensive", START))
        made.contract_terms.append(ContractTermsRow(f"U/{number}", "DOM-1", START, START))
        made.contract_supply_points.append(ContractSupplyPointRow(f"U/{number}", code, START))
    return made


def _point(session: Session) -> int:
    return int(session.execute(text("select min(id) from operational.supply_points")).scalar_one())


def test_a_portfolio_is_imported_with_accounts_and_search_names(session: Session) -> None:
    counts = import_portfolio(session, rows=sample(3), as_of=CREATED)
    assert counts["customers"] == counts["contract_supply_points"] == 3
    row = session.execute(
        text("select search_name, virtual_account, created_at from operational.customers order by id limit 1")
    ).one()
    assert row.search_name == "zaneta lecka 0"
    assert is_valid_nrb(row.virtual_account)
    assert row.created_at == CREATED


def test_the_same_portfolio_again_adds_nothing_also_after_changes(session: Session) -> None:
    import_portfolio(session, rows=sample(2), as_of=CREATED)
    end_supply(session, supply_point_id=_point(session), valid_to=date(2025, 8, 10), as_of=LATER)
    assert set(import_portfolio(session, rows=sample(2), as_of=LATER).values()) == {0}


def test_every_problem_is_named_with_table_and_row(session: Session) -> None:
    wrong = sample(2)
    wrong.customers[0] = replace(wrong.customers[0], nip="1234567890", pesel="44051401358")
    wrong.customers[1] = replace(wrong.customers[1], kind="business")
    wrong.supply_points[1] = replace(wrong.supply_points[1], code="590322000000000019")
    with pytest.raises(PortfolioError) as refused:
        import_portfolio(session, rows=wrong, as_of=CREATED)
    for part in (
        "customers row 1",
        "no",
        "NIP",
        "PESEL",
        "customers row 2",
        "needs a NIP",
        "supply_points row 2",
    ):
        assert part in refused.value.message


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda p: p.supply_points.__setitem__(0, replace(p.supply_points[0], dso_code="nobody")),
            "supply_points row 1: unknown dso_code 'nobody'",
        ),
        (
            lambda p: p.supply_points.__setitem__(0, replace(p.supply_points[0], dso_code="psg")),
            "delivers the other medium",
        ),
        (
            lambda p: p.contracts.__setitem__(0, replace(p.contracts[0], customer_number="555555")),
            "contracts row 1: unknown customer_number '555555'",
        ),
        (lambda p: p.terms.append(replace(p.terms[0], valid_from=date(2025, 8, 1))), "overlaps another"),
        (lambda p: p.meters.append(p.meters[0]), "is there twice"),
    ],
)
def test_a_portfolio_that_does_not_hold_together_is_refused(session: Session, spoil, said: str) -> None:  # type: ignore[no-untyped-def]
    wrong = sample()
    spoil(wrong)
    with pytest.raises(PortfolioError, match=said):
        import_portfolio(session, rows=wrong, as_of=CREATED)


def test_a_period_that_overlaps_one_on_record_is_refused(session: Session) -> None:
    import_portfolio(session, rows=sample(), as_of=CREATED)
    again = sample()
    again.terms[0] = replace(again.terms[0], tariff_group="G12", valid_from=date(2025, 9, 1))
    with pytest.raises(PortfolioError, match="end that first"):
        import_portfolio(session, rows=again, as_of=LATER)


def test_an_end_of_supply_closes_the_version_and_the_point_can_start_again(session: Session) -> None:
    import_portfolio(session, rows=sample(), as_of=CREATED)
    point = _point(session)
    contract = session.execute(text("select id from operational.contracts")).scalar_one()
    with pytest.raises(SupplyError, match="supplies the point"):
        start_supply(session, contract_id=contract, supply_point_id=point, valid_from=START, as_of=LATER)
    end_supply(session, supply_point_id=point, valid_to=date(2025, 8, 11), as_of=LATER)
    start_supply(
        session, contract_id=contract, supply_point_id=point, valid_from=date(2025, 8, 20), as_of=LATER
    )
    versions = session.execute(
        text("select valid_from, valid_to, superseded_at from operational.contract_supply_points order by id")
    ).all()
    assert [tuple(version) for version in versions] == [
        (START, None, LATER), (START, date(2025, 8, 11), None), (date(2025, 8, 20), None, None),
    ]  # fmt: skip
    with pytest.raises(SupplyError, match="nothing to end"):
        end_supply(session, supply_point_id=point, valid_to=date(2025, 8, 15), as_of=LATER)


def test_a_price_change_keeps_the_price_before_and_its_history(session: Session) -> None:
    import_portfolio(session, rows=sample(), as_of=CREATED)
    change = {"price_list_code": "DOM-1", "charge_code": "energy_active", "zone_code": "all"}
    change_price(session, **change, price=Decimal("0.55"), valid_from=date(2025, 8, 15), as_of=LATER)
    current = session.execute(
        text(
            "select price, valid_from, valid_to from operational.price_list_items "
            "where superseded_at is null order by valid_from"
        )
    ).all()
    assert [tuple(row) for row in current] == [
        (Decimal("0.62"), START, date(2025, 8, 15)), (Decimal("0.55"), date(2025, 8, 15), None),
    ]  # fmt: skip
    with pytest.raises(PriceError, match="no price of energy_active"):
        change_price(session, **change, price=Decimal(1), valid_from=date(2020, 1, 1), as_of=LATER)


def test_an_exchange_ends_the_old_meter_where_the_new_one_begins(session: Session) -> None:
    import_portfolio(session, rows=sample(), as_of=CREATED)
    day, registers = date(2025, 8, 20), [NewRegister("all")]
    point = _point(session)
    exchange_meter(
        session, supply_point_id=point, serial="NEW", registers=registers, first_day=day, as_of=LATER
    )
    stands = session.execute(
        text(
            "select m.serial, i.valid_from, i.valid_to from operational.meter_installations i "
            "join operational.meters m on m.id = i.meter_id where i.superseded_at is null order by 2"
        )
    ).all()
    assert [tuple(row) for row in stands] == [("M0", START, day), ("NEW", day, None)]
    with pytest.raises(ExchangeError, match="known already"):
        exchange_meter(
            session, supply_point_id=point, serial="NEW", registers=registers, first_day=day, as_of=LATER
        )


@pytest.mark.slow
def test_twenty_thousand_points_take_seconds(session: Session) -> None:
    rows, started = sample(20_000), monotonic()
    assert import_portfolio(session, rows=rows, as_of=CREATED)["supply_points"] == 20_000
    assert monotonic() - started < 60
