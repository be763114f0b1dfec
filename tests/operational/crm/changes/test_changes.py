"""Amendments, assignments, terminations, renewals and indexations as dated facts; money of debit notes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app import invariants
from operational.crm.changes import amending, assigning, indexing, papers, renewing, rules, terminating
from operational.crm.changes.versions import ChangeError
from operational.finance import notes
from operational.kernel import db
from operational.kernel.errors import DomainError
from tests.factories import supply
from tests.factories.finance import issue

TODAY = date(2026, 3, 20)
NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
JUNE = date(2026, 6, 1)


def _one(session: Session, sql: str, **given: Any) -> Any:
    return session.execute(text(sql), given).one()


def _terms(session: Session, contract: int) -> list[tuple[Any, ...]]:
    found = session.execute(
        text(
            "select valid_from, valid_to, price_list_id, payment_term_days from operational.contract_terms "
            "where contract_id = :id and superseded_at is null order by valid_from"
        ),
        {"id": contract},
    )
    return [tuple(row) for row in found]


@pytest.fixture
def home(session: Session) -> supply.Customer:
    """Return a household with one point under contract since 2024-06-01."""
    customer = supply.make_customer(session, 1)
    supply.add_point(session, customer, ordinal=1)
    return customer


@pytest.fixture
def dear(session: Session, home: supply.Customer) -> int:
    """Return a second price list of the household's product, one grosz dearer."""
    made: int = session.execute(
        text(
            "with l as (insert into operational.price_lists (code, name, product_id) "
            "select 'DEAR', 'Droższy', product_id from operational.price_lists order by id limit 1 "
            "returning id) "
            "insert into operational.price_list_items (price_list_id, charge_code, unit, price, valid_from) "
            "select id, 'energy_active', 'kwh', 0.515, '2024-01-01' from l returning price_list_id"
        )
    ).scalar_one()
    return made


def _contract(home: supply.Customer) -> int:
    return home.contracts["electricity"]


def _amend(session: Session, home: supply.Customer, asked: rules.Asked, on: date = JUNE) -> str:
    return amending.draft_amendment(
        session, contract_id=_contract(home), effective_on=on, asked=asked, reason="", today=TODAY, as_of=NOW
    )


def _version(session: Session, table: str, public_id: str) -> int:
    return int(
        session.execute(
            text(f"select row_version from operational.{table} where public_id = cast(:id as uuid)"),
            {"id": public_id},
        ).scalar_one()
    )


def _fix_term(session: Session, contract: int, ends_on: date, **more: Any) -> None:
    supply.insert(
        session, "operational.contract_conditions", contract_id=contract, period_months=24, ends_on=ends_on,
        valid_from=date(2024, 6, 1), **more,
    )  # fmt: skip


# ------------------------------------------------------------------------------------------------ amendments


def test_a_signed_amendment_writes_new_versions_and_never_overwrites(
    session: Session, home: supply.Customer, dear: int
) -> None:
    point = home.points[0].id
    asked = rules.Asked(
        terms={"price_list_id": dear, "payment_term_days": 21},
        conditions={"invoice_channel": "letter"},
        points={point: {"contracted_power_kw": "16"}},
        adds=(rules.NewComponent("discount_month", "lojalny", "Rabat", Decimal(5)),),
    )
    made = _amend(session, home, asked)
    before = _terms(session, _contract(home))
    assert len(before) == 1

    paper = papers.amendment_paper(session, public_id=made, row_version=1, as_of=TODAY)
    assert paper.pdf.startswith(b"%PDF")
    amending.sign_amendment(
        session, public_id=made, row_version=2, signed_on=TODAY, channel="distance", as_of=NOW
    )
    first, second = _terms(session, _contract(home))
    assert first == (before[0][0], JUNE, before[0][2], 14)
    assert second == (JUNE, None, dear, 21)
    closed = _one(
        session,
        "select count(*) as n from operational.contract_terms where contract_id = :id and "
        "superseded_at = :at",
        id=_contract(home), at=NOW,
    )  # fmt: skip
    assert closed.n == 1
    power = session.execute(
        text(
            "select valid_from, contracted_power_kw from operational.supply_point_terms where "
            "supply_point_id = :id and superseded_at is null order by 1"
        ),
        {"id": point},
    ).all()
    assert [(row[0], row[1]) for row in power] == [
        (date(2024, 6, 1), Decimal("12.5")), (JUNE, Decimal(16)),
    ]  # fmt: skip
    assert _one(session, "select invoice_channel as c from operational.customers").c == "letter"
    assert _one(session, "select valid_from as d from operational.contract_components").d == JUNE

    with pytest.raises(ChangeError) as twice:
        amending.sign_amendment(
            session, public_id=made, row_version=2, signed_on=TODAY, channel="distance", as_of=NOW
        )
    assert twice.value.code == "changed_meanwhile"


def test_an_amendment_tells_its_difference_and_refuses_what_cannot_be(
    session: Session, home: supply.Customer, dear: int
) -> None:
    shown = amending.preview(
        session, contract_id=_contract(home), effective_on=date(2026, 2, 1), today=TODAY,
        asked=rules.Asked(terms={"price_list_id": dear, "invoicing_rule": "per_contract"}),
    )  # fmt: skip
    assert shown.is_past
    assert [(one.field, one.before, one.after) for one in shown.differences] == [
        ("price_list", "PL1 Cennik Dom 2025", "DEAR Droższy"),
        ("invoicing_rule", "per_supply_point", "per_contract"),
    ]
    for asked, on, code in (
        (rules.Asked(), JUNE, "nothing_changes"),
        (rules.Asked(terms={"payment_term_days": 14}), JUNE, "nothing_changes"),
        (rules.Asked(terms={"payment_term_days": 99}), JUNE, "payment_term_wrong"),
        (rules.Asked(terms={"cycle_months": 2}), date(2026, 6, 2), "cycle_first_day"),
        (rules.Asked(terms={"price_list_id": 999}), JUNE, "price_list_unknown"),
        (rules.Asked(terms={"payment_term_days": 21}), date(2020, 1, 1), "effective_on_closed"),
        (rules.Asked(points={999: {"phases": 1}}), JUNE, "point_not_supplied"),
        (rules.Asked(conditions={"ends_on": "2026-05-31"}), JUNE, "ends_before_change"),
    ):
        with pytest.raises(ChangeError) as refused:
            _amend(session, home, asked, on)
        assert refused.value.code == code


def test_an_amendment_whose_contract_changed_meanwhile_is_not_signed(
    session: Session, home: supply.Customer, dear: int
) -> None:
    first = _amend(session, home, rules.Asked(terms={"price_list_id": dear}))
    second = _amend(session, home, rules.Asked(terms={"price_list_id": dear}), date(2026, 5, 1))
    amending.sign_amendment(
        session, public_id=second, row_version=1, signed_on=TODAY, channel="stationary", as_of=NOW
    )
    with pytest.raises(ChangeError) as refused:
        amending.sign_amendment(
            session, public_id=first, row_version=1, signed_on=TODAY, channel="stationary", as_of=NOW
        )
    assert refused.value.code == "amendment_outdated"


# ------------------------------------------------------------------------------------------------ assignment


def test_an_assignment_ends_one_supply_and_starts_the_other_with_the_same_reading(
    session: Session, home: supply.Customer
) -> None:
    taker = supply.make_customer(session, 2, name="Jan Kowal", search_name="jan kowal")
    day = date(2026, 3, 16)
    found = assigning.registers_on(session, contract_id=_contract(home), on=day)
    values = {row.id: row.last_value + 100 for row in found}
    made = assigning.draft_assignment(
        session, contract_id=_contract(home), to_customer_id=taker.id, assigned_on=day, readings=values,
        reason="sprzedaż domu", today=TODAY, as_of=NOW,
    )  # fmt: skip
    protocol, notice = papers.assignment_papers(session, public_id=made, as_of=TODAY)
    assert protocol.pdf != notice.pdf
    new = assigning.complete_assignment(session, public_id=made, row_version=2, signed_on=TODAY, as_of=NOW)
    supplies = session.execute(
        text(
            "select contract_id, valid_from, valid_to from operational.contract_supply_points "
            "where superseded_at is null order by valid_from"
        )
    ).all()
    assert [tuple(row) for row in supplies] == [
        (_contract(home), date(2024, 6, 1), day), (new, day, None),
    ]  # fmt: skip
    closing = _one(
        session,
        "select count(*) as n, min(reading_date) as day from operational.readings "
        "where reason = 'contract_end' and superseded_at is null",
    )
    assert (closing.n, closing.day) == (len(values), date(2026, 3, 15))
    assert (
        _one(session, "select customer_id as id from operational.contracts where id = :c", c=new).id
        == taker.id
    )
    assert _terms(session, new)[0][2:] == _terms(session, _contract(home))[0][2:]
    with pytest.raises(ChangeError) as again:
        assigning.complete_assignment(session, public_id=made, row_version=3, signed_on=TODAY, as_of=NOW)
    assert again.value.code == "assignment_closed"


def test_an_assignment_refuses_a_reading_below_the_last_and_a_day_without_supply(
    session: Session, home: supply.Customer
) -> None:
    taker = supply.make_customer(session, 2)
    register = next(iter(home.points[0].registers.values()))
    for changed, code in (
        ({"readings": {register: Decimal(1)}}, "reading_below_last"),
        ({"readings": {register: Decimal(10_000_000)}}, "reading_wrong"),
        ({"readings": {0: Decimal(1)}}, "register_unknown"),
        ({"to_customer_id": home.id}, "same_customer_assigned"),
        ({"assigned_on": date(2024, 6, 1)}, "assigned_on_outside"),
    ):
        given: dict[str, Any] = {
            "contract_id": _contract(home), "to_customer_id": taker.id, "assigned_on": date(2026, 3, 16),
            "readings": {}, "reason": "", "today": TODAY, "as_of": NOW,
        } | changed  # fmt: skip
        with pytest.raises(ChangeError) as refused:
            assigning.draft_assignment(session, **given)
        assert refused.value.code == code


def test_a_balance_moves_with_both_legs_and_the_ledger_stays_true(database: str) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        home = supply.make_customer(session, 1)
        supply.add_point(session, home, ordinal=1)
        taker = supply.make_customer(session, 2)
        payer = _payer(home)
        bills = [
            issue(session, payer, amount, on=date(2026, 1, 5), due=date(2026, 1, 19))
            for amount in ("100.00", "50.50")
        ]
        items = list(
            session.execute(
                text("select id from operational.open_items where document_id = any(:ids) order by id"),
                {"ids": bills},
            ).scalars()
        )
        moved = notes.move_balance(
            session, from_customer_id=home.id, to_customer_id=taker.id, item_ids=items, assignment_id=None,
            reason="zgoda stron", on=TODAY, as_of=NOW,
        )  # fmt: skip
        assert moved == Decimal("150.50")
        balances = session.execute(
            text(
                "select customer_id, sum(case when debit_account = 'receivable' then amount else 0 end - "
                "case when credit_account = 'receivable' then amount else 0 end) as balance from "
                "operational.ledger_transfers where customer_id is not null group by 1 order by 1"
            )
        ).all()
        assert [tuple(row) for row in balances] == [(home.id, Decimal("0.00")), (taker.id, moved)]
        with pytest.raises(notes.NoteError) as again:
            notes.move_balance(
                session, from_customer_id=home.id, to_customer_id=taker.id, item_ids=items,
                assignment_id=None, reason="jeszcze raz", on=TODAY, as_of=NOW,
            )  # fmt: skip
        assert again.value.code == "move_items"
        broken = {
            f"{done.check.code}: {violation.record} {violation.detail}"
            for done in invariants.check_all(session, as_of=NOW)
            for violation in done.examples
            if done.check.code in {"I28", "I29", "I32", "I48", "I52"}
        }
        assert broken == set()


def _payer(home: supply.Customer) -> Any:
    from tests.factories.finance import Payer

    return Payer(home.id, _contract(home), home.virtual_account)


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
    _fix_term(
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
    _fix_term(session, _contract(home), date(2026, 3, 19), continuation="indefinite")
    _fix_term(session, _contract(other), date(2026, 3, 19), continuation="end")
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
    _fix_term(session, _contract(home), date(2026, 5, 31))
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


# ------------------------------------------------------------------------------------------------ indexation

ORDER = indexing.Order(
    name="Podwyżka 2026", rule="percent", percent=Decimal(10), target_price_list_id=None,
    from_price_list_id=None, product_id=None, customer_kind="household", effective_on=JUNE, notice_days=30,
    includes_fixed=False, reason="koszty zakupu",
)  # fmt: skip


def test_an_indexation_takes_two_people_and_changes_every_contract_once(database: str) -> None:
    with db.open_session("app", actor="staff:bartek", database=database) as session:
        customers = [supply.make_customer(session, number) for number in (1, 2, 3)]
        for number, customer in enumerate(customers, start=1):
            supply.add_point(session, customer, ordinal=number)
        _fix_term(session, _contract(customers[2]), date(2027, 1, 31))
        made = indexing.prepare(session, order=ORDER, today=TODAY, as_of=NOW)
        head = _one(session, "select * from operational.indexations")
        # 3600 kWh x 0.0505 for each of the two.
        assert (head.contracts, head.skipped, head.yearly_effect) == (2, 1, Decimal("363.60"))
        reasons = session.execute(
            text("select skip_reason from operational.indexation_items order by contract_id")
        ).scalars()
        assert list(reasons) == ["", "", "fixed_term"]
        with pytest.raises(ChangeError) as own:
            indexing.apply(session, public_id=made, row_version=1, as_of=NOW)
        assert own.value.code == "four_eyes"
    with db.open_session("app", actor="staff:celina", database=database) as session:
        assert indexing.apply(session, public_id=made, row_version=1, as_of=NOW) == 2
        for customer in customers[:2]:
            old, new = _terms(session, _contract(customer))
            assert (old[1], new[0]) == (JUNE, JUNE)
            price = _one(
                session, "select price from operational.price_list_items where price_list_id = :id", id=new[2]
            ).price
            assert price == Decimal("0.5555")
        assert len(_terms(session, _contract(customers[2]))) == 1
        with pytest.raises(ChangeError) as twice:
            indexing.apply(session, public_id=made, row_version=2, as_of=NOW)
        assert twice.value.code == "indexation_decided"
        assert papers.send_price_notices(session, as_of=NOW, today=TODAY) == 2
        assert papers.send_price_notices(session, as_of=NOW, today=TODAY) == 0


def test_an_indexation_needs_its_notice_and_somebody_to_concern(
    session: Session, home: supply.Customer
) -> None:
    for changed, code in (
        ({"effective_on": date(2026, 4, 1)}, "notice_too_short"),
        ({"percent": Decimal(0)}, "percent_wrong"),
        ({"customer_kind": "public"}, "nobody_concerned"),
        ({"name": "x"}, "name_missing"),
        ({"rule": "price_list"}, "rule_unknown"),
    ):
        with pytest.raises(DomainError) as refused:
            indexing.prepare(session, order=replace(ORDER, **changed), today=TODAY, as_of=NOW)
        assert refused.value.code == code
