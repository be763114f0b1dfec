"""Every invariant holds on real documents, payments and files, and notices the change that breaks it."""

# ruff: noqa: E501  the statements read better unbroken

import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app import invariants
from operational.finance.operations import assign_payment, import_bank_file, unassign_payment
from operational.kernel import db, roles
from operational.metering.formats.iris_csv import write_readings_csv
from operational.metering.formats.readings import ReadingKind, ReadingReason, RegisterReadingRow
from operational.metering.operations import land_readings_file
from tests.factories import billing_market
from tests.factories.billing_desk import Desk
from tests.factories.finance import bank_file, transfer

NOW = datetime(2026, 7, 2, 8, 0, tzinfo=UTC)
CUSTOMERS = 3

# Constraints and domains forbid most of these; the checks must see them all the same, after a restore for example.
_NO_CHECKS = """
do $$ declare c record; begin
  for c in select conrelid::regclass as owner, conname from pg_constraint
            where conrelid = '{table}'::regclass and contype in ('c', 'u', 'x', 'f') loop
    execute format('alter table %s drop constraint %I cascade', c.owner, c.conname);
  end loop;
end $$"""
_ENERGY = """create table marts.fct_energy_balance as
  select id as supply_point_id, 10.000 as delivered_kwh, 8.000 as billed_kwh, 1.000 as unbilled_kwh,
         1.000 as difference_kwh from operational.supply_points limit 1"""
_BALANCES = """create table marts.fct_customer_balances as
  select id as customer_id, 10.00 as ledger_balance, 9.99 as warehouse_balance from operational.customers limit 1"""


def _message(channel: str, status: str) -> str:
    """Return the insertion of a message that nothing happened to."""
    return f"""insert into operational.messages (id, key, template_code, channel, language, customer_id, created_at,
        created_by, next_attempt_at, status, sent_at, failed_at) overriding system value
        select 900001, 'm', 'complaint.answer', '{channel}', 'pl', min(id), now(), 'x', now(), '{status}', now(), now()
          from operational.customers"""


_NOTE = """insert into operational.interest_notes (kind, series, sequence, number, customer_id, issue_date, due_date, through,
      amount, origin) select 'interest_note', 'NO/2026/03', 1, 'NO/2026/03/000001', customer_id, '2026-03-31', '2026-04-14',
      '2026-03-31', 5, 'run' from operational.open_items where document_id is not null and amount > 0 order by id limit 1"""


def _note_line(period_from: str, principal: str) -> str:
    """Return the insertion of the only line of that note."""
    return f"""insert into operational.interest_note_lines (note_id, line_no, open_item_id, kind, period_from, period_to,
      principal, amount) select n.id, 1, i.id, 'interest', {period_from}, {period_from} + 9, {principal}, 5
      from operational.interest_notes n, operational.open_items i
      where i.id = (select min(id) from operational.open_items where document_id is not null and amount > 0)"""


_LOT = """insert into operational.deposit_lots (customer_id, supply_point_id, feed_in_month, price_kind, assigned_on, expires_on,
  refund_share) select c.id, p.id, '2026-01-01', 'RCEm', '2026-02-11', '2027-02-11', 0.2
  from operational.customers c, operational.supply_points p order by c.id, p.id limit 1"""


def _entry(kind: str, amount: int, day: str) -> str:
    """Return the insertion of a movement on that lot, unknown to the ledger."""
    return f"""insert into operational.deposit_entries (lot_id, customer_id, kind, amount, business_date, idempotency_key)
      select id, customer_id, '{kind}', {amount}, '{day}', 'broken' from operational.deposit_lots"""


def _without_checks(table: str, *statements: str) -> tuple[str, ...]:
    return (_NO_CHECKS.format(table=table), *statements)


MUTATIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "i04_business_keys": (
        _without_checks("operational.ledger_transfers", """
          update operational.ledger_transfers set idempotency_key = (select min(idempotency_key)
            from operational.ledger_transfers)"""),
        _without_checks("operational.payments", "update operational.payments set idempotency_key = 'bank:same'"),
        _without_checks("operational.allocations", "update operational.allocations set idempotency_key = 'same'"),
    ),
    "i05_reversals": (
        ("update operational.ledger_transfers set amount = amount + 1 where reverses_id is not null",),
    ),
    "i06_document_gross": (
        _without_checks("operational.documents", "update operational.documents set gross_amount = gross_amount + 1"),
    ),
    "i07_rate_gross": (
        _without_checks("operational.document_vat", "update operational.document_vat set gross_amount = 0"),
    ),
    "i08_vat_of_chain": (
        ("""update operational.document_vat set vat_amount = vat_amount + 0.01, gross_amount = gross_amount + 0.01
            where document_id = 1""",),
    ),
    "i09_header_sums": (
        ("""update operational.documents set net_amount = net_amount + 1, gross_amount = gross_amount + 1
            where id = 1""",),
        ("delete from operational.document_vat where document_id = 1",),
    ),
    "i10_rate_base": (
        ("update operational.document_lines set net_after = net_after + 0.01 where document_id = 1 and line_no = 1",),
        ("delete from operational.document_lines where document_id = 1",),
    ),
    "i11_numbers_gapless": (
        ("update operational.documents set sequence = sequence + 100 where id = (select max(id) from operational.documents)",),
        ("delete from operational.documents where sequence = 1",),
    ),
    "i12_series_counter": (("update operational.number_series set last_number = last_number + 1",),),
    "i13_number_unique": (
        _without_checks("operational.documents", "update operational.documents set number = 'FV/1'"),
    ),
    "i14_one_invoice_per_scope": (
        ("""update operational.document_lines set scope_id = (select min(id) from operational.billing_scopes)
            where document_id = (select max(id) from operational.documents where kind = 'invoice')""",),
    ),
    "i15_no_double_billing": (
        ("update operational.billing_scopes set period_from = period_from - 1 where cycle_start = '2026-02-01'",),
    ),
    "i16_no_hole": (
        ("update operational.billing_scopes set period_from = period_from + 1 where cycle_start = '2026-02-01'",),
    ),
    "i18_energy_conserved": ((_ENERGY,),),
    "i19_within_contract": (
        ("update operational.contract_supply_points set valid_to = '2026-02-15'",),
        ("update operational.billing_scopes set fingerprint = 'vanished' where id = 1",),
    ),
    "i20_one_contract": (
        _without_checks("operational.contract_supply_points", """
          insert into operational.contract_supply_points (contract_id, supply_point_id, valid_from, recorded_by)
          select contract_id, supply_point_id, '2026-02-01', 'test' from operational.contract_supply_points"""),
    ),
    "i21_content_unchanged": (
        ("update operational.documents set due_date = due_date + 1 where id = 1",),
        ("update operational.documents set content = content || '{\"x\": 1}' where id = 1",),
        ("update operational.document_lines set price_after = price_after + 1 where document_id = 1 and line_no = 1",),
        ("delete from operational.document_lines where document_id = 1",),
    ),
    "i22_correction_of_own": (
        ("update operational.documents set customer_id = customer_id + 1 where kind = 'correction'",),
        ("update operational.documents set invoice_id = -id where kind = 'correction'",),
    ),
    "i23_document_in_ledger": (
        ("update operational.ledger_transfers set amount = amount + 0.01 where document_id = 1",),
        ("delete from operational.ledger_transfers where document_id = 1",),
    ),
    "i24_bank_posted_or_suspense": (
        ("update operational.ledger_transfers set amount = amount + 0.01 where code = 'bank_debit'",),
        ("""delete from operational.ledger_transfers where idempotency_key = (select min(idempotency_key)
              from operational.ledger_transfers where idempotency_key like 'bank:%')""",),
        ("delete from raw.bank_lines where amount < 0",),
        ("update operational.payments set amount = amount + 1 where customer_id is null",),
    ),
    "i25_statement_adds_up": (("update raw.bank_statements set closing_balance = closing_balance + 1",),),
    "i26_statement_chain": (
        ("update raw.bank_statements set opening_balance = 1 where id = (select max(id) from raw.bank_statements)",),
        ("delete from operational.statement_links",),
        ("update operational.statement_links set state = 'held'",),
    ),
    "i27_bank_line_once": (_without_checks("raw.bank_lines", "update raw.bank_lines set business_key = 'same'"),),
    "i28_allocations_within_credit": (("update operational.allocations set amount = 100000",),),
    "i29_allocations_within_debt": (("update operational.allocations set amount = 100000",),),
    "i34_no_wrong_dunning": (
        ("""with item as (select id, customer_id, due_date from operational.open_items where document_id is not null order by id limit 1),
            action as (insert into operational.dunning_actions (customer_id, step_id, fired_on, total_amount, recorded_by)
              select i.customer_id, s.id, i.due_date, 1, 'x' from item i, operational.dunning_steps s where s.step_code = 'soft' limit 1
              returning id, step_id)
            insert into operational.dunning_action_items (action_id, step_id, open_item_id, open_amount, due_date, fired_on)
            select a.id, a.step_id, i.id, 1, i.due_date, i.due_date from action a, item i""",),
    ),
    "i32_balance_of_items": (
        ("update operational.open_items set amount = amount + 0.01 where id = 1",),
        ("delete from operational.open_items where payment_id is not null",),
    ),
    "i32_balance_of_warehouse": ((_BALANCES,),),
    "i35_actor_known": (
        ("update operational.documents set recorded_by = '' where id = 1",),
        ("update operational.ledger_transfers set recorded_by = '' where id = 1",),
        ("update operational.audit_trail set actor = ''",),
    ),
    "i36_run_transitions": (
        ("""update operational.audit_trail set before = '{"status": "computed"}', after = '{"status": "issued"}'
            where table_name = 'billing_runs'""",),
    ),
    "i37_document_in_outbox": (("delete from operational.outbox",),),
    "i38_outbox_moves": (
        ("update operational.outbox set sent_at = null, next_attempt_at = '2026-01-01 00:00+00'",),
    ),
    "i39_file_once": (
        _without_checks("raw.files", "update raw.files set sha256 = 'same'"),
    ),
    "i40_rows_accounted": (
        ("delete from raw.register_readings",),
        ("""update raw.files set rows_rejected = rows_rejected + 1, rows_accepted = rows_accepted - 1
            where kind = 'register_readings'""",),
    ),
    "i42_parked_not_issued": (
        ("""insert into operational.billing_exceptions (scope_key, code, severity, message, cure, opened_at)
            select scope_key, 'hold', 'blocking', 'held', 'release it', '2026-01-01' from operational.billing_scopes""",),
    ),
    "i44_money_scale": (
        ("alter domain operational.money_pln drop constraint money_pln_check",
         "update operational.ledger_transfers set amount = 'NaN' where id = 1"),
    ),
    "i30_interest_on_what_was_open": ((_NOTE, _note_line("i.due_date + 1", "i.amount + 1")),),
    "i31_interest_after_due_date": ((_NOTE, _note_line("i.due_date", "i.amount")),),
    "i70_deposits_in_ledger": (
        (_LOT, _entry("credit", 5, "2026-02-11")),
        (_LOT, _entry("use", -5, "2026-01-11")),
        (_LOT, _entry("return", 5, "2026-02-11")),
    ),
    "i48_notes_in_ledger": (
        (_NOTE, _note_line("i.due_date + 1", "1")),
        ("insert into operational.note_series values ('NO/2026/03', 1)",),
    ),
    "i49_refunds_within_credit": (
        ("""insert into operational.refunds (customer_id, amount, account, recipient, title, status, requested_on,
            requested_by, decided_on, decided_by) values (1, 5, repeat('1', 26), 'x', 'x', 'exported', '2026-03-10', 'a',
            '2026-03-10', 'b')""",),
    ),
    "i50_plans_add_up": (
        ("""insert into operational.instalment_agreements (number, customer_id, kind, agreed_on, interest_rule,
            missed_allowed, amount) values ('x', 1, 'deferral', '2026-03-10', 'none', 1, 5)""",),
    ),
    "i52_notes_of_contracts": (
        ("""insert into operational.balance_moves (from_customer_id, to_customer_id, amount, reason, moved_on)
            select min(id), max(id), 5, 'x', '2026-03-31' from operational.customers""",),
    ),
    "i53_collective_adds_up": (
        ("insert into operational.number_series (code) values ('FKZ/2026/04')",
         """insert into operational.collective_corrections (series, sequence, number, customer_id, run_id, issue_date, due_date,
              reason_code, reason, parts, net_amount, vat_amount, gross_amount)
            select 'FKZ/2026/04', 1, 'FKZ/2026/04/000001', min(d.customer_id), min(d.run_id), '2026-04-20', '2026-05-04', 'price', 'x',
              2, -10, -2.30, -12.30 from operational.documents d""",),
    ),
    "i55_open_positions": (
        ("delete from operational.open_positions where item_id = (select min(item_id) from operational.open_positions)",),
        ("update operational.open_positions set left_amount = left_amount + 1",),
    ),
    "i56_document_sums": (
        ("""insert into operational.document_sums (issue_date, kind, run_id, is_estimated, documents, energy_kwh, net_amount,
            gross_amount) select issue_date, kind, id, false, 1, 1, 1, 1 from operational.billing_runs r
            cross join (values ('invoice')) k (kind)""",),
    ),
    "i51_write_offs_in_ledger": (
        ("""insert into operational.write_offs (customer_id, kind, amount, reason, needs_second, status, requested_on,
            decided_on, decided_by) values (1, 'write_off', 5, 'x', false, 'booked', '2026-03-10', '2026-03-10', 'x')""",),
    ),
    "i60_message_sent_once": (
        (_message("sms", "sent"),
         """insert into operational.message_events (message_id, kind, channel, occurred_at, recorded_by)
            select 900001, 'accepted', 'sms', now(), 'x' from generate_series(1, 2)"""),
    ),
    "i61_letter_printed_once": ((_message("letter", "sent"),),),
    "i62_message_went_on": ((_message("email", "replaced"),),),
    "i45_parts_of_payment": (
        ("update operational.payments set closed_as = 'split', reversed_on = booked_on",),
        ("update operational.payments set reversed_on = booked_on",),
    ),
    "i46_channels_in_transit": (
        ("""insert into operational.ledger_transfers (debit_account, credit_account, amount, code, business_date,
            idempotency_key, recorded_by) values ('card_clearing', 'suspense', 1, 'payment', '2026-03-10', 'channel:card:x', 'x')""",),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def books(template_database: str) -> Iterator[str]:
    """Bill two months, correct one bill, book payments of every kind and land a file of readings."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    roles.create_database(name, template_database)
    market = billing_market.build(name, customers=CUSTOMERS, months=2)
    desk = Desk(name)
    market.publish(months=1)
    desk.bill(months=1)
    market.publish(months=2, computation="computation-2")
    desk.bill(months=2, computation="computation-2")
    market.change(
        "update proposals.prop_document_lines set quantity = 90, energy_kwh = 90,"
        " net_amount = round(90 * price, 2) where scope_key like '1:%' and charge_code = 'energy_active'",
        computation="computation-3",
    )
    desk.bill(months=2, computation="computation-3", issue_date=date(2026, 3, 6))
    with db.open_session("app", actor="test:books", database=name) as session:
        _pay(session)
        _read(session)
        session.execute(text("update operational.outbox set sent_at = now()"))
    yield name
    db.dispose_engines(name)
    roles.drop_database(name)


def _pay(session: Session) -> None:
    """Book a payment of customer 1, one taken back from customer 2, one in suspense, and a fee."""
    first = [
        transfer("80.00", title="rent"),
        transfer("70.00", title="power"),
        transfer("-5.00", title="fee"),
    ]
    import_bank_file(session, content=bank_file(first, opening="0.00"), name="1.sta", as_of=NOW)
    day = date(2026, 3, 11)
    second = bank_file([transfer("30.00", title="unknown", on=day)], opening="145.00", number="2", on=day)
    import_bank_file(session, content=second, name="2.sta", as_of=NOW)
    one, two = session.execute(
        text("select id from operational.payments where amount in (80, 70) order by amount desc")
    ).scalars()
    assign_payment(session, payment_id=one, customer_id=1, as_of=NOW)
    assign_payment(session, payment_id=two, customer_id=2, as_of=NOW)
    unassign_payment(session, payment_id=two, as_of=NOW)


def _read(session: Session) -> None:
    code: str = session.execute(text("select min(code) from operational.supply_points")).scalar_one()
    row = RegisterReadingRow(
        0,
        code,
        "L1",
        "all",
        date(2026, 3, 31),
        Decimal(1500),
        ReadingKind.ACTUAL_REMOTE,
        ReadingReason.PERIODIC,
    )
    landed = land_readings_file(session, content=write_readings_csv([row]), name="r.csv", as_of=NOW)
    assert landed.rows_accepted + landed.rows_rejected == 1


def test_no_invariant_is_broken_on_honest_books(books: str) -> None:
    with db.open_session("app", actor="test:check", database=books) as session:
        results = list(invariants.check_all(session, as_of=NOW))
    assert [(result.check.name, result.examples) for result in results if result.violations] == []
    assert {result.check.name for result in results if result.skipped} == {
        "i18_energy_conserved", "i32_balance_of_warehouse",
    }  # fmt: skip


def test_a_check_without_its_marts_is_skipped_by_name_and_does_not_count_as_kept(books: str) -> None:
    with db.open_session("app", actor="test:check", database=books) as session:
        skipped = [result for result in invariants.check_all(session, as_of=NOW) if result.skipped]
    assert all("is not built yet" in result.skipped and not result.holds for result in skipped)


@pytest.mark.parametrize(
    ("name", "mutation"),
    [(name, number) for name, mutations in MUTATIONS.items() for number in range(len(mutations))],
)
def test_the_invariant_notices_its_mutation(books: str, name: str, mutation: int) -> None:
    [check] = [found for found in invariants.checks() if found.name == name]
    with db.session_factory("admin", books, actor="test:mutation")() as session:
        session.execute(text("set local session_replication_role = replica"))
        for statement in MUTATIONS[name][mutation]:
            session.connection().exec_driver_sql(statement.replace("%", "%%"))
        broken = invariants.run(session, check, invariants.parameters(session, as_of=NOW))
        session.rollback()
    assert broken.violations > 0
    assert all(example.record and example.detail for example in broken.examples)


def test_every_invariant_has_a_mutation_that_breaks_it() -> None:
    assert {check.name for check in invariants.checks()} == set(MUTATIONS)


def test_every_invariant_begins_with_its_code_and_promise() -> None:
    assert all(check.code.startswith("I") and len(check.promise) > 10 for check in invariants.checks())
