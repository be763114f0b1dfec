"""Billing follows by data: an amendment in the past, an assignment and a promotion of an accepted offer,
through the real warehouse build."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from operational.app import invariants
from operational.crm.changes import amending, assigning, effects, rules
from operational.crm.contracts import activation, draft_store, drafts, signing
from operational.crm.sales import closing, offer_queries, offers
from operational.crm.sales.profile import profiles
from operational.kernel import db
from orchestration.cases import deposits
from orchestration.cases.format import Case
from orchestration.cases.loading import DAWN, Place, load_portfolio, load_step
from orchestration.warehouse import compute_proposals
from tests.factories.shop import open_shop
from tests.factories.supply import insert

pytestmark = pytest.mark.warehouse
THROUGH = date(2026, 3, 31)
TODAY = date(2026, 4, 20)
LATER = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)

# One household with three monthly readings, 100 kWh a month and round prices.
_CASE = """
id: {id}
title: three months
contract: {{from: 2026-01-01}}
terms: [{{from: 2026-01-01, tariff_group: G11, phases: 3, annual_kwh: 1200}}]
meters: [{{from: 2025-01-01}}]
prices:
  - {{charge: energy_active, zone: all, unit: kwh, price: 0.5000, from: 2026-01-01}}
  - {{charge: trade_fee, unit: month, price: 10.00, from: 2026-01-01}}
dso_rates:
  - {{charge: network_variable, zone: all, unit: kwh, price: 0.2000, from: 2026-01-01}}
  - {{charge: quality, unit: kwh, price: 0.0300, from: 2026-01-01}}
  - {{charge: network_fixed, phases: 3, unit: month, price: 10.00, from: 2026-01-01}}
  - {{charge: subscription, settlement_months: 1, unit: month, price: 4.00, from: 2026-01-01}}
steps:
  - billed_through: 2026-03-31
    known_at: 2026-04-01T12:00:00Z
    readings:
      - {{date: 2025-12-31, value: 1000}}
      - {{date: 2026-01-31, value: 1100}}
      - {{date: 2026-02-28, value: 1200}}
      - {{date: 2026-03-31, value: 1300}}
"""


def _load(database: str) -> list[Place]:
    cases = [
        Case.model_validate(yaml.safe_load(_CASE.format(id=name))) for name in ("AMEND", "ASSIGN", "TAKER")
    ]
    places = [Place(case, number) for number, case in enumerate(cases, start=1)]
    with db.open_session("app", actor="test", database=database) as session:
        load_portfolio(session, places=places)
        for place in places[:2]:
            load_step(session, place=place, step=place.case.steps[0])
        # The third is only a customer who takes over: the own contract supplies nothing.
        session.execute(
            text(
                "update operational.contract_supply_points set superseded_at = :at where contract_id = "
                "(select id from operational.contracts where number = :number)"
            ),
            {"at": DAWN, "number": places[2].key},
        )
    return places


def _bill(database: str, places: list[Place], issue_date: date) -> None:
    compute_proposals(database=database, billed_through=THROUGH, known_at=None)
    for place in places:
        with db.open_session("app", actor="test", database=database) as session:
            deposits.issue_case(session, customer_number=place.customer_number, issue_date=issue_date)


def _ids(session: Any, place: Place) -> tuple[int, int]:
    row = session.execute(
        text(
            "select c.id, u.id from operational.customers u left join operational.contracts c "
            "on c.customer_id = u.id where u.customer_number = :number"
        ),
        {"number": place.customer_number},
    ).one()
    return row[0], row[1]


def _lines(session: Any, customer: int, charge: str) -> list[tuple[Any, ...]]:
    return [
        tuple(row)
        for row in session.execute(
            text(
                "select d.kind, l.period_from, l.period_to, l.quantity_after, l.price_after, "
                "l.net_after - l.net_before from operational.documents d "
                "join operational.document_lines l on l.document_id = d.id where d.customer_id = :id "
                "and l.charge_code = :charge and (l.net_after <> l.net_before) "
                "order by d.id, l.period_from, l.price_after"
            ),
            {"id": customer, "charge": charge},
        )
    ]


SOLD_ON, BEGINS = date(2026, 3, 2), date(2026, 3, 11)


def _sell(database: str) -> tuple[int, str]:
    """Sell with a promotion of 10 % for a household that moves in; return its id and the offer's draft."""
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with db.open_session("app", actor="test", database=database) as session:
        shop = open_shop(session)
        insert(
            session, "operational.promotions", code="WIOSNA", number=1, name_pl="Wiosenny rabat",
            name_en="Spring discount", medium="electricity", kind="discount_percent",
            value=Decimal("0.10"), months=6, valid_from=date(2026, 1, 1), status="approved",
            approved_at=at, approved_by="staff:boss",
        )  # fmt: skip
        made = offers.open_offer(
            session, addressee=offers.Addressee("Anna", "household", customer_id=shop.customer.id),
            medium="electricity", points=profiles(session, on=SOLD_ON, customer_id=shop.customer.id),
            starts_on=BEGINS, owner="sales", as_of=SOLD_ON,
        )  # fmt: skip
        offers.count_variant(
            session, public_id=made.public_id, position=1, price_list_id=shop.standard, row_version=1,
            promotions=["WIOSNA"], as_of=SOLD_ON,
        )  # fmt: skip
        closing.finish_offer(session, public_id=made.public_id, row_version=2, as_of=SOLD_ON)
        (variant,) = offer_queries.variants(session, offer_id=made.id)
        draft = closing.accept_offer(
            session, public_id=made.public_id, variant_id=variant.id, as_of=SOLD_ON, moment=at
        )
        activation.end(
            session, contract_id=shop.contract, supply_point_id=shop.point, end=BEGINS, reason="new contract",
            as_of=at,
        )  # fmt: skip
        known = draft_store.locked(session, public_id=draft)
        given = {"wanted_start": "2026-03-11", "start_kind": "direct"}
        drafts.save_step(
            session, draft_public_id=draft, step="points", row_version=known.row_version, as_of=at,
            given=[{**one, **given} for one in known.content.points],
        )  # fmt: skip
        signing.sign(session, draft_public_id=draft, signed_on=SOLD_ON, channel="stationary", as_of=at)
        assert activation.activate_due(session, day=BEGINS, as_of=at).started == 1
        meter = insert(session, "operational.meters", serial="SOLD", medium="electricity")
        register = insert(session, "operational.registers", meter_id=meter, zone_code="all", unit="kwh")
        insert(
            session, "operational.meter_installations", meter_id=meter, supply_point_id=shop.point,
            valid_from=date(2025, 1, 1),
        )  # fmt: skip
        for day, value in ((date(2026, 3, 10), 500), (date(2026, 3, 31), 600)):
            insert(
                session, "operational.readings", register_id=register, supply_point_id=shop.point,
                reading_date=day, value=Decimal(value), kind="actual_remote",
            )  # fmt: skip
        number = session.execute(
            text("select customer_number from operational.customers where id = :id"), {"id": shop.customer.id}
        ).scalar_one()
    return shop.customer.id, number


def test_a_past_amendment_and_an_assignment_are_billed_and_corrected_by_data(database: str) -> None:
    places = _load(database)
    _bill(database, places[:2], date(2026, 4, 5))
    with db.open_session("app", actor="test", database=database) as session:
        amended, payer = _ids(session, places[0])
        dear: int = (
            session.execute(
                text(
                    "with l as (insert into operational.price_lists (code, name, product_id) "
                    "select 'DEAR', 'Dear', "
                    "product_id from operational.price_lists where code = :code returning id) "
                    "insert into operational.price_list_items (price_list_id, charge_code, zone_code, unit, "
                    "price, "
                    "valid_from) select id, v.* from l, (values ('energy_active', 'all', 'kwh', 0.60, "
                    "date '2026-01-01'), ('trade_fee', '', 'month', 10.00, date '2026-01-01')) v "
                    "returning price_list_id"
                ),
                {"code": places[0].key},
            )
            .scalars()
            .first()
        )
        asked = rules.Asked(terms={"price_list_id": dear})
        day = date(2026, 2, 15)
        shown = amending.preview(session, contract_id=amended, effective_on=day, asked=asked, today=TODAY)
        # 14 of 28 days of February (50 kWh) and March (100 kWh) x 0.10 PLN, with VAT of 23 %.
        assert shown.past == effects.PastEffect(Decimal("18.45"), 2)
        # 1200 kWh x 0.10 x 1.23 = 147.60, less what rounding line by line and cutting days brings.
        assert shown.yearly.difference == Decimal("147.55")
        made = amending.draft_amendment(
            session, contract_id=amended, effective_on=day, asked=asked, reason="", today=TODAY, as_of=LATER
        )
        amending.sign_amendment(
            session, public_id=made, row_version=1, signed_on=TODAY, channel="stationary", as_of=LATER
        )
        left, old = _ids(session, places[1])
        _none, taker = _ids(session, places[2])
        [register] = assigning.registers_on(session, contract_id=left, on=date(2026, 3, 11))
        passed = assigning.draft_assignment(
            session, contract_id=left, to_customer_id=taker, assigned_on=date(2026, 3, 11),
            readings={register.id: Decimal(1237)}, reason="", today=TODAY, as_of=LATER,
        )  # fmt: skip
        assigning.complete_assignment(session, public_id=passed, row_version=1, signed_on=TODAY, as_of=LATER)
    buyer, buyer_number = _sell(database)
    _bill(database, places, date(2026, 4, 25))
    with db.open_session("app", actor="test", database=database) as session:
        energy = _lines(session, payer, "energy_active")
        corrected = [row for row in energy if row[0] == "correction"]
        assert sum(row[5] for row in energy if row[0] == "invoice") == Decimal("150.00")
        assert sum(row[5] for row in corrected) == Decimal("15.00")
        prices = {(row[1], row[4]) for row in corrected if row[3] > 0}
        assert (date(2026, 2, 15), Decimal("0.60000000")) in prices
        assert (date(2026, 3, 1), Decimal("0.60000000")) in prices
        taken = _lines(session, taker, "energy_active")
        assert [(row[1], row[2], row[3]) for row in taken] == [
            (date(2026, 3, 11), date(2026, 4, 1), Decimal(63)),
        ]  # fmt: skip
        # The promotion of the accepted offer is on the bill: 100 kWh x 0.75 PLN less 10 %.
        deposits.issue_case(session, customer_number=buyer_number, issue_date=date(2026, 4, 25))
        discount = session.execute(
            text("select code, value, valid_from, valid_to from operational.contract_components")
        ).one()
        assert discount == ("wiosna", Decimal("0.10"), BEGINS, date(2026, 9, 11))
        assert [row[5] for row in _lines(session, buyer, "energy_active")] == [Decimal("75.00")]
        assert [row[5] for row in _lines(session, buyer, "discount")] == [Decimal("-7.50")]
        # No kWh lost or billed twice: what both sides were billed is what the meter counted.
        total = session.execute(
            text("select sum(energy_kwh) from operational.documents where customer_id = any(:ids)"),
            {"ids": [old, taker]},
        ).scalar_one()
        assert total == Decimal(300)
        failed = [
            (done.check.code, [(one.record, one.detail) for one in done.examples])
            for done in invariants.check_all(session, as_of=LATER)
            if done.violations
        ]
        assert failed == []
