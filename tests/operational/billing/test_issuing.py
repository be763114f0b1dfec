"""The issue step: invoices, corrections, numbers, VAT, ledger, and that nothing happens twice."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from operational.billing import issuing
from tests.factories.billing_desk import Desk
from tests.factories.billing_market import Market

Build = Callable[..., Market]


def test_new_scopes_become_invoices_with_gapless_numbers_lines_vat_and_ledger(
    desk: Desk, build: Build
) -> None:
    build(customers=7)
    result = desk.bill(months=1)
    assert (result.invoices, result.corrections, result.parked, result.left) == (7, 0, 0, 0)
    numbers = [row.number for row in desk.ask("select number from operational.documents order by sequence")]
    assert numbers == [f"FV/2026/02/{n:06d}" for n in range(1, 8)]
    [row] = desk.ask("""
        select count(*) filter (where d.net_amount <> l.net) + count(*) filter (where d.vat_amount <>
          round(l.net * 0.23, 2)) as wrong,
               min(l.n) as lines, sum(d.gross_amount) as gross
          from operational.documents d
          join (select document_id, sum(net_after - net_before) net, count(*) n from
            operational.document_lines group by 1) l
            on l.document_id = d.id""")
    assert (row.wrong, row.lines) == (0, 9)
    ledger = desk.ask("""select debit_account, credit_account, code, sum(amount) amount from
                        operational.ledger_transfers
                          group by 1, 2, 3 order by 3""")
    assert [(x.debit_account, x.credit_account, x.code) for x in ledger] == [
        ("receivable", "sales", "net"), ("receivable", "vat_output", "vat")]  # fmt: skip
    assert sum(x.amount for x in ledger) == row.gross
    assert desk.ask("select sum(amount) from operational.open_items")[0][0] == row.gross
    assert desk.ask("select count(*) from operational.outbox where topic = 'document.issued'")[0][0] == 7
    assert desk.ask("select status from operational.billing_runs")[0][0] == "issued"


def test_stored_hash_covers_head_content_and_lines(desk: Desk, build: Build) -> None:
    build(customers=2)
    desk.bill(months=1)
    rows = desk.ask(
        "select content_hash = operational.stored_document_hash(id) as same, content from "
        "operational.documents"
    )
    assert all(row.same for row in rows)
    content = rows[0].content
    assert content["buyer"]["name"] == "Odbiorca 1"
    assert content["seller"]["nip"] == "9990000126"
    assert content["points"][0]["tariff_group"] == "G11"
    assert content["readings"][0] == {
        "meter": "L1", "zone": "all", "unit": "kwh", "from": "2025-12-31", "from_value": 1000.0,
        "from_kind": "actual_remote", "to": "2026-01-31", "to_value": 1101.0,
        "to_kind": "actual_remote"}  # fmt: skip
    assert Decimal(str(content["excise"]["amount"])) == Decimal("0.51")  # 101 kWh x 0.005


def test_second_issue_of_the_same_run_writes_nothing(desk: Desk, build: Build) -> None:
    build(customers=5)
    run = desk.make(months=1)
    desk.approve(run.run_id)
    desk.issue(run.run_id)
    tables = (
        "documents",
        "document_lines",
        "ledger_transfers",
        "open_items",
        "outbox",
        "billing_scopes",
        "allocations",
    )
    count = "select " + ", ".join(f"(select count(*) from operational.{table})" for table in tables)
    before = desk.ask(count)
    again = desk.issue(run.run_id)
    assert (again.documents, again.parked, again.batches) == (0, 0, 0)
    assert desk.ask(count) == before


def test_changed_target_becomes_a_correction_of_changed_lines_with_before_and_after(
    desk: Desk, build: Build
) -> None:
    market = build(customers=3)
    desk.bill(months=1)
    market.change(
        "update proposals.prop_document_lines set quantity = 90, energy_kwh = 90, net_amount = round(90 * "
        "price, 2)"
        " where scope_key like '1:%' and charge_code = 'energy_active'",
        computation="computation-2",
    )
    result = desk.bill(months=1, computation="computation-2", issue_date=date(2026, 2, 9))
    assert (result.invoices, result.corrections) == (0, 1)
    [document] = desk.ask("select * from operational.documents where kind = 'correction'")
    assert (document.number, document.version_no) == ("FK/2026/02/000001", 2)
    assert document.net_amount == Decimal("-6.83")  # 55.91 - 62.74
    [invoice] = desk.ask("select * from operational.documents where id = :id", id=document.invoice_id)
    after = invoice.net_amount + document.net_amount
    assert invoice.vat_amount + document.vat_amount == round(after * Decimal("0.23"), 2)
    [line] = desk.ask("select * from operational.document_lines where document_id = :id", id=document.id)
    assert (line.quantity_before, line.quantity_after) == (101, 90)
    assert (line.net_before, line.net_after) == (Decimal("62.74"), Decimal("55.91"))
    assert document.content["correction"]["invoice_number"] == invoice.number
    ledger = desk.ask(
        "select debit_account, credit_account from operational.ledger_transfers where document_id = :id",
        id=document.id,
    )
    assert {(row.debit_account, row.credit_account) for row in ledger} == {
        ("sales", "receivable"),
        ("vat_output", "receivable"),
    }
    [item] = desk.ask("select amount from operational.open_items where document_id = :id", id=document.id)
    assert item.amount == document.gross_amount < 0


def test_corrections_there_and_back_sum_to_zero(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    desk.bill(months=1)
    raise_price = (
        "update proposals.prop_document_lines set price = price + {0},"
        " net_amount = round(quantity * (price + {0}), 2) where unit = 'kwh'"
    )
    for number, delta in ((2, "0.0137"), (3, "-0.0137")):
        market.change(raise_price.format(delta), computation=f"computation-{number}")
        desk.bill(months=1, computation=f"computation-{number}")
    versions = desk.ask("select version_no, net_amount, vat_amount from operational.documents order by id")
    assert [row.version_no for row in versions] == [1, 2, 3]
    assert versions[1].net_amount + versions[2].net_amount == 0
    assert versions[1].vat_amount + versions[2].vat_amount == 0


def test_vanished_scope_is_corrected_to_zero_once(desk: Desk, build: Build) -> None:
    market = build(customers=2)
    desk.bill(months=1)
    market.change(
        "delete from proposals.prop_document_lines where scope_key like '2:%'",
        "delete from proposals.prop_document_scopes where scope_key like '2:%'",
        computation="computation-2",
    )
    assert desk.bill(months=1, computation="computation-2").corrections == 1
    [total] = (
        desk.ask("""select sum(gross_amount) as gross, sum(energy_kwh) as kwh from operational.documents d
                           where customer_id = 2""")
    )
    assert (total.gross, total.kwh) == (0, 0)
    market.change(computation="computation-3")
    assert desk.bill(months=1, computation="computation-3").documents == 0


def test_computation_of_an_earlier_month_takes_nothing_back(desk: Desk, build: Build) -> None:
    market = build(customers=2, months=2)
    desk.bill(months=2)
    market.publish(months=1, computation="computation-2")
    assert desk.bill(months=1, computation="computation-2").documents == 0


def test_target_that_comes_back_after_vanishing_is_corrected_again(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    desk.bill(months=1)
    before = desk.ask("select sum(gross_amount) from operational.documents")[0][0]
    market.change(
        "delete from proposals.prop_document_lines",
        "delete from proposals.prop_document_scopes",
        computation="c2",
    )
    desk.bill(months=1, computation="c2")
    market.publish(computation="c3")
    assert desk.bill(months=1, computation="c3").corrections == 1
    assert desk.ask("select sum(gross_amount) from operational.documents")[0][0] == before


@pytest.mark.parametrize(
    ("rule", "documents"), [("per_supply_point", 6), ("per_contract", 2), ("per_customer", 2)]
)
def test_scopes_of_one_group_become_one_invoice(desk: Desk, build: Build, rule: str, documents: int) -> None:
    build(customers=2, points=3, rule=rule)
    assert desk.bill(months=1).invoices == documents
    [row] = desk.ask(
        "select count(*) as n, count(distinct invoice_id) as documents from operational.billing_scopes"
    )
    assert (row.n, row.documents) == (6, documents)


def test_correction_of_one_point_keeps_the_vat_of_the_whole_collective_invoice(
    desk: Desk, build: Build
) -> None:
    market = build(customers=1, points=3, rule="per_customer")
    desk.bill(months=1)
    market.change(
        "update proposals.prop_document_lines set quantity = quantity + 1, net_amount = round((quantity + "
        "1) * price, 2)"
        " where supply_point_id = 2 and charge_code = 'network_variable'",
        computation="computation-2",
    )
    assert desk.bill(months=1, computation="computation-2").corrections == 1
    [row] = desk.ask("select sum(net_amount) as net, sum(vat_amount) as vat from operational.documents")
    assert row.vat == round(row.net * Decimal("0.23"), 2)


def test_changed_quantity_without_money_effect_is_a_document_too(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    desk.bill(months=1)
    market.change(
        "update proposals.prop_document_lines set quantity = quantity + 0.001 where charge_code = 'res_levy'",
        computation="computation-2",
    )
    assert desk.bill(months=1, computation="computation-2").corrections == 1
    [row] = desk.ask("select gross_amount from operational.documents where kind = 'correction'")
    assert row.gross_amount == 0
    assert desk.ask("select count(*) from operational.open_items")[0][0] == 1


def test_fingerprint_alone_makes_no_document(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    desk.bill(months=1)
    market.change(
        "update proposals.prop_document_scopes set fingerprint = 'as another program wrote it'",
        computation="computation-2",
        is_refreshed=False,
    )
    assert desk.bill(months=1, computation="computation-2").documents == 0
    assert desk.ask("select fingerprint from operational.billing_scopes") == [
        ("as another program wrote it",)
    ]


def test_issue_refuses_proposals_that_were_computed_again(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    run = desk.make(months=1)
    desk.approve(run.run_id)
    market.change(computation="computation-2")
    with pytest.raises(issuing.ProposalsChanged, match="Make and approve a new run"):
        desk.issue(run.run_id)
    assert desk.ask("select count(*) from operational.documents")[0][0] == 0


def test_issue_date_never_goes_back_in_a_series(desk: Desk, build: Build) -> None:
    market = build(customers=2, months=2)
    market.publish(months=1)
    desk.bill(months=1, issue_date=date(2026, 3, 20))
    market.publish(months=2)
    with pytest.raises(issuing.IssueDateTooEarly, match="2026-03-20"):
        desk.bill(months=2, issue_date=date(2026, 3, 5))
    assert desk.ask("select last_number from operational.number_series") == [(2,)]
    assert desk.bill(months=2, issue_date=date(2026, 3, 20)).invoices == 2


def test_lines_that_do_not_add_up_to_their_scope_stop_the_batch(desk: Desk, build: Build) -> None:
    market = build(customers=1)
    run = desk.make(months=1)
    desk.approve(run.run_id)
    market.change("delete from proposals.prop_document_lines where charge_code = 'quality'")
    market.change("update proposals.prop_document_scopes set net_amount = net_amount + 1")
    with pytest.raises(issuing.ProposalsInconsistent, match="1:1:2026-01-01"):
        desk.issue(run.run_id)


def test_small_batches_give_the_same_documents_as_one(desk: Desk, build: Build) -> None:
    build(customers=9)
    run = desk.make(months=1)
    desk.approve(run.run_id)
    result = desk.issue(run.run_id, batch_size=2)
    assert (result.invoices, result.batches) == (9, 5)
    rows = desk.ask("select customer_id, sequence from operational.documents order by sequence")
    assert [row.customer_id for row in rows] == sorted(row.customer_id for row in rows)
