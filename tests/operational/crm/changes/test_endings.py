"""Terminations with their notice and penalty, ends of fixed terms and renewals as dated facts."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app import invariants
from operational.crm.changes import papers, renewing, rules, terminating
from operational.crm.changes.versions import ChangeError
from operational.finance import notes
from tests.factories import supply
from tests.operational.crm.changes.conftest import fix_term

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
JUNE = date(2026, 6, 1)


def _one(session: Session, sql: str, **given: Any) -> Any:
    return session.execute(text(sql), given).one()


def _contract(home: supply.Customer) -> int:
    return home.contracts["electricity"]


# ------------------------------------------------------------------------------------------------ termination


def test_the_notice_of_a_household_ends_with_the_month_after_the_notice(
    session: Session, home: supply.Customer
) -> None:
    found = terminating.judge(
        session, contract_id=_contract(home), notice_on=date(2026, 3, 3), given_by="customer", ends_on=None,
        today=TODAY,
    )  # fmt: skip
    assert (found.ends_on, found.is_early, found.penalty.amount) == (date(2026, 4, 30), False, Decimal(0))
    with pytest.raises(ChangeError) as refused:
        terminating.judge(
            session, contract_id=_contract(home), notice_on=date(2026, 3, 3), given_by="customer",
            ends_on=date(2026, 4, 29), today=TODAY,
        )  # fmt: skip
    assert refused.value.code == "end_too_early"


@pytest.mark.parametrize(
    ("formula", "amount", "most", "loss", "expected"),
    [
        ("per_month_left", "50", None, None, "550.00"),  # 11 months
        ("per_month_left", "50", "300", None, "300.00"),
        ("per_mwh_left", "100", None, "0.08", "264.00"),  # 3300 kWh x 0.08: the limit of law
        ("percent_of_energy_left", "0.2", None, None, "333.30"),
        ("fixed", "199.995", None, None, "200.00"),
        ("none", "0", None, "0.08", "0.00"),
    ],
)
def test_the_penalty_follows_the_formula_within_its_limits(
    formula: str, amount: str, most: str | None, loss: str | None, expected: str
) -> None:
    rule = rules.PenaltyRule(1, formula, Decimal(amount), Decimal(most) if most else None, 0)
    left = rules.Left(11, Decimal(3300), Decimal("1666.50"))
    found = rules.penalty(rule, left, loss_pln_per_kwh=Decimal(loss) if loss else None)
    assert found.amount == Decimal(expected)
    assert rules.penalty(replace(rule, free_months=11), left, loss_pln_per_kwh=None).amount == 0


def _early(session: Session, home: supply.Customer) -> str:
    version: int = session.execute(
        text(
            "insert into operational.product_versions (product_id, number, valid_from, price_list_id) "
            "select l.product_id, 9, '2024-01-01', l.id from operational.price_lists l order by id limit 1 "
            "returning id"
        )
    ).scalar_one()
    rule = supply.insert(
        session, "operational.early_termination_rules", product_version_id=version, formula="per_month_left",
        amount=Decimal(30),
    )  # fmt: skip
    fix_term(
        session,
        _contract(home),
        date(2027, 3, 31),
        product_version_id=version,
        early_termination_rule_id=rule,
    )
    return terminating.draft_termination(
        session, contract_id=_contract(home), notice_on=date(2026, 1, 15), given_by="customer", ends_on=None,
        reason="przeprowadzka", today=TODAY, as_of=NOW,
    )  # fmt: skip


def test_an_early_end_is_charged_corrected_and_cancelled_by_notes_in_a_row(
    session: Session, home: supply.Customer
) -> None:
    made = _early(session, home)
    head = _one(session, "select * from operational.terminations")
    # 13 months x 30 PLN, but not above the loss on the kWh left: 3600 kWh x 394 / 365 x 0.08.
    assert (head.ends_on, head.is_early) == (date(2026, 2, 28), True)
    assert head.calculation["by_formula"] == "420.00" or head.calculation["by_formula"] == "390.00"
    assert head.penalty_amount == Decimal(head.calculation["by_law"])
    with pytest.raises(notes.NoteError) as early:
        notes.issue_debit_note(
            session, termination_id=head.id, amount=head.penalty_amount, reason="", issue_date=TODAY,
            as_of=NOW,
        )  # fmt: skip
    assert early.value.code == "termination_not_confirmed"
    papers.termination_paper(session, public_id=made, as_of=TODAY)
    terminating.confirm_termination(session, public_id=made, row_version=1, as_of=NOW)
    assert notes.due_debit_notes(session, on=TODAY) == [(head.id, head.penalty_amount)]
    issued = [
        notes.issue_debit_note(
            session, termination_id=head.id, amount=amount, reason="ustalenie", issue_date=TODAY, as_of=NOW
        )
        for amount in (head.penalty_amount, Decimal("100.00"), Decimal("0.00"))
    ]
    assert [one.number for one in issued] == [f"NB/2026/03/00000{n}" for n in (1, 2, 3)]
    assert sum(one.amount for one in issued) == 0
    assert notes.due_debit_notes(session, on=TODAY) == []
    with pytest.raises(notes.NoteError) as same:
        notes.issue_debit_note(
            session, termination_id=head.id, amount=Decimal(0), reason="znowu", issue_date=TODAY, as_of=NOW
        )
    assert same.value.code == "debit_note_same"
    open_left = session.execute(
        text(
            "select sum(i.amount) - sum(coalesce((select sum(case when a.debt_item_id = i.id then a.amount "
            "else -a.amount end) from operational.allocations a where i.id in (a.debt_item_id, "
            "a.credit_item_id)), 0)) from operational.open_items i where i.note_id is not null"
        )
    ).scalar_one()
    assert open_left == 0
    violations = [
        (done.check.code, violation.record)
        for done in invariants.check_all(session, as_of=NOW)
        for violation in done.examples
        if done.check.code in {"I28", "I29", "I32", "I48", "I52"}
    ]
    assert violations == []


# ------------------------------------------------------------------------------------------------ renewals


def test_the_night_continues_by_rule_once_and_tells_the_customer(
    session: Session, home: supply.Customer
) -> None:
    other = supply.make_customer(session, 2)
    supply.add_point(session, other, ordinal=2)
    fix_term(session, _contract(home), date(2026, 3, 19), continuation="indefinite")
    fix_term(session, _contract(other), date(2026, 3, 19), continuation="end")
    assert [row.number for row in renewing.ending(session, month=date(2026, 3, 1))] == [
        "U/2025/00001", "U/2025/00002",
    ]  # fmt: skip
    assert renewing.months(session, first_month=date(2026, 3, 1), count=2) == [
        (date(2026, 3, 1), 2, 2), (date(2026, 4, 1), 0, 0),
    ]  # fmt: skip
    done = renewing.continue_due(session, today=TODAY, as_of=NOW)
    assert (done.indefinite, done.prolonged, done.ended) == (1, 0, 1)
    assert renewing.continue_due(session, today=TODAY, as_of=NOW) == renewing.Continued()
    assert renewing.term_of(session, contract_id=_contract(home), on=TODAY).ends_on is None
    ended = _one(
        session,
        "select valid_to from operational.contract_supply_points where contract_id = :id and "
        "superseded_at is null",
        id=_contract(other),
    )
    assert ended.valid_to == TODAY
    assert _one(session, "select count(*) as n from operational.messages where key like 'renewal:%'").n == 2


def test_a_clerk_decides_before_the_night_and_nobody_decides_twice(
    session: Session, home: supply.Customer
) -> None:
    fix_term(session, _contract(home), date(2026, 5, 31))
    renewing.note_offer(
        session, contract_ids=[_contract(home)], offer_id=None, note="", today=TODAY, as_of=NOW
    )
    [row] = renewing.ending(session, month=date(2026, 5, 1))
    assert row.action == "offer_sent"
    terms = {_contract(home): date(2026, 5, 31)}
    renewing.decide(session, terms=terms, action="prolong", today=TODAY, as_of=NOW)
    assert renewing.term_of(session, contract_id=_contract(home), on=JUNE).ends_on == date(2028, 5, 31)
    with pytest.raises(ChangeError) as twice:
        renewing.decide(session, terms=terms, action="end", today=TODAY, as_of=NOW)
    assert twice.value.code == "renewal_decided"
