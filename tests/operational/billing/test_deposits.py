"""Deposits of prosumers: credited by difference, expired after twelve months, the bank of net-metering."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.billing import deposits
from operational.kernel import db
from tests.factories import supply

AS_OF = datetime(2025, 8, 1, 12, tzinfo=UTC)
_TARGET = """
create table proposals.prop_deposit_lots (scope_key text, feed_in_month date, supply_point_id bigint,
  customer_id bigint, price_kind text, status text, fed_kwh numeric(18,3), price_pln_per_mwh numeric(12,4),
  market_month_price_id bigint,
  fed_value numeric(18,2), uplift numeric(6,4), credited numeric(18,2), assigned_on date, expires_on date,
  refund_share numeric(6,4))"""


@pytest.fixture
def prosumer(database: str) -> supply.Customer:
    """Return a customer with a point and the table that the warehouse fills."""
    with db.engine("dbt", database).begin() as connection:
        connection.execute(text("drop table if exists proposals.prop_deposit_lots"))
        connection.execute(text(_TARGET))
    with db.open_session("app", actor="test", database=database) as session:
        made = supply.make_customer(session)
        if not made.points:
            made.points.append(supply.add_point(session, made, ordinal=77))
    return made


def propose(database: str, prosumer: supply.Customer, month: date, **values: object) -> None:
    """Let the warehouse propose a month of fed-in energy."""
    given = {
        "status": "valued", "fed_kwh": 100, "fed_value": Decimal("40.00"), "uplift": Decimal("1.23"),
        "credited": Decimal("49.20"), "assigned_on": date(2025, 7, 11), "expires_on": date(2026, 7, 11),
        "refund_share": Decimal("0.20"), **values,
    }  # fmt: skip
    with db.engine("dbt", database).begin() as connection:
        connection.execute(
            text("delete from proposals.prop_deposit_lots where feed_in_month = :m"), {"m": month}
        )
        connection.execute(
            text(
                "insert into proposals.prop_deposit_lots values ('s', :m, :p, :c, 'RCEm', :status, :fed_kwh,"
                " 400, null, :fed_value, :uplift, :credited, :assigned_on, :expires_on, :refund_share)"
            ),
            {**given, "m": month, "p": prosumer.points[0].id, "c": prosumer.id},
        )


def balances(session: Session) -> dict[str, Decimal]:
    """Return the natural balances of the ledger accounts of deposits."""
    rows = session.execute(
        text(
            "select a, sum(v) from (select debit_account as a, -amount as v from operational.ledger_transfers"
            " union all select credit_account, amount from operational.ledger_transfers) t group by a"
        )
    )
    return {row[0]: row[1] for row in rows}


def test_a_month_is_credited_once_and_a_corrected_price_moves_the_difference(
    database: str, session: Session, prosumer: supply.Customer
) -> None:
    propose(database, prosumer, date(2025, 6, 1))
    propose(database, prosumer, date(2025, 7, 1), status="missing_market_price")
    assert deposits.settle_deposits(session, as_of=AS_OF) == deposits.Settled(1, 0)
    assert deposits.settle_deposits(session, as_of=AS_OF) == deposits.Settled(0, 0)
    session.commit()
    propose(database, prosumer, date(2025, 6, 1), fed_value=Decimal("35.00"), credited=Decimal("43.05"))
    assert deposits.settle_deposits(session, as_of=AS_OF).credited == 1
    (lot,) = deposits.lots(session, customer_id=prosumer.id, today=date(2025, 8, 1))
    assert (lot.credited, lot.balance, lot.fed_value, lot.is_open) == (
        Decimal("43.05"), Decimal("43.05"), Decimal("35.00"), True,
    )  # fmt: skip
    assert balances(session)["prosumer_deposit"] == Decimal("43.05")
    waiting = deposits.waiting_months(session, customer_id=prosumer.id)
    assert [(one.feed_in_month, one.status) for one in waiting] == [
        (date(2025, 7, 1), "missing_market_price")
    ]


def test_nothing_is_credited_before_the_day_of_assignment(
    database: str, session: Session, prosumer: supply.Customer
) -> None:
    propose(database, prosumer, date(2025, 7, 1), assigned_on=date(2025, 8, 11))
    assert deposits.settle_deposits(session, as_of=AS_OF).credited == 0


@pytest.mark.parametrize(("share", "parts"), [("0.20", ("33.07", "55.05")), ("0.30", ("49.61", "38.51"))])
def test_what_is_not_used_in_twelve_months_is_refunded_in_part_and_lost(
    database: str, session: Session, prosumer: supply.Customer, share: str, parts: tuple[str, str]
) -> None:
    refund, forfeited = parts
    propose(
        database, prosumer, date(2024, 8, 1), fed_value=Decimal("165.37"), credited=Decimal("165.37"),
        uplift=Decimal(1), assigned_on=date(2024, 9, 11), expires_on=date(2025, 9, 11),
        refund_share=Decimal(share),
    )  # fmt: skip
    deposits.settle_deposits(session, as_of=AS_OF)
    session.execute(
        text(
            "insert into operational.deposit_entries (lot_id, customer_id, kind, amount, business_date,"
            " idempotency_key) select id, customer_id, 'use', -77.25, '2025-02-01', 'used'"
            " from operational.deposit_lots"
        )
    )
    later = datetime(2025, 9, 11, 12, tzinfo=UTC)
    assert deposits.settle_deposits(session, as_of=later).expired == 1
    (lot,) = deposits.lots(session, customer_id=prosumer.id, today=later.date())
    assert (lot.refunded, lot.forfeited, lot.balance) == (
        Decimal(refund),
        Decimal(forfeited),
        Decimal("0.00"),
    )
    assert lot.credited == lot.used + lot.refunded + lot.forfeited + lot.balance
    assert balances(session)["deposit_refunds"] == Decimal(refund)
    assert deposits.settle_deposits(session, as_of=later).expired == 0


def test_the_bank_of_net_metering_forgets_after_twelve_months_and_gives_the_oldest_first(
    session: Session,
) -> None:
    def month(number: int, taken: int, fed: int) -> dict[str, object]:
        zone = {"zone": "all", "rank": 1, "import": taken, "export": fed}
        return {
            "month": f"{2024 + number // 12}-{number % 12 + 1:02}-01",
            "ratio": 0.8,
            "zones": [zone],
        }

    # 80 kWh of January and 40 of February wait; 90 are taken in March: 80 of January, 10 of February.
    months = [month(0, 0, 100), month(1, 0, 50), month(2, 90, 0), *(month(n, 0, 0) for n in range(3, 14))]
    rows = session.execute(
        text("select * from operational.settle_net_metering(cast(:m as jsonb), 12)"),
        {"m": json.dumps(months)},
    ).all()
    assert [row.billed for row in rows[:3]] == [0, 0, 0]
    assert [row.banked for row in rows[:4]] == [80, 120, 30, 30]
    assert (rows[12].expired, rows[13].expired, rows[13].banked) == (0, 30, 0)
