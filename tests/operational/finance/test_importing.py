"""A bank file lands whole or not at all, and its lines are posted exactly once."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.finance import queries
from operational.finance.formats.mt940_writer import write_mt940
from operational.finance.operations import BankImportResult, import_bank_file, post_payments
from operational.kernel import settings
from tests.factories.finance import (
    MAIN_ACCOUNT,
    bank_file,
    document_number,
    issue,
    make_payer,
    statement,
    transfer,
)

NOW = datetime(2026, 3, 11, 8, 0, tzinfo=UTC)
OTHER_ACCOUNT = "27114020040000300201355387"


def load(session: Session, content: bytes, name: str = "a.sta") -> BankImportResult:
    return import_bank_file(session, content=content, name=name, as_of=NOW)


def ledger(session: Session) -> dict[str, Decimal]:
    rows = session.execute(
        text("""select account, sum(amount) from (
                  select debit_account as account, amount from operational.ledger_transfers
                  union all select credit_account, -amount from operational.ledger_transfers) m
                group by account having sum(amount) <> 0""")
    )
    return {row[0]: row[1] for row in rows}


def count(session: Session, table: str) -> int:
    return int(session.execute(text(f"select count(*) from {table}")).scalar_one())


def test_a_transfer_to_the_customers_account_is_posted_at_once(session: Session) -> None:
    payer = make_payer(session)
    issue(session, payer, "120.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
    result = load(session, bank_file([transfer("100.00", to=payer.account, reference="B1")]))
    assert (result.status, result.posted, result.posted_amount) == ("imported", 1, Decimal("100.00"))
    assert result.allocations == 1
    assert queries.balance(session, customer_id=payer.id) == Decimal("20.00")


def test_the_account_is_found_in_title_and_description_with_spaces(session: Session) -> None:
    payer = make_payer(session, 7)
    spaced = " ".join([payer.account[:2], *(payer.account[n : n + 4] for n in range(2, 26, 4))])
    result = load(
        session, bank_file([transfer("10.00", title=f"wplata na {spaced} dziekuje", reference="B1")])
    )
    assert (result.posted, result.suspense) == (1, 0)


@pytest.mark.parametrize(
    "spelling", ["{}", "za fakture nr {}", "fv 2026 03 000001", "FV-2026-03-1", "FV202603000001"]
)
def test_a_document_number_in_the_title_names_the_customer(session: Session, spelling: str) -> None:
    payer = make_payer(session)
    issue(session, payer, "50.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
    title = spelling.format("FV/2026/03/000001")
    result = load(session, bank_file([transfer("50.00", title=title, reference="B1")]))
    row = session.execute(text("select customer_id, matched_by from operational.payments")).one()
    assert (row.customer_id, row.matched_by) == (payer.id, "document_number")
    assert result.posted == 1


def test_documents_of_two_customers_in_one_title_go_to_suspense(session: Session) -> None:
    numbers = []
    for serial in (1, 2):
        payer = make_payer(session, serial)
        document = issue(session, payer, "50.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
        numbers.append(document_number(session, document))
    result = load(session, bank_file([transfer("100.00", title=" ".join(numbers), reference="B1")]))
    assert (result.posted, result.suspense) == (0, 1)


def test_the_customers_account_counts_more_than_a_document_number(session: Session) -> None:
    first, second = make_payer(session, 1), make_payer(session, 2)
    number = document_number(
        session, issue(session, second, "50.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
    )
    load(session, bank_file([transfer("50.00", to=first.account, title=number, reference="B1")]))
    assert session.execute(text("select customer_id from operational.payments")).scalar_one() == first.id


def test_what_nobody_can_match_waits_in_suspense_and_fees_are_no_payments(session: Session) -> None:
    lines = [
        transfer("77.00", title="przelew", reference="B1"),
        transfer("-3.50", title="prowizja", reference="B2"),
    ]
    result = load(session, bank_file(lines))
    assert (result.suspense, result.suspense_amount) == (1, Decimal("77.00"))
    assert (result.outgoing, result.outgoing_amount) == (1, Decimal("3.50"))
    assert ledger(session) == {
        "bank": Decimal("73.50"),
        "suspense": Decimal("-77.00"),
        "bank_other": Decimal("3.50"),
    }
    assert queries.bank_reconciliation(session).agrees


def test_the_same_file_again_changes_nothing(session: Session) -> None:
    content = bank_file([transfer("77.00", reference="B1")])
    first = load(session, content)
    before = ledger(session)
    again = load(session, content, name="renamed.sta")
    assert (again.status, again.file_id) == ("already_imported", first.file_id)
    assert (again.posted, again.suspense, again.accepted, again.duplicates) == (0, 0, 0, 1)
    assert ledger(session) == before


def test_overlapping_exports_count_a_line_once(session: Session) -> None:
    lines = [transfer(f"{n}.00", title="przelew", reference=f"B{n}") for n in range(1, 7)]
    load(session, bank_file(lines[:4]))
    second = load(session, bank_file(list(reversed(lines[2:])), opening="3.00", number="2"))
    assert (second.lines, second.accepted, second.duplicates) == (4, 2, 2)
    assert ledger(session)["bank"] == Decimal("21.00")


def test_a_repeated_line_without_bank_reference_counts_once_per_occurrence(session: Session) -> None:
    twice = [transfer("30.00", title="rachunek"), transfer("30.00", title="rachunek")]
    first = load(session, bank_file(twice))
    again = load(session, bank_file([*twice, transfer("1.00", title="rachunek")], number="2"))
    assert (first.accepted, again.accepted, again.duplicates) == (2, 1, 2)
    assert ledger(session)["bank"] == Decimal("61.00")


def test_two_equal_transfers_of_one_day_are_both_real(session: Session) -> None:
    payer = make_payer(session)
    lines = [
        transfer("30.00", to=payer.account, title="rachunek"),
        transfer("30.00", to=payer.account, title="rachunek"),
    ]
    assert load(session, bank_file(lines)).posted == 2
    assert queries.balance(session, customer_id=payer.id) == Decimal("-60.00")


def test_a_statement_repeated_inside_a_file_counts_once(session: Session) -> None:
    page = statement([transfer("30.00", title="rachunek")], opening="0.00")
    result = load(session, write_mt940([page, page], encoding="utf-8"))
    assert (result.lines, result.accepted, result.duplicates) == (2, 1, 1)


def test_equal_lines_on_two_pages_of_a_statement_are_both_real(session: Session) -> None:
    line = transfer("30.00", title="rachunek")
    pages = [statement([line], sequence=1), statement([line], opening="30.00", sequence=2)]
    assert load(session, write_mt940(pages, encoding="utf-8")).accepted == 2


def test_a_file_that_does_not_add_up_is_refused_whole_with_reason_and_cure(session: Session) -> None:
    broken = bank_file([transfer("30.00", reference="B1")], closing="31.00")
    result = load(session, broken)
    assert result.status == "rejected"
    assert result.rejection is not None
    assert result.rejection.code == "bank_file_unbalanced"
    assert (count(session, "raw.files"), count(session, "raw.bank_lines"), ledger(session)) == (0, 0, {})
    load(session, broken)
    (row,) = queries.rejected_bank_files(session)
    assert (row.code, "30.00" in row.reason, row.cure != "") == ("bank_file_unbalanced", True, True)


def test_a_person_may_accept_a_file_that_does_not_add_up(session: Session) -> None:
    broken = bank_file([transfer("30.00", reference="B1")], closing="31.00")
    load(session, broken)
    result = import_bank_file(session, content=broken, name="a.sta", as_of=NOW, accept_unbalanced=True)
    assert (result.status, result.suspense) == ("imported", 1)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7 something", b"a;b;c\n1;2;3\n", b"\x00\x01\x02" * 50])
def test_something_else_than_a_bank_file_is_refused_with_a_reason(session: Session, content: bytes) -> None:
    result = load(session, content)
    assert result.status == "rejected"
    assert result.rejection is not None
    assert result.rejection.reason
    assert result.rejection.cure
    assert count(session, "raw.rejected_files") == 1


def test_every_cut_before_the_closing_balance_refuses_the_file(session: Session) -> None:
    content = bank_file([transfer(f"{n}.00", title="przelew", reference=f"B{n}") for n in range(1, 4)])
    for end in range(0, content.index(b":62F:"), 17):
        assert load(session, content[:end], name=f"cut{end}.sta").status == "rejected"
    assert count(session, "raw.bank_lines") == 0


def test_foreign_currency_is_kept_but_not_posted_and_says_why(session: Session) -> None:
    payer = make_payer(session)
    content = bank_file([transfer("30.00", to=payer.account, reference="B1")], currency="EUR")
    result = load(session, content)
    assert (result.accepted, result.posted, result.not_posted, ledger(session)) == (1, 0, 1, {})
    (line,) = queries.not_posted_lines(session)
    assert (line.disposition, line.reason) == ("not_posted", "foreign_currency")
    assert queries.bank_reconciliation(session).agrees


def test_a_foreign_account_is_kept_not_posted_and_posted_once_it_is_ours(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = load(session, bank_file([transfer("30.00", reference="B1")], account=OTHER_ACCOUNT))
    assert (result.accepted, result.not_posted, ledger(session)) == (1, 1, {})
    assert [line.reason for line in queries.not_posted_lines(session)] == ["foreign_account"]
    monkeypatch.setenv("IRIS_SELLER_ACCOUNTS", f"PL{OTHER_ACCOUNT}")
    settings.reset_settings()
    try:
        assert post_payments(session, as_of=NOW).suspense == 1
        assert queries.not_posted_lines(session) == []
    finally:
        monkeypatch.undo()
        settings.reset_settings()


def test_the_preview_of_a_day_is_not_posted_and_does_not_hide_its_statement(session: Session) -> None:
    preview = (
        f":20:PODGLAD\r\n:25:/PL{MAIN_ACCOUNT}\r\n:28C:1/1\r\n:34F:PLN0,\r\n:13D:2603101200+0100\r\n"
        ":61:2603100310C30,00NTRFNONREF//B1\r\n:86:020~00przelew~20rachunek\r\n:90D:0PLN0,\r\n:90C:1PLN30,\r\n-\r\n"
    ).encode()
    first = load(session, preview, name="preview.sta")
    assert (first.accepted, first.not_posted, first.suspense) == (1, 1, 0)
    assert [line.reason for line in queries.not_posted_lines(session)] == ["preview"]
    assert load(session, bank_file([transfer("30.00", title="rachunek", reference="B1")])).suspense == 1


def reversed_pair(session: Session) -> tuple[int, bytes, bytes]:
    payer = make_payer(session)
    issue(session, payer, "100.00", on=date(2026, 3, 1), due=date(2026, 3, 15))
    paid = transfer("100.00", to=payer.account, reference="B1", payer_account=OTHER_ACCOUNT)
    back = replace(
        paid,
        amount=Decimal("-100.00"),
        reversal=True,
        booking_date=date(2026, 3, 12),
        value_date=date(2026, 3, 12),
    )
    return payer.id, bank_file([paid]), bank_file([back], opening="100.00", number="2")


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_reversal_takes_the_payment_back_in_either_order_of_files(
    session: Session, order: tuple[int, int]
) -> None:
    customer, *files = reversed_pair(session)
    results = [load(session, files[place], name=f"{place}.sta") for place in order]
    assert sum(result.reversed for result in results) == 1
    assert queries.balance(session, customer_id=customer) == Decimal("100.00")
    (item,) = queries.open_items(session, customer_id=customer, on=date(2026, 3, 20))
    assert (item.kind, item.open_amount) == ("invoice", Decimal("100.00"))
    assert set(ledger(session)) == {"receivable", "sales"}
    assert queries.bank_reconciliation(session).agrees


def test_a_reopened_debt_is_settled_by_another_credit_of_the_customer(session: Session) -> None:
    customer, first, back = reversed_pair(session)
    load(session, first)
    spare = transfer("60.00", title="FV/2026/03/000001", reference="B5")
    load(session, bank_file([spare]), name="spare.sta")
    assert load(session, back, name="back.sta").allocations == 1
    (item,) = queries.open_items(session, customer_id=customer, on=date(2026, 3, 20))
    assert item.open_amount == Decimal("40.00")


def test_a_reversal_of_a_payment_in_suspense_clears_it(session: Session) -> None:
    paid = transfer("55.00", title="przelew", reference="B9")
    back = replace(paid, amount=Decimal("-55.00"), reversal=True)
    load(session, bank_file([paid, back]))
    assert queries.suspense(session, on=date(2026, 3, 20)) == []
    assert ledger(session) == {}


def test_a_reversal_without_its_payment_stays_visible_against_bank_other(session: Session) -> None:
    back = transfer("-55.00", title="zwrot", reference="B9", reversal=True)
    result = load(session, bank_file([back]))
    assert (result.reversed, result.outgoing) == (0, 1)
    assert ledger(session) == {"bank": Decimal("-55.00"), "bank_other": Decimal("55.00")}


def test_an_import_shows_its_statements_lines_and_what_became_of_them(session: Session) -> None:
    payer = make_payer(session)
    lines = [
        transfer("10.00", to=payer.account, reference="B1"),
        transfer("20.00", reference="B2"),
        transfer("-5.00", reference="B3"),
    ]
    result = load(session, bank_file(lines, opening="1.00"))
    assert result.file_id is not None
    details = queries.bank_import(session, file_id=result.file_id)
    assert details is not None
    assert [line.disposition for line in details.lines] == ["payment", "suspense", "bank_other"]
    assert (details.statements[0].closing_balance, details.statements[0].is_own) == (Decimal("26.00"), True)
    assert queries.bank_imports(session) == [details.summary]
    assert (details.summary.sum_credit, details.summary.posted_amount) == (Decimal("30.00"), Decimal("10.00"))


def test_nothing_is_written_without_an_actor(session: Session) -> None:
    session.execute(text("select set_config('app.actor', '', true)"))
    with pytest.raises(Exception, match="needs an actor"):
        load(session, bank_file([transfer("10.00", reference="B1")]))
