"""Guards park a scope with its figures and let the run go on; a person or better data sets it free."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from operational.billing import exceptions, operations
from operational.kernel import db
from tests.factories.billing_desk import AS_OF, Desk
from tests.factories.billing_market import Market

Build = Callable[..., Market]
_SET_ENERGY = """update proposals.prop_document_lines set quantity = {kwh}, energy_kwh = case when
              charge_code = 'energy_active'
                 then {kwh} else 0 end, net_amount = round({kwh} * price, 2) where unit = 'kwh' and scope_key
                 like '{scope}%'"""


def _open(desk: Desk) -> list[tuple[str, str]]:
    return [
        (row.scope_key, row.code)
        for row in desk.ask(
            "select scope_key, code from operational.billing_exceptions where resolved_at is null order by "
            "1, 2"
        )
    ]


@pytest.mark.parametrize(
    ("kwh", "limits", "code", "figures"),
    [
        (
            "30000",
            {"power_kw_without_contract": "9999", "gross_cap_household": "5000"},
            "gross_above_cap",
            "cap of 5000 PLN",
        ),
        ("9000", {}, "energy_above_power", "290.3 kWh a day is more than 12.000 kW"),
        ("-500", {}, "negative_energy", "-500"),
        ("-500", {}, "negative_invoice", "would be negative: -"),
    ],
)
def test_scope_outside_its_limits_is_parked_and_the_others_are_billed(
    desk: Desk, build: Build, *, kwh: str, limits: dict[str, str], code: str, figures: str
) -> None:
    market = build(customers=3)
    for name, value in limits.items():
        desk.do(
            "update operational.billing_limits set value = :value where code = :name",
            name=name,
            value=Decimal(value),
        )
    market.change(_SET_ENERGY.format(kwh=kwh, scope="2:"))
    result = desk.bill(months=1)
    assert (result.invoices, result.parked, result.left) == (2, 1, 0)
    [found] = desk.ask(
        "select message, cure, amount_at_stake from operational.billing_exceptions where code = :code and "
        "scope_key like '2:%'", code=code)  # fmt: skip
    assert figures in found.message
    assert found.cure
    assert found.amount_at_stake
    numbers = desk.ask("select sequence from operational.documents order by 1")
    assert [row.sequence for row in numbers] == [1, 2]


def test_amount_far_above_the_last_year_is_parked(desk: Desk, build: Build) -> None:
    market = build(customers=2, months=2)
    market.publish(months=1)
    desk.bill(months=1)
    market.publish(months=2)
    market.change(_SET_ENERGY.format(kwh="4000", scope="1:1:2026-02"))
    result = desk.bill(months=2)
    assert (result.invoices, result.parked) == (1, 1)
    assert _open(desk) == [("1:1:2026-02-01", "outlier")]


def test_released_scope_is_billed_when_the_run_is_issued_again(desk: Desk, build: Build) -> None:
    market = build(customers=2)
    market.change(_SET_ENERGY.format(kwh="9000", scope="2:"))
    run = desk.make(months=1)
    desk.approve(run.run_id)
    assert desk.issue(run.run_id).parked == 1
    assert desk.issue(run.run_id).documents == 0
    with db.open_session("app", actor="staff:bartek", database=desk.database) as session:
        [row] = desk.ask("select id from operational.billing_exceptions")
        operations.release_exception(session, exception_id=row.id, as_of=AS_OF)
    result = desk.issue(run.run_id)
    assert (result.invoices, result.parked) == (1, 0)
    assert desk.ask("select resolved_by from operational.billing_exceptions") == [("staff:bartek",)]


def test_release_counts_for_the_amount_that_the_person_saw(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    market.change(_SET_ENERGY.format(kwh="9000", scope="1:"))
    desk.bill(months=1)
    with db.open_session("app", actor="staff:bartek", database=desk.database) as session:
        [row] = desk.ask("select public_id from operational.billing_exceptions")
        operations.resolve_exception(
            session, exception_public_id=str(row.public_id), resolution="released", row_version=1, as_of=AS_OF
        )
    market.change(_SET_ENERGY.format(kwh="9500", scope="1:"), computation="computation-2")
    assert desk.bill(months=1, computation="computation-2").parked == 1


def test_parked_scope_is_set_free_when_its_cause_is_gone(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    market.change(_SET_ENERGY.format(kwh="9000", scope="1:"))
    desk.bill(months=1)
    market.change(_SET_ENERGY.format(kwh="100", scope="1:"), computation="computation-2")
    assert desk.bill(months=1, computation="computation-2").invoices == 1
    assert desk.ask("select resolution from operational.billing_exceptions") == [("fixed",)]


def test_day_of_a_point_is_never_billed_twice(desk: Desk, build: Build) -> None:
    market = build(customers=2)
    desk.bill(months=1)
    market.change(
        "insert into proposals.prop_document_scopes select '2:1:2026-01-15', 2, 1, 2, '2026-01-15', "
        "'2026-01-15', '2026-02-15', 'sp:x', 14, 0, 0, 0, false, true, ''",
        "insert into proposals.prop_document_lines select '2:1:2026-01-15', line_key, supply_point_id, "
        "charge_code, section, zone_code,"
        " period_from, period_to, unit, quantity, price, net_amount, vat_rate, energy_kwh, is_estimated, "
        "sort_order, calculation"
        " from proposals.prop_document_lines where scope_key like '1:%'",
        computation="computation-2",
    )
    result = desk.bill(months=1, computation="computation-2")
    assert (result.documents, result.parked) == (0, 1)
    [row] = desk.ask("select message from operational.billing_exceptions where code = 'double_billing'")
    assert "Day 2026-01-15" in row.message


def test_two_new_scopes_on_the_same_days_of_a_point_are_both_parked(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    market.change(
        "insert into proposals.prop_document_scopes select '1:1:2026-01-15', 1, 1, 1, '2026-01-15', "
        "'2026-01-15', '2026-02-15', 'sp:x', 14, 0, 0, 0, false, true, ''",
        "insert into proposals.prop_document_lines select '1:1:2026-01-15', line_key, supply_point_id, "
        "charge_code, section, zone_code,"
        " period_from, period_to, unit, quantity, price, net_amount, vat_rate, energy_kwh, is_estimated, "
        "sort_order, calculation"
        " from proposals.prop_document_lines where scope_key like '1:%'",
    )
    assert desk.bill(months=1).documents == 0
    assert [code for _, code in _open(desk)] == ["double_billing", "double_billing"]


def test_contract_that_takes_over_days_is_billed_when_the_other_is_corrected(
    desk: Desk, build: Build
) -> None:
    market = build(customers=1)
    desk.bill(months=1)
    market.change(
        "insert into proposals.prop_document_scopes select '9:1:2026-01-01', 1, 1, 1, '2026-01-02', "
        "period_from, period_to, 'sp:y', 14, 0, 0, 0, false, true, ''"
        " from proposals.prop_document_scopes",
        "update proposals.prop_document_lines set scope_key = '9:1:2026-01-01'",
        "delete from proposals.prop_document_scopes where scope_key like '1:%'",
        computation="computation-2",
    )
    result = desk.bill(months=1, computation="computation-2")
    assert (result.invoices, result.corrections, result.parked) == (1, 1, 0)


@pytest.mark.parametrize(
    "subject", [{"scope_key": "2:2:2026-01-01"}, {"supply_point_id": 2}, {"customer_id": 2}]
)
def test_hold_keeps_a_scope_from_being_billed_until_it_is_released(
    desk: Desk, build: Build, subject: dict[str, object]
) -> None:
    build(customers=3)
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        hold = operations.hold_scope(session, reason="Complaint about the meter", as_of=AS_OF, **subject)  # type: ignore[arg-type]
    run = desk.make(months=1)
    desk.approve(run.run_id)
    result = desk.issue(run.run_id)
    assert (result.invoices, result.left) == (2, 0)
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        operations.release_exception(session, exception_id=hold, as_of=AS_OF)
    assert desk.issue(run.run_id).invoices == 1


def test_what_the_warehouse_cannot_compute_is_neither_billed_nor_released(desk: Desk, build: Build) -> None:
    market = build(customers=2)
    market.change(
        "update proposals.prop_document_scopes set is_billable = false, fingerprint = null where scope_key "
        "like '1:%'",
        "delete from proposals.prop_document_lines where scope_key like '1:%'",
        "insert into proposals.prop_billing_exceptions select scope_key, 1, 1, 'missing_price', 'blocking',"
        " 'No price on 2026-01-01.', 'Add it to the price list.' from proposals.prop_document_scopes where "
        "scope_key like '1:%'",
    )
    run = desk.make(months=1)
    assert run.summary.not_billable_by_code == {"missing_price": 1}
    desk.approve(run.run_id)
    assert desk.issue(run.run_id).invoices == 1
    [row] = desk.ask("select id from operational.billing_exceptions where resolved_at is null")
    with (
        db.open_session("app", actor="staff:anna", database=desk.database) as session,
        pytest.raises(exceptions.CannotRelease, match="Add it to the price list"),
    ):
        operations.release_exception(session, exception_id=row.id, as_of=AS_OF)
    market.publish(computation="computation-2")
    assert desk.bill(months=1, computation="computation-2", issue_date=date(2026, 2, 8)).invoices == 1
    assert desk.ask("select resolution from operational.billing_exceptions") == [("fixed",)]
