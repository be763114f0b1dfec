"""Runs: figures before the approval, safety bounds, and who may do what when."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from operational import warehouse
from operational.billing import issuing, operations, queries
from operational.kernel import db
from tests.factories.billing_desk import AS_OF, Desk
from tests.factories.billing_market import FIRST_MONTH, Market

Build = Callable[..., Market]


def test_summary_says_exactly_what_is_then_issued(desk: Desk, build: Build) -> None:
    market = build(customers=6, points=2, months=2, rule="per_customer")
    market.publish(months=1)
    desk.bill(months=1)
    market.publish(months=2, computation="computation-2")
    market.change(
        "update proposals.prop_document_lines set quantity = 90, energy_kwh = 90, is_estimated = true, "
        "net_amount = round(90 * price, 2)"
        " where scope_key like '1:1:2026-01%' and charge_code = 'energy_active'",
        "update proposals.prop_document_lines set quantity = 99000, net_amount = round(99000 * price, 2), "
        "energy_kwh = 99000"
        " where scope_key like '2:2:2026-02%' and charge_code = 'energy_active'",
    )
    run = desk.make(months=2, computation="computation-2")
    figures = run.summary
    desk.approve(run.run_id)
    result = desk.issue(run.run_id)
    assert (
        (figures.invoices, figures.corrections, figures.parked)
        == (result.invoices, result.corrections, result.parked)
        == (6, 1, 1)
    )
    [issued] = desk.ask(
        """select sum(net_amount) net, sum(vat_amount) vat, sum(gross_amount) gross, sum(energy_kwh) kwh
                             from operational.documents where run_id = :run""",
        run=run.run_id,
    )
    assert (figures.net_amount, figures.vat_amount, figures.gross_amount, figures.energy_kwh) == tuple(issued)
    assert (figures.scopes_due, figures.unchanged, figures.to_invoice, figures.to_correct) == (24, 11, 11, 1)
    assert figures.estimated_share > 0


def test_dry_run_shows_the_same_figures_and_writes_nothing(desk: Desk, build: Build) -> None:
    build(customers=4)
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        dry = queries.preview(session, billing_month=FIRST_MONTH, issue_date=FIRST_MONTH)
    assert desk.ask("select count(*) from operational.billing_runs") == [(0,)]
    assert desk.make(months=1).summary == dry
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        assert queries.runs(session)[0].summary == dry


def test_run_far_from_last_month_needs_a_reason(desk: Desk, build: Build) -> None:
    market = build(customers=3, months=2)
    market.publish(months=1)
    desk.bill(months=1)
    market.publish(months=2)
    market.change(
        "update proposals.prop_document_lines set net_amount = net_amount * 2 where period_from = "
        "'2026-02-01'"
    )
    run = desk.make(months=2)
    [bound] = [bound for bound in run.summary.bounds if not bound.is_kept]
    assert (bound.code, bound.value) == ("run_total_change", Decimal("1.0000"))
    with pytest.raises(operations.ReasonNeeded, match="PLN in the month before"):
        desk.approve(run.run_id, reason=" ")
    desk.approve(run.run_id, reason="New tariff since February")
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        assert queries.run(session, run_id=run.run_id).override_reason == "New tariff since February"


def test_run_with_fewer_scopes_than_the_contracts_promise_needs_a_reason(desk: Desk, build: Build) -> None:
    market = build(customers=5)
    market.change("delete from proposals.prop_document_lines where scope_key like '1:%'",
                  "delete from proposals.prop_document_scopes where scope_key like '1:%'")  # fmt: skip
    run = desk.make(months=1)
    assert [(bound.code, bound.value) for bound in run.summary.bounds if not bound.is_kept] == [
        ("run_count_change", Decimal("-0.2000"))]  # fmt: skip


def test_run_that_leaves_out_too_much_needs_a_reason(desk: Desk, build: Build) -> None:
    market = build(customers=5)
    market.change("update proposals.prop_document_lines set quantity = 9e6, energy_kwh = 9e6, net_amount = "
                  "round(9e6 * price, 2)"
                  " where scope_key like '1:%' and charge_code = 'energy_active'")  # fmt: skip
    run = desk.make(months=1)
    assert "run_parked_share" in [bound.code for bound in run.summary.bounds if not bound.is_kept]


def test_run_is_issued_only_after_approval_and_rejected_only_before_issue(desk: Desk, build: Build) -> None:
    build(customers=1)
    run = desk.make(months=1)
    with pytest.raises(operations.WrongRunStatus, match="is computed"):
        desk.issue(run.run_id)
    desk.approve(run.run_id)
    with pytest.raises(operations.WrongRunStatus, match="is approved"):
        desk.approve(run.run_id)
    desk.issue(run.run_id)
    with (
        db.open_session("app", actor="staff:anna", database=desk.database) as session,
        pytest.raises(operations.WrongRunStatus, match="is issued"),
    ):
        operations.reject_run(session, run_id=run.run_id, as_of=AS_OF)


def test_new_run_of_a_month_rejects_the_one_that_nobody_approved(desk: Desk, build: Build) -> None:
    build(customers=1)
    first, second = desk.make(months=1), desk.make(months=1)
    rows = desk.ask("select id, status from operational.billing_runs order by id")
    assert [tuple(row) for row in rows] == [(first.run_id, "rejected"), (second.run_id, "computed")]


def test_run_is_refused_for_another_month_or_another_computation(desk: Desk, build: Build) -> None:
    build(customers=1, months=2)
    with pytest.raises(operations.WrongMonth, match="reach to 2026-02-28"):
        desk.make(months=1)
    with pytest.raises(issuing.ProposalsChanged):
        desk.make(months=2, computation="another")


def test_nothing_is_issued_while_the_proposals_are_being_computed(desk: Desk, build: Build) -> None:
    build(customers=1)
    run = desk.make(months=1)
    desk.approve(run.run_id)
    with db.engine("dbt", desk.database).connect() as computing:
        computing.exec_driver_sql(f"select pg_advisory_lock({warehouse.PUBLISHING_LOCK})")
        with pytest.raises(warehouse.ProposalsBusy):
            desk.issue(run.run_id)
        computing.exec_driver_sql(f"select pg_advisory_unlock({warehouse.PUBLISHING_LOCK})")
    assert desk.issue(run.run_id).invoices == 1


def test_credit_of_a_correction_is_used_for_its_invoice_after_the_issue(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    desk.bill(months=1)
    market.change(
        "update proposals.prop_document_lines set net_amount = net_amount - 1 where charge_code = 'quality'",
        computation="c2",
    )
    desk.bill(months=1, computation="c2")
    [row] = desk.ask("select sum(amount) as used from operational.allocations")
    assert row.used == Decimal("1.23")
