"""Amendments, assignments and indexations as dated facts, and the money that moves with them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app import invariants
from operational.crm.changes import amending, assigning, indexing, papers, rules
from operational.crm.changes.versions import ChangeError
from operational.finance import notes
from operational.kernel import db
from operational.kernel.errors import DomainError
from tests.factories import supply
from tests.factories.finance import issue
from tests.operational.crm.changes.conftest import fix_term, payer_of

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
        payer = payer_of(home)
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
        fix_term(session, _contract(customers[2]), date(2027, 1, 31))
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
