"""Yearly cost against the golden cases that the dbt models bill to the grosz (tests/golden)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.portfolio.operations import import_portfolio
from operational.crm.portfolio.rows import Portfolio
from operational.crm.products.pricing import YearlyCost, yearly_cost
from operational.crm.products.purchase import PricingError
from operational.crm.products.sale import SaleError, sellable
from orchestration.cases.format import read_cases
from orchestration.cases.loading import Place, load_portfolio
from orchestration.simulator.prices import add_prices

GOLDEN = Path(__file__).resolve().parents[3] / "golden"
CASES = {
    case.id: case
    for name in (
        "gc01_full_month",
        "gc02_zones_registers",
        "gc03_prices_change_new_year",
        "own_charges_prices_vat",
    )
    for case in read_cases(GOLDEN / f"{name}.yaml")
}


@dataclass(frozen=True, slots=True)
class Used:
    """The use of the first bill of a case: kWh per zone, months, decimals of kWh."""

    case_id: str
    zone_kwh: dict[str, str]
    months: int = 1
    digits: int = 0


BILLS = (
    Used("GC01", {"all": "230"}),
    Used("GC02", {"peak": "190", "offpeak": "275"}),
    Used("GC03", {"all": "500"}, months=2),  # prices of seller, distributor and statute change inside
    Used("OC06", {"all": "310"}),  # the seller's price changes on 16 March, sale only
    Used("OC08", {"all": "1749"}),  # gas
    Used("OC09", {"all": "200"}),
    Used("OC13", {"all": "1234.567", "capacity_hours": "612.345"}, digits=3),  # capacity fee by kWh
)


def priced(session: Session, place: Place, used: Used) -> YearlyCost:
    """Price the use of a golden case on the case's own price list and distributor."""
    found = session.execute(
        text("select id from operational.price_lists where code = :code"), {"code": place.key}
    ).scalar_one()
    case, terms = place.case, place.case.terms[0]
    return yearly_cost(
        session, price_list_id=found, tariff_group=terms.tariff_group, dso_code=place.key,
        zone_kwh={zone: Decimal(kwh) for zone, kwh in used.zone_kwh.items()},
        contracted_power_kw=terms.contracted_power_kw, phases=terms.phases, on=case.contract.valid_from,
        months=used.months, cycle_months=case.contract.cycle_months, annual_kwh=terms.annual_kwh,
        customer_class=terms.customer_class, capacity_mode=terms.capacity_mode,
        contract_kind=case.contract.kind, digits=used.digits,
    )  # fmt: skip


def test_it_is_what_the_models_bill(session: Session) -> None:
    places = {used.case_id: Place(CASES[used.case_id], at) for at, used in enumerate(BILLS, start=1)}
    load_portfolio(session, places=list(places.values()))
    for used in BILLS:
        cost = priced(session, places[used.case_id], used)
        expected = places[used.case_id].case.steps[0].expect.scopes[0]
        assert (cost.net, cost.vat, cost.gross) == (expected.net, expected.vat, expected.gross), used
        billed = sums((line.charge, line.net) for line in expected.lines)
        assert sums((line.charge_code, line.net) for line in cost.lines) == billed, used


def sums(found: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Add up amounts by charge, without charges of zero."""
    added: dict[str, Decimal] = defaultdict(Decimal)
    for charge, net in found:
        added[charge] += net
    return {charge: net for charge, net in added.items() if net}


def year_of(session: Session, code: str, **more: Any) -> YearlyCost:
    """Price 3000 kWh of G12 with Tauron from 15 July 2026 on a price list of the demonstration."""
    found = session.execute(
        text("select id from operational.price_lists where code = :code"), {"code": code}
    ).scalar_one()
    given: dict[str, Any] = {
        "tariff_group": "G12", "dso_code": "tauron", "contracted_power_kw": Decimal(12), "phases": 3,
        "zone_kwh": {"day": Decimal(2000), "night": Decimal(1000)}, "on": date(2026, 7, 15),
    }  # fmt: skip
    return yearly_cost(session, price_list_id=found, **given | more)


def test_a_year_adds_up_and_tells_where_rates_are_not_published(session: Session) -> None:
    load_demonstration(session)
    cost = year_of(session, "DOM")
    assert cost.energy_kwh == 3000
    assert cost.projected_from == date(2027, 1, 1)
    assert (cost.net, cost.gross) == (cost.seller_net + cost.network_net, cost.net + cost.vat)
    assert len(cost.cycles) == 12
    assert sum(cycle.gross for cycle in cost.cycles) == cost.gross
    assert sum(line.net for line in cost.lines) == cost.net
    energy = {line.zone_code: line.quantity for line in cost.lines if line.charge_code == "energy_active"}
    assert energy == {"day": 2000, "night": 1000}
    assert cost.margin_net == cost.seller_net - cost.purchase_net - cost.excise_net
    assert cost.floor_margin_net == Decimal("15.00")  # 3 MWh at the floor of 5 zł of households
    assert not cost.is_below_floor


def test_promotions_lower_the_year_and_unknown_codes_are_refused(session: Session) -> None:
    load_demonstration(session)
    insert = (
        "insert into operational.promotions (code, status, medium, kind, name_pl, name_en, value, months,"
        " valid_from, approved_by, created_by) values (:code, 'approved', 'electricity', :kind, 'Rabat',"
        " 'Discount', :value, :months, '2026-01-01', 'staff:other', 'staff:author')"
    )
    for code, kind, value, months in (
        ("RABAT", "discount_month", "10", 6), ("PROCENT", "discount_percent", "0.05", None),
    ):  # fmt: skip
        given = {"code": code, "kind": kind, "value": Decimal(value), "months": months}
        session.execute(text(insert), given)
    plain = year_of(session, "DOM")
    assert year_of(session, "DOM", promotions=("rabat",)).seller_net == plain.seller_net - 60
    percent = year_of(session, "DOM", promotions=("PROCENT",))
    assert abs(plain.seller_net * Decimal("0.95") - percent.seller_net) < Decimal("0.06")  # 12 rounded lines
    with pytest.raises(SaleError, match="NIEMA"):
        year_of(session, "DOM", promotions=("NIEMA",))


def test_a_missing_price_is_named_not_taken_as_zero(session: Session) -> None:
    load_demonstration(session)
    with pytest.raises(PricingError, match="energy_active"):
        year_of(session, "FIRMA")
    with pytest.raises(PricingError, match="network_variable"):
        year_of(session, "DOM", tariff_group="G13", dso_code="pge", zone_kwh={"other": Decimal(10)})


def load_demonstration(session: Session) -> None:
    """Import the price lists of the demonstration."""
    portfolio = Portfolio()
    add_prices(portfolio, date(2025, 7, 1))
    import_portfolio(session, rows=portfolio, as_of=datetime(2025, 6, 1, tzinfo=UTC))


def test_what_is_imported_may_be_sold_by_group(session: Session) -> None:
    load_demonstration(session)
    asked: dict[str, Any] = {"on": date(2026, 7, 15), "channel": "office", "annual_kwh": Decimal(3000)}
    home = sellable(session, **asked, medium="electricity", segment="household", tariff_group="G12")
    assert [offer.price_list_code for offer in home] == ["DOM", "DOM-ZMIANA", "DOM-POMYLKA"]
    firm = sellable(session, **asked, medium="electricity", segment="business", tariff_group="C11")
    assert [(offer.price_list_code, offer.floor_margin) for offer in firm] == [("FIRMA", Decimal(12))]
    assert sellable(session, **asked, medium="gas", segment="household", tariff_group="G12") != ()
    session.execute(
        text("update operational.sale_rules set superseded_at = now() where product_version_id = :id"),
        {"id": firm[0].product_version_id},
    )
    session.execute(
        text(
            "insert into operational.sale_rules (product_version_id, segment, channel, stock, valid_from)"
            " values (:id, 'business', 'web', 0, '2026-01-01'), (:id, 'public', 'web', 5, '2026-01-01')"
        ),
        {"id": firm[0].product_version_id},
    )
    web = asked | {"channel": "web"}
    assert sellable(session, **web, medium="electricity", segment="business", tariff_group="C11") == ()
    public = sellable(session, **web, medium="electricity", segment="public", tariff_group="C11")
    assert [offer.stock_left for offer in public] == [5]
