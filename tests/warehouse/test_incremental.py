"""The incremental path, computations as known in the past, and computations that need not be made."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from operational.kernel import db
from orchestration import warehouse
from orchestration.cases.loading import Place
from tests.warehouse.conftest import BILLED_THROUGH, fingerprint, moment, write_steps

pytestmark = [pytest.mark.warehouse, pytest.mark.slow]


def _build(
    database: str, known_at: object, billed_through: date = BILLED_THROUGH, *, full: bool = False
) -> None:
    warehouse.build(
        database=database,
        select=warehouse.PROPOSALS,
        exclude=warehouse.NIGHTLY,
        variables={"known_at": str(known_at), "billed_through": str(billed_through), "full": full},
    )


def _count(database: str, sql: str) -> int:
    with db.engine("dbt", database).connect() as connection:
        return int(connection.execute(text(sql)).scalar_one())


def test_month_by_month_and_back_gives_the_same_proposals_as_computing_everything_anew(
    database: str, places: list[Place]
) -> None:
    write_steps(database, places, 0)
    _build(database, moment(0), date(2026, 2, 28))
    early = fingerprint(database)
    _build(database, moment(0))
    assert fingerprint(database) != early
    _build(database, moment(0), date(2026, 2, 28))  # an earlier day takes the later scopes away
    assert fingerprint(database) == early

    write_steps(database, places, 1)
    _build(database, moment(1))
    incremental = fingerprint(database)
    assert _count(database, "select count(*) from proposals.prop_document_lines") > 100
    _build(database, moment(1), full=True)
    assert fingerprint(database) == incremental
    _every_due_cycle_is_a_scope_and_only_billable_ones_have_lines(database, places)


def _every_due_cycle_is_a_scope_and_only_billable_ones_have_lines(database: str, places: list[Place]) -> None:
    due = _count(database, "select count(*) from intermediate.int_billing_scopes_due")
    assert _count(database, "select count(*) from proposals.prop_document_scopes") == due > len(places)
    assert _count(
        database,
        "select count(*) from proposals.prop_document_scopes s where not is_billable"
        " and (fingerprint is not null or not exists (select from proposals.prop_billing_exceptions e"
        " where e.scope_key = s.scope_key and e.severity = 'blocking'))",
    ) == 0  # fmt: skip
    assert _count(
        database,
        "select count(*) from proposals.prop_document_lines"
        " join proposals.prop_document_scopes using (scope_key) where not is_billable",
    ) == 0  # fmt: skip


def test_a_month_computed_as_known_earlier_equals_what_was_computed_then_and_leaves_the_live_one_alone(
    database: str, places: list[Place]
) -> None:
    write_steps(database, places, 0)
    _build(database, moment(0))
    then = fingerprint(database)
    write_steps(database, places, 1)
    _build(database, moment(1))
    live = fingerprint(database)
    assert live != then

    found = warehouse.compute_proposals(
        database=database, billed_through=BILLED_THROUGH, known_at=moment(0) + timedelta(hours=1)
    )
    assert found.schema == "asof_proposals"
    assert fingerprint(database, "asof_proposals") == then
    with db.open_session("app", actor="test", database=database) as session:
        assert session.execute(text("select count(*) from asof_proposals.prop_document_lines")).scalar_one()
    assert fingerprint(database) == live


def test_a_computation_is_skipped_until_a_fact_changes_or_it_was_cut_off(
    database: str, places: list[Place]
) -> None:
    write_steps(database, places, 0)
    first = warehouse.compute_proposals(database=database, billed_through=BILLED_THROUGH)
    again = warehouse.compute_proposals(database=database, billed_through=BILLED_THROUGH)
    assert (first.skipped, again.skipped, again.id) == (False, True, first.id)
    recorded = _count(database, "select count(*) from operational.billing_computations")
    assert recorded == 1

    write_steps(database, places, 1)
    changed = warehouse.compute_proposals(database=database, billed_through=BILLED_THROUGH)
    assert not changed.skipped
    assert changed.id != first.id
    worked_on = _count(database, "select count(*) from intermediate.int_billing_work_selected")
    assert 0 < worked_on < len(places)
    standing = f"select count(*) from proposals.prop_computation where computation_id = '{changed.id}'"
    assert _count(database, standing) == 1

    whole = fingerprint(database)
    with db.engine("dbt", database).begin() as connection:
        connection.execute(text("delete from proposals.prop_document_lines where charge_code = 'quality'"))
        connection.execute(text("update proposals.prop_computation set computation_id = 'unfinished:x'"))
    mended = warehouse.compute_proposals(database=database, billed_through=BILLED_THROUGH)
    assert not mended.skipped
    assert fingerprint(database) == whole
