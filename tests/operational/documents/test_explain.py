"""The explanation of a line: sources, formula, and the amount computed anew."""

import hashlib
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text

from operational.documents import explain, queries
from operational.kernel import db
from tests.factories import billing_market
from tests.factories.billing_desk import Desk
from tests.factories.billing_market import Market


@pytest.fixture
def billed(database: str) -> tuple[Desk, Market]:
    """Bill two customers for a month, then correct the first one."""
    desk, market = Desk(database), billing_market.build(database, customers=2)
    desk.bill(months=1)
    market.change(
        "update proposals.prop_document_lines set quantity = 90, energy_kwh = 90, net_amount = round(90 * "
        "price, 2)"
        " where scope_key like '1:%' and charge_code = 'energy_active'",
        "delete from proposals.prop_document_lines where scope_key like '1:%' and charge_code = 'trade_fee'",
        computation="computation-2",
    )
    desk.bill(months=1, computation="computation-2")
    return desk, market


def test_every_line_of_every_document_is_recomputed_to_the_grosz(billed: tuple[Desk, Market]) -> None:
    desk, _ = billed
    with db.open_session("app", actor="test", database=desk.database) as session:
        ids = session.execute(text("select id from operational.documents")).scalars().all()
        lines = [line for key in ids for line in explain.explain(session, document_id=key)]
    assert len(lines) == 2 * 9 + 2
    assert [line for line in lines if line.difference] == []


def test_energy_line_names_readings_price_formula_and_excise(billed: tuple[Desk, Market]) -> None:
    desk, _ = billed
    with db.open_session("app", actor="test", database=desk.database) as session:
        document = queries.document_by_number(session, number="FV/2026/02/000001")
        line = explain.explain(session, document_id=document.head.id)[0]
    assert (line.charge_code, line.name_pl, line.quantity_text) == (
        "energy_active",
        "Energia czynna",
        "101 kWh",
    )
    [reading] = line.readings
    assert (reading.meter_serial, reading.start_value, reading.end_value, reading.used) == (
        "L1",
        1000,
        1101,
        101,
    )
    assert line.rate is not None
    assert (line.rate.table, line.rate.owner, line.rate.source) == (
        "price_list_items",
        "Cennik",
        "Price list STD par. 1",
    )
    assert line.formula_text == "101 × 0,6212 = 62,7412"
    assert line.net_recomputed == Decimal("62.74")
    assert line.excise_amount == Decimal("0.51")
    assert "VAT Act" in line.vat_source


def test_correction_shows_before_and_after_and_what_vanished(billed: tuple[Desk, Market]) -> None:
    desk, _ = billed
    with db.open_session("app", actor="test", database=desk.database) as session:
        document = queries.document_by_number(session, number="FK/2026/02/000001")
        energy, fee = explain.explain(session, document_id=document.head.id, language="en")
    assert (energy.quantity_before, energy.quantity, energy.net_before, energy.net_after) == (
        101, 90, Decimal("62.74"), Decimal("55.91"))  # fmt: skip
    assert fee.is_vanished
    assert (fee.net_before, fee.net_after, fee.net_recomputed) == (Decimal("9.90"), 0, 0)
    assert [link.number for link in document.chain] == ["FV/2026/02/000001", "FK/2026/02/000001"]


def test_wrong_stored_price_shows_as_a_difference(billed: tuple[Desk, Market]) -> None:
    desk, market = billed
    market.change(
        "update proposals.prop_document_lines set price = price + 0.5, net_amount = net_amount + 50"
        " where scope_key like '2:%' and charge_code = 'energy_active'",
        computation="computation-3",
    )
    desk.bill(months=1, computation="computation-3")
    with db.open_session("app", actor="test", database=desk.database) as session:
        document = queries.document_by_number(session, number="FK/2026/02/000002")
        [line] = explain.explain(session, document_id=document.head.id)
    assert line.difference == 50


def test_customer_sees_the_explanation_of_the_own_bill_and_of_no_other(billed: tuple[Desk, Market]) -> None:
    desk, _ = billed
    token = "token-of-customer-1"
    with db.open_session("app", actor="test", database=desk.database) as session:
        user = session.execute(
            text(
                "insert into operational.customer_users (customer_id, login, password_hash) values (1, "
                "'k1', 'x') returning id"
            )
        ).scalar_one()
        session.execute(
            text("insert into sec.web_sessions (token_hash, customer_user_id, customer_id, expires_at)"
                 " values (:hash, :user, 1, now() + interval '1 hour')"),
            {"hash": hashlib.sha256(token.encode()).digest(), "user": user},
        )  # fmt: skip
        own = queries.document_by_number(session, number="FV/2026/02/000001").head.id
        foreign = queries.document_by_number(session, number="FV/2026/02/000002").head.id
        expected = explain.explain(session, document_id=own)
    with db.open_session("ebok", actor="ebok:1", database=desk.database, session_token=token) as session:
        assert explain.explain(session, document_id=own) == expected
        assert explain.explain(session, document_id=foreign) == []
        with pytest.raises(queries.DocumentNotFound, match="Check the number"):
            queries.document_by_number(session, number="FV/2026/02/000002")


@pytest.mark.parametrize(
    ("start", "end", "digits", "used"),
    [
        ("1000", "1101", 6, "101"),
        ("99990", "12", 5, "22"),
        ("500", "400", 5, "-100"),
        ("99990", "20000", 5, "-79990"),
    ],
)
def test_register_that_rolls_over_counts_on(start: str, end: str, digits: int, used: str) -> None:
    assert explain.used_between(
        Decimal(start), Decimal(end), digits=digits, multiplier=Decimal(1)
    ) == Decimal(used)


def test_document_tells_what_is_still_to_pay(billed: tuple[Desk, Market]) -> None:
    desk, _ = billed
    with db.open_session("app", actor="test", database=desk.database) as session:
        invoice = queries.document_by_number(session, number=" fv/2026/02/000001 ")
        credit = queries.document_by_number(session, number="FK/2026/02/000001")
        heads = queries.documents_of_customer(session, customer_id=1)
    # The allocation after the issue used the credit for the invoice it corrects.
    assert invoice.head.open_amount == invoice.head.gross_amount + credit.head.gross_amount
    assert credit.head.open_amount == 0
    assert invoice.head.payment_state(date(2026, 2, 6)) == "part_paid"
    assert invoice.head.payment_state(date(2026, 12, 1)) == "overdue"
    assert [head.number for head in heads] == ["FK/2026/02/000001", "FV/2026/02/000001"]
    assert sum(rate.gross_amount for rate in invoice.vat) == invoice.head.gross_amount
