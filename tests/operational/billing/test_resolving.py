"""Findings of the validation hold bills; a person deals with many at once, and holds end by themselves."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from operational.billing import cycles, exceptions, resolving
from operational.kernel import db
from operational.metering import operations as metering
from tests.factories import billing_market
from tests.factories.billing_desk import AS_OF, Desk

Build = Callable[..., billing_market.Market]


def _fall(desk: Desk, points: int) -> None:
    """Lower the February reading of the first points below the one before, and validate."""
    desk.do(
        "update operational.readings set superseded_at = now() where supply_point_id <= :n and "
        "reading_date = '2026-02-28'",
        n=points,
    )  # fmt: skip
    desk.do(
        "insert into operational.readings (register_id, supply_point_id, reading_date, value, kind, version)"
        " select register_id, supply_point_id, reading_date, 1, kind, 2 from operational.readings"
        " where supply_point_id <= :n and reading_date = '2026-02-28'",
        n=points,
    )
    with db.open_session("app", actor="job:validate", database=desk.database) as session:
        metering.validate(session, as_of=AS_OF)


def _open(desk: Desk, rule: str = "V3") -> dict[str, int]:
    rows = desk.ask(
        "select public_id::text, row_version from operational.billing_exceptions where rule_code = :rule"
        " and resolved_at is null",
        rule=rule,
    )
    return {row[0]: row[1] for row in rows}


def test_a_finding_holds_the_scope_of_its_days_and_no_other(desk: Desk, build: Build) -> None:
    build(customers=3, months=2)
    _fall(desk, 1)
    result = desk.bill(months=2)
    held = desk.ask(
        "select s.supply_point_id, s.period_from from proposals.prop_document_scopes s where not exists"
        " (select from operational.billing_scopes b where b.scope_key = s.scope_key) order by 2"
    )
    assert result.invoices == 5
    assert held == [(1, date(2026, 2, 1))]
    [(stake,)] = desk.ask(
        "select e.amount_at_stake = s.net_amount from operational.billing_exceptions e"
        " join proposals.prop_document_scopes s on s.supply_point_id = 1 and s.period_from = '2026-02-01'"
        " where e.rule_code = 'V3' and e.resolved_at is null"
    )
    assert stake


def test_ten_findings_are_set_aside_in_one_step_with_a_reason(desk: Desk, build: Build) -> None:
    build(customers=12, months=2)
    _fall(desk, 10)
    chosen = _open(desk)
    assert len(chosen) == 10
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        plan = resolving.plan(session, public_ids=list(chosen), action="suggestion")
        assert (dict(plan.by_effect), plan.refused) == ({"estimate": 10}, 0)
        result = resolving.resolve_many(
            session, versions=chosen, action="suggestion", reason="Digits swapped", as_of=AS_OF
        )
    assert (result.closed, result.set_aside, result.left) == (10, 10, 0)
    assert _open(desk) == {}
    [(reasons, actors)] = desk.ask(
        "select array_agg(distinct resolution_reason), array_agg(distinct resolved_by)"
        " from operational.billing_exceptions where resolution = 'fixed'"
    )
    assert (reasons, actors) == (["Digits swapped"], ["staff:anna"])
    assert desk.ask(
        "select count(*) from operational.readings where value = 1 and superseded_at is null"
    ) == [(0,)]
    assert desk.bill(months=2).invoices == 24


def test_an_accepted_finding_does_not_come_back_and_a_dismissal_of_a_hold_is_refused(
    desk: Desk, build: Build
) -> None:
    build(customers=2, months=2)
    _fall(desk, 2)
    first, second = _open(desk).items()
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        result = resolving.resolve_many(
            session, versions=dict([first]), action="accept", reason="Seen on a photograph", as_of=AS_OF
        )
        assert result.closed == 1
        plan = resolving.plan(session, public_ids=[second[0]], action="dismiss")
        assert [row.obstacle for row in plan.rows] == ["must_accept"]
        metering.validate(session, as_of=AS_OF, is_full=True)
    assert _open(desk) == dict([second])


def test_a_bulk_action_needs_a_reason_and_the_rows_that_were_seen(desk: Desk, build: Build) -> None:
    build(customers=2, months=2)
    _fall(desk, 2)
    chosen = _open(desk)
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        with pytest.raises(resolving.ReasonMissing):
            resolving.resolve_many(session, versions=chosen, action="accept", reason="  ", as_of=AS_OF)
        stale = {key: version - 1 for key, version in chosen.items()}
        with pytest.raises(resolving.ChangedMeanwhile):
            resolving.resolve_many(session, versions=stale, action="accept", reason="x", as_of=AS_OF)
        with pytest.raises(resolving.UnknownAction):
            resolving.plan(session, public_ids=list(chosen), action="delete")
        with pytest.raises(resolving.NothingChosen):
            resolving.plan(session, public_ids=[], action="accept")
    assert _open(desk) == chosen


def test_a_hold_with_an_end_date_is_over_on_that_day(desk: Desk, build: Build) -> None:
    build(customers=2, months=1)
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        exceptions.hold_scope(
            session, customer_id=1, reason="Complaint about the meter",
            as_of=datetime(2026, 6, 1, tzinfo=UTC), hold_until=date(2026, 7, 1),
        )  # fmt: skip
        exceptions.hold_scope(
            session, customer_id=2, reason="Complaint", as_of=AS_OF, hold_until=date(2026, 7, 2)
        )
        with pytest.raises(exceptions.HoldInThePast):
            exceptions.hold_scope(
                session, customer_id=2, reason="x", as_of=AS_OF, hold_until=date(2026, 7, 1)
            )
        with pytest.raises(exceptions.HoldWithoutReason):
            exceptions.hold_scope(session, customer_id=2, reason=" ", as_of=AS_OF)
    assert desk.bill(months=1).invoices == 1
    assert desk.ask(
        "select customer_id, gross_amount > :zero from operational.documents", zero=Decimal(0)
    ) == [(1, True)]


def test_the_monitor_counts_every_scope_in_one_cycle_and_a_cycle_is_issued_alone(
    desk: Desk, build: Build
) -> None:
    build(customers=4, months=1)
    desk.do("update operational.billing_cycles set tariff_prefix = 'C1' where code = 'EL-BC'")
    run = desk.make(months=1)
    desk.approve(run.run_id)
    month = date(2026, 1, 1)
    with db.open_session("app", actor="test", database=desk.database) as session:
        before = {cycle.code: cycle for cycle in cycles.cycles_of_month(session, month=month)}
        only = cycles.customers_of_cycle(session, month=month, cycle_code="EL-G-1")
        nobody = cycles.customers_of_cycle(session, month=month, cycle_code="GAS")
    assert sum(cycle.due for cycle in before.values()) == 4
    steps = {step.code: (step.done, step.waits) for step in before["EL-G-1"].steps}
    assert steps["approve"] == (4, 0)
    assert steps["issue"] == (0, 4)
    assert (len(only), nobody) == (4, [])
    assert desk.issue(run.run_id, only=only[:1]).invoices == 1
    assert desk.ask("select status from operational.billing_runs") == [("issuing",)]
    assert desk.issue(run.run_id).invoices == 3


def test_steps_of_a_cycle_fall_due_on_working_days_after_the_month(desk: Desk) -> None:
    with db.open_session("app", actor="test", database=desk.database) as session:
        # 1 and 3 May 2026 are holidays (Friday, Sunday): working days after April are 4, 5, 6, 7 May.
        due = {
            day.day: {step for cycle, step in cycles.steps_due(session, day=day) if cycle == "EL-G-1"}
            for day in (date(2026, 5, 6), date(2026, 5, 7), date(2026, 5, 8))
        }
    assert due == {6: {"readings", "validate"}, 7: {"compute", "issue"}, 8: {"deliver"}}
