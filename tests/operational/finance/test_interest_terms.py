"""Interest by terms and plans: thresholds, next bill, waivers, recovery costs, late postings, instalments."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import instalments, policies
from operational.finance.interest.issuing import issue_interest, waive_interest
from operational.finance.interest.rates import store_eur_rate
from operational.finance.operations import allocate
from operational.kernel import db
from operational.kernel.errors import DomainError
from orchestration.interest import run_interest
from orchestration.warehouse import compute_interest
from tests.factories.histories import Account, Bill, Transfer, load_accounts, load_transfers

pytestmark = [pytest.mark.slow, pytest.mark.warehouse]
THROUGH = date(2026, 4, 30)
NOW = datetime(2026, 4, 30, 12, tzinfo=UTC)
LATER = date(2026, 5, 31)


def bill(serial: int, place: int, amount: str, *, issued: date, due: date) -> Bill:
    """Return an invoice with a number of its own."""
    return Bill(f"FV/2025/04/{serial:05}{place}", Decimal(amount), issued, due)


def accounts() -> dict[str, Account]:
    """Return one account for each rule; every first bill was due on Tuesday 2026-03-31."""
    kinds = {
        "plain": ("household", "1000.00"),
        "small": ("household", "50.00"),
        "next_bill": ("household", "1000.00"),
        "none": ("household", "1000.00"),
        "waived": ("household", "1000.00"),
        "plan": ("household", "1000.00"),
        "contract": ("household", "1000.00"),
        "eur40": ("business", "5000.00"),
        "eur70": ("business", "5000.01"),
        "eur100": ("public", "50000.00"),
    }
    made = {}
    for serial, (name, (kind, amount)) in enumerate(kinds.items(), start=1):
        late = bill(serial, 0, amount, issued=date(2026, 3, 17), due=date(2026, 3, 31))
        made[name] = Account(serial, kind, bills=[late])
    made["next_bill"].bills.append(bill(3, 1, "10.00", issued=date(2026, 5, 20), due=date(2026, 6, 3)))
    return made


def notes(session: Session) -> dict[tuple[int, str], list[Decimal]]:
    """Return the amounts of issued notes by customer and kind, oldest first."""
    found: dict[tuple[int, str], list[Decimal]] = {}
    for row in session.execute(
        text("select customer_id, kind, amount from operational.interest_notes order by id")
    ):
        found.setdefault((row.customer_id, row.kind), []).append(row.amount)
    return found


def test_terms_waivers_plans_and_recovery_costs(database: str) -> None:
    made = accounts()
    with db.open_session("app", actor="test", database=database) as session:
        load_accounts(session, list(made.values()))
        for name in ("next_bill", "none"):
            policies.set_terms(
                session,
                customer_id=made[name].id,
                interest_mode=name,
                rate_kind=None,
                allocation_order=None,
                valid_from=date(2026, 1, 1),
                as_of=NOW,
            )
        for name, rule, rate in (("plan", "none", None), ("contract", "contract", Decimal("3.65"))):
            instalments.agree_plan(
                session,
                customer_id=made[name].id,
                item_ids=[made[name].bills[0].item_id],
                parts=2,
                first_due=date(2026, 6, 10),
                interest_rule=rule,
                contract_rate_pct=rate,
                on=date(2026, 4, 10),
                as_of=NOW,
            )
        session.execute(
            text("update operational.nbp_eur_rates set superseded_at = now() where day = '2026-02-27'")
        )
    compute_interest(database=database, through=THROUGH)
    with db.open_session("app", actor="test", database=database) as session:
        waived = waive_interest(
            session, open_item_id=made["waived"].bills[0].item_id, reason="Reklamacja", as_of=NOW
        )
        with pytest.raises(DomainError, match="No interest of this bill waits"):
            waive_interest(session, open_item_id=made["waived"].bills[0].item_id, reason="Znowu", as_of=NOW)
        issue_interest(session, through=THROUGH, issue_date=THROUGH, as_of=NOW)
        with pytest.raises(DomainError, match="not through"):
            issue_interest(session, through=LATER, issue_date=LATER, as_of=NOW)
        first = notes(session)
        # 30 days of April at 9.25 %; the plan without interest stops after ten days, the other one goes on
        # at 3.65 %.
        assert waived == Decimal("7.60")
        assert first == {
            (made["plain"].id, "interest_note"): [Decimal("7.60")],
            (made["eur40"].id, "interest_note"): [Decimal("57.53")],
            (made["eur70"].id, "interest_note"): [Decimal("57.53")],
            (made["eur100"].id, "interest_note"): [Decimal("575.34")],
        }  # no rate of the euro for February: recovery costs wait; small sums and plans are below five zloty
        store_eur_rate(session, day=date(2026, 2, 27), rate=Decimal("4.2000"), source="test", as_of=NOW)
        # Posted late for the day before the due date: nothing of this bill was ever late.
        late = Transfer(Decimal("1000.00"), date(2026, 3, 30))
        load_transfers(session, [(made["plain"], late)])
        allocate(session, as_of=NOW, customer_ids=[made["plain"].id])

    night = run_interest(database=database, through=LATER, issue_date=LATER, as_of=NOW)
    again = run_interest(database=database, through=LATER, issue_date=LATER, as_of=NOW)

    with db.open_session("app", actor="test", database=database) as session:
        second = notes(session)
        beside = session.execute(
            text("""select d.number, n.due_date from operational.interest_notes n
                    join operational.documents d on d.id = n.bill_id""")
        ).all()
        sums = dict(
            session.execute(
                text("""select customer_id, sum(amount) from proposals.prop_interest_notes
                        where customer_id = any(:ids) group by 1"""),
                {"ids": [made["plan"].id, made["contract"].id]},
            ).all()
        )
    assert (again.notes, again.compensations, again.issued) == (0, 0, True)
    assert night.compensations == 3
    assert second[made["plain"].id, "interest_note"] == [Decimal("7.60"), Decimal("-7.60")]
    assert second[made["waived"].id, "interest_note"] == [Decimal("7.86")]  # May only
    assert second[made["next_bill"].id, "interest_note"] == [Decimal("15.46")]
    assert [tuple(row) for row in beside] == [(made["next_bill"].bills[1].number, date(2026, 6, 3))]
    assert {name: second[made[name].id, "compensation_note"] for name in ("eur40", "eur70", "eur100")} == {
        "eur40": [Decimal("168.00")],
        "eur70": [Decimal("294.00")],
        "eur100": [Decimal("420.00")],
    }
    assert (made["none"].id, "interest_note") not in second
    assert (made["small"].id, "interest_note") not in second
    assert sums == {made["plan"].id: Decimal("2.53"), made["contract"].id: Decimal("2.53") + Decimal("5.10")}
