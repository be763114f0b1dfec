"""Collective corrections: one document over several invoices of a customer, by rule or by choice."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from operational.app.invariants import check_all
from operational.billing import collective
from operational.documents import collective as reads
from operational.documents.operations import store_rendition
from operational.finance.ledger import months
from operational.kernel import db
from operational.kernel.errors import DomainError
from tests.factories.billing_desk import AS_OF, Desk
from tests.factories.billing_market import Market

Build = Callable[..., Market]
# The price list said 0.6212 instead of 0.5812: each month of customer 1 has 101 kWh.
CHEAPER = (
    "update proposals.prop_document_lines set price = price - {0}, "
    "net_amount = round(quantity * (price - {0}), 2) where charge_code = 'energy_active'"
)
REASON = "Zła cena energii w cenniku od 1 stycznia 2026"


def _choose(desk: Desk, run_id: int, form: str, reason: str = REASON) -> None:
    [row] = desk.ask("select row_version from operational.billing_runs where id = :id", id=run_id)
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        collective.choose_form(session, run_id=run_id, form=form, reason=reason, row_version=row.row_version)


def _correct(desk: Desk, market: Market, *, step: int, delta: str, day: date, form: str = "") -> None:
    market.change(CHEAPER.format(delta), computation=f"computation-{step}")
    run = desk.make(months=3, computation=f"computation-{step}", issue_date=day)
    if form:
        _choose(desk, run.run_id, form)
    desk.approve(run.run_id)
    desk.issue(run.run_id)
    assert desk.issue(run.run_id).documents == 0  # a second time finds nothing


def _broken(desk: Desk) -> list[str]:
    with db.open_session("app", actor="test", database=desk.database) as session:
        return [done.check.code for done in check_all(session, as_of=AS_OF) if done.violations]


def test_one_document_corrects_three_invoices_of_a_customer(desk: Desk, build: Build) -> None:
    market = build(customers=2, months=3)
    desk.bill(months=3)
    _correct(desk, market, step=2, delta="0.04", day=date(2026, 4, 20), form="collective")
    found = desk.ask("select * from operational.collective_corrections order by id")
    assert [(row.number, row.parts) for row in found] == [
        ("FKZ/2026/04/000001", 3), ("FKZ/2026/04/000002", 3)]  # fmt: skip
    # Worked by hand: 101 kWh x 0.6212 = 62.7412 -> 62.74; x 0.5812 = 58.7012 -> 58.70; each month -4.04 net.
    assert found[0].net_amount == Decimal("-12.12")
    with db.open_session("app", actor="test", database=desk.database) as session:
        whole = reads.collective(session, public_id=str(found[0].public_id))
        assert whole is not None
        assert [part.number for part in whole.parts] == [f"FKZ/2026/04/000001/{n:02d}" for n in (1, 2, 3)]
        assert [part.invoice_number for part in whole.parts] == [
            f"FV/2026/04/00000{n}" for n in (1, 2, 3)]  # fmt: skip
        [rate] = whole.rates
        assert (rate.net_amount, rate.vat_rate) == (Decimal("-12.12"), Decimal("0.2300"))
        # VAT after = sum over the invoices of VAT on what each amounts to now.
        [after] = desk.ask("""select sum(round(net * 0.23, 2)) as vat from (
            select sum(net_amount) as net from operational.documents where customer_id = 1
             group by coalesce(invoice_id, id)) s""")
        assert rate.vat_before + rate.vat_amount == after.vat
        content = store_rendition(session, document_id=whole.parts[2].document_id).content
        assert content[:5] == b"%PDF-"
    open_items = desk.ask(
        """select d.invoice_id, i.amount from operational.open_items i
        join operational.documents d on d.id = i.document_id where d.collective_id = :id""",
        id=found[0].id,
    )
    assert len({row.invoice_id for row in open_items}) == 3
    assert sum(row.amount for row in open_items) == found[0].gross_amount
    messages = desk.ask("""select count(*) from operational.outbox o join operational.documents d
        on o.key = 'document.issued:' || d.id where d.collective_id is not null""")
    assert messages[0][0] == 2  # one for each customer
    assert _broken(desk) == []


def test_a_collective_correction_is_corrected_and_single_ones_reach_the_same(
    desk: Desk, build: Build
) -> None:
    market = build(customers=1, months=3)
    desk.bill(months=3)
    _correct(desk, market, step=2, delta="0.04", day=date(2026, 4, 20), form="collective")
    # The correction of the collective correction.
    _correct(desk, market, step=3, delta="-0.015", day=date(2026, 4, 21), form="collective")
    _correct(desk, market, step=4, delta="0.005", day=date(2026, 5, 4), form="single")
    versions = desk.ask("select series, count(*) from operational.documents group by 1 order by 1")
    assert [tuple(row) for row in versions] == [
        ("FK/2026/05", 3), ("FKZ/2026/04/000001", 3),
        ("FKZ/2026/04/000002", 3), ("FV/2026/04", 3)]  # fmt: skip
    # 0.6212 - 0.04 + 0.015 - 0.005 = 0.5912; 101 x 0.5912 = 59.7112 -> 59.71: 3.03 less each month.
    [row] = desk.ask("select sum(net_amount) as net from operational.documents where kind = 'correction'")
    assert row.net == Decimal("-9.09")
    [last] = desk.ask("""select content -> 'correction' ->> 'previous_number' as previous
        from operational.documents where number = 'FK/2026/05/000001'""")
    assert last.previous == "FKZ/2026/04/000002/01"
    assert _broken(desk) == []


def test_dated_rule_decides_when_nobody_chooses(desk: Desk, build: Build) -> None:
    market = build(customers=1, months=3)
    desk.bill(months=3)
    with db.open_session("app", actor="staff:anna", database=desk.database) as session:
        collective.add_rule(
            session, customer_kind="household", min_invoices=3, valid_from=date(2026, 5, 1), valid_to=None,
            source="Uchwała zarządu 4/2026",
        )  # fmt: skip
        with pytest.raises(DomainError, match="begins on 2026-05-01 already"):
            collective.add_rule(
                session, customer_kind="household", min_invoices=2, valid_from=date(2026, 5, 1),
                valid_to=None, source="x",
            )  # fmt: skip
    _correct(desk, market, step=2, delta="0.04", day=date(2026, 4, 20))  # the rule does not hold yet
    _correct(desk, market, step=3, delta="0.01", day=date(2026, 5, 4))
    series = desk.ask(
        "select distinct series from operational.documents where kind = 'correction' order by 1"
    )
    assert [row.series for row in series] == ["FK/2026/04", "FKZ/2026/05/000001"]


def test_choice_needs_a_reason_and_comes_before_the_issue(desk: Desk, build: Build) -> None:
    build(customers=1)
    run = desk.make(months=1)
    with pytest.raises(DomainError, match="says why it was made"):
        _choose(desk, run.run_id, "collective", reason=" ")
    with pytest.raises(DomainError, match="no form of corrections"):
        _choose(desk, run.run_id, "both")
    desk.approve(run.run_id)
    desk.issue(run.run_id)
    with pytest.raises(DomainError, match="numbered already"):
        _choose(desk, run.run_id, "single")


def _months(desk: Desk, act: Callable[..., None], month: date) -> None:
    with db.open_session("app", actor="staff:wanda", database=desk.database) as session:
        act(session, month=month, reason="the month is done", today=date(2026, 7, 2))


def test_nothing_is_posted_into_a_closed_month(desk: Desk, build: Build) -> None:
    market = build(customers=1, months=3)
    desk.bill(months=3)
    for month in (date(2026, 4, 1), date(2026, 5, 1)):
        _months(desk, months.close_month, month)
    market.change(CHEAPER.format("0.04"), computation="computation-2")
    with pytest.raises(DomainError, match="from 2026-06-01 on") as refused:
        desk.make(months=3, computation="computation-2", issue_date=date(2026, 5, 4))
    assert refused.value.code == "accounting_month_closed"
    run = desk.make(months=3, computation="computation-2", issue_date=date(2026, 6, 1))
    desk.approve(run.run_id)
    desk.issue(run.run_id)
    posted = desk.ask("""select distinct t.business_date, t.refers_to_month
        from operational.ledger_transfers t join operational.documents d on d.id = t.document_id
        where d.kind = 'correction'""")
    assert [tuple(row) for row in posted] == [(date(2026, 6, 1), date(2026, 4, 1))]
    insert = (
        "insert into operational.ledger_transfers (debit_account, credit_account, amount, code,"
        " business_date, idempotency_key) values ('sales', 'vat_output', 1, 'test', '2026-05-31', 'late')"
    )
    with pytest.raises(DomainError, match="month 2026-05 is closed") as late:
        desk.do(insert)
    assert late.value.code == "accounting_month_closed"
    _months(desk, months.reopen_month, date(2026, 5, 1))
    with pytest.raises(DomainError, match="is open"):
        _months(desk, months.reopen_month, date(2026, 5, 1))
    with pytest.raises(DomainError, match="not over"):
        _months(desk, months.close_month, date(2026, 7, 1))
    desk.do(insert)
    assert _broken(desk) == []
