"""Bank files of every form on the way of the scheduled import: gaps, changed copies, lists, sizes."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app import invariants
from operational.finance import bank_settings, queries
from operational.finance.chain import ChainError, accept_gap, held_statements
from operational.finance.formats.report import ReportLayout
from operational.finance.operations import (
    BankImportResult,
    import_bank_file,
    import_bank_path,
    post_files,
)
from operational.kernel import settings
from tests.factories.camt import camt053, detail, entry
from tests.factories.finance import MAIN_ACCOUNT, bank_file, make_payer, transfer

NOW = datetime(2026, 3, 12, 8, 0, tzinfo=UTC)


def load(session: Session, content: bytes, name: str = "a.sta") -> BankImportResult:
    return import_bank_file(session, content=content, name=name, as_of=NOW)


def refused(result: BankImportResult) -> str:
    assert (result.status, result.accepted) == ("rejected", 0)
    assert result.rejection is not None
    assert result.rejection.reason
    assert result.rejection.cure
    return result.rejection.code


def broken(session: Session) -> list[str]:
    given = invariants.parameters(session, as_of=NOW)
    wanted = [
        check for check in invariants.checks() if check.code in ("I24", "I25", "I26", "I27", "I45", "I46")
    ]
    assert len(wanted) == 6
    return [check.code for check in wanted if not invariants.run(session, check, given).holds]


def day(number: int, opening: str, amount: str = "10.00", reference: str | None = None) -> bytes:
    on = date(2026, 3, number)
    line = transfer(amount, title="przelew", reference=reference or f"R{number}", on=on)
    return bank_file([line], opening=opening, number=str(number), on=on)


def test_a_statement_after_a_gap_is_held_visible_and_freed_by_the_missing_one(session: Session) -> None:
    assert load(session, day(9, "0.00")).suspense == 1
    late = load(session, day(11, "20.00"), "c.sta")
    assert (late.accepted, late.held, late.suspense, late.not_posted) == (1, 1, 0, 1)
    (held,) = held_statements(session)
    assert (held.opening, held.closed_before, held.lines) == (Decimal("20.00"), Decimal("10.00"), 1)
    assert [line.reason for line in queries.not_posted_lines(session)] == ["chain_gap"]
    assert queries.bank_reconciliation(session).lines == Decimal("10.00")
    assert broken(session) == ["I26"]
    missing = load(session, day(10, "10.00"), "b.sta")
    assert (missing.suspense, missing.held, held_statements(session)) == (2, 0, [])
    assert queries.bank_reconciliation(session).lines == Decimal("30.00")
    assert broken(session) == []


def test_a_person_lets_a_gap_pass_with_a_reason(session: Session) -> None:
    load(session, day(9, "0.00"))
    load(session, day(11, "20.00"), "c.sta")
    (held,) = held_statements(session)
    with pytest.raises(ChainError, match="Say why"):
        accept_gap(session, statement_id=held.statement_id, reason=" ", as_of=NOW)
    files = accept_gap(session, statement_id=held.statement_id, reason="the bank closed one day", as_of=NOW)
    assert post_files(session, file_ids=files, as_of=NOW).suspense == 1
    assert (held_statements(session), broken(session)) == ([], [])
    with pytest.raises(ChainError, match="does not wait"):
        accept_gap(session, statement_id=held.statement_id, reason="again", as_of=NOW)


def test_a_duplicate_with_one_changed_line_is_refused_whole_and_nothing_is_posted_twice(
    session: Session,
) -> None:
    payer = make_payer(session)
    lines = [
        transfer("30.00", title="rachunek", reference="B1"),
        transfer("5.00", title="prąd", reference="B2"),
    ]
    load(session, bank_file(lines, opening="0.00"))
    other_title = [lines[0], transfer("5.00", title="gaz", reference="B2")]
    assert refused(load(session, bank_file(other_title, opening="0.00"), "t.sta")) == "bank_file_changed_line"
    other_account = [lines[0], transfer("5.00", title="prąd", to=payer.account, reference="B2")]
    assert refused(load(session, bank_file(other_account), "v.sta")) == "bank_file_changed_line"
    moved = [
        transfer("29.00", title="rachunek", reference="B1"),
        transfer("6.00", title="prąd", reference="B2"),
    ]
    assert refused(load(session, bank_file(moved, opening="0.00"), "m.sta")) == "bank_file_changed_copy"
    assert queries.bank_reconciliation(session).lines == Decimal("35.00")
    assert len(queries.rejected_bank_files(session)) == 3
    rewrapped = [transfer("30.00", title="rachu nek", reference="B1"), lines[1]]
    assert load(session, bank_file(rewrapped, opening="0.00"), "w.sta").duplicates == 2


def test_camt_is_posted_like_mt940_and_the_same_day_in_both_forms_counts_once(session: Session) -> None:
    payer = make_payer(session)
    one = detail(payer="Jan", to=payer.account, title="prąd")
    xml = camt053(
        [entry("40.00", reference="B1", details=[one]), entry("2.00", mark="DBIT", reference="B2")],
        account=MAIN_ACCOUNT, opening="0.00", closing="38.00",
    )  # fmt: skip
    result = load(session, xml, "a.xml")
    assert (result.posted, result.posted_amount, result.outgoing) == (1, Decimal("40.00"), 1)
    lines = [
        transfer("40.00", to=payer.account, title="prąd", reference="B1"),
        transfer("-2.00", reference="B2"),
    ]
    assert load(session, bank_file(lines, opening="0.00")).duplicates == 2
    other_references = [
        transfer("40.00", to=payer.account, reference="X1"),
        transfer("-2.00", reference="X2"),
    ]
    assert (
        refused(load(session, bank_file(other_references, opening="0.00"), "x.sta"))
        == "bank_file_changed_copy"
    )
    assert broken(session) == []


def elixir(rows: list[tuple[str, str, str]], encoding: str = "cp1250") -> bytes:
    return "".join(
        f'110,20260310,{amount},10901014,0,"27114020040000300201355387","{account}",'
        '"Łukasz Żak|ul. Prosta 1",'
        f'"Promyk",0,99900009,"{title}|druga linia","","","51",""\r\n'
        for account, amount, title in rows
    ).encode(encoding)


@pytest.mark.parametrize("encoding", ["cp1250", "iso-8859-2", "cp852", "utf-8", "utf-8-sig"])
def test_elixir_in_any_encoding_is_money_on_its_way_until_the_bank_pays_the_sum(
    session: Session, encoding: str
) -> None:
    payer = make_payer(session)
    rows = [(payer.account, "12345", "opłata za prąd"), (payer.account, "12345", "opłata za prąd")]
    result = load(session, elixir(rows, encoding), "a.pli")
    assert (result.posted, result.posted_amount) == (2, Decimal("246.90"))
    assert session.execute(
        text("select distinct payer_name, title, method from operational.payments")
    ).all() == [("Łukasz Żak", "opłata za prąd druga linia", "collect")]
    between = queries.bank_reconciliation(session)
    assert (between.lines, between.in_transit, between.agrees) == (Decimal(0), Decimal("246.90"), True)
    sum_line = transfer("246.90", title="Suma wpłat masowych 10.03", payer="Bank", reference="S1")
    load(session, bank_file([sum_line], opening="0.00"))
    after = queries.bank_reconciliation(session)
    assert (after.lines, after.in_transit, after.in_suspense, after.agrees) == (Decimal("246.90"), 0, 0, True)
    assert load(session, elixir(rows, encoding), "b.pli").status == "already_imported"
    again = transfer("123.45", to=payer.account, title="opłata", reference="B9")
    assert refused(load(session, bank_file([again]), "c.sta")) == "bank_file_told_twice"
    assert broken(session) == []


REPORT = """Raport płatności masowych za 10.03.2026;;;
Data księgowania;Kwota;Nadawca;Rachunek wirtualny;Tytuł;Opis;Waluta;Data waluty;Rachunek nadawcy;Nr transakcji
10.03.2026;1 234,50;Żaneta Ćwik;{account};za prąd;;PLN;10.03.2026;27 1140 2004 0000 3002 0135 5387;T1
10.03.2026;0,01;"Firma; spółka";PL{account};;;PLN;;;T2

Razem;;;;
"""


def test_a_report_is_read_by_the_layout_of_its_bank_and_a_new_layout_is_data(session: Session) -> None:
    payer = make_payer(session)
    result = load(session, REPORT.format(account=payer.account).encode("cp1250"), "a.csv")
    assert result.rejection is not None, "the closing row 'Razem' stands in a column that must hold a date"
    content = REPORT.replace("Razem;;;;\n", ";;razem 2 pozycje;;\n").format(account=payer.account)
    result = load(session, content.encode("cp1250"), "b.csv")
    assert (result.posted, result.posted_amount) == (2, Decimal("1234.51"))
    wrong = content.replace("0,01", "0,o1").encode("cp1250")
    assert refused(load(session, wrong, "c.csv")) == "bank_file_field"
    other = f"dt|kw|rach\n2026-03-11|7.00|{payer.account}\n".encode()
    assert refused(load(session, other, "d.csv")) == "bank_file_not_mt940"
    layout = ReportLayout(
        "pipes",
        "Inny bank",
        "|",
        ".",
        "%Y-%m-%d",
        {"booked_on": "dt", "amount": "kw", "virtual_account": "rach"},
    )
    bank_settings.save_layout(session, layout=layout, is_active=True, row_version=0)
    assert load(session, other + b"\n", "e.csv").posted == 1
    with pytest.raises(bank_settings.BankSettingError, match="Columns missing: amount"):
        bad = ReportLayout("bad", "x", ";", ",", "%d.%m.%Y", {"booked_on": "a", "virtual_account": "b"})
        bank_settings.save_layout(session, layout=bad, is_active=True, row_version=0)
    assert broken(session) == []


def test_a_huge_file_is_refused_unread_and_an_amount_of_zero_is_kept_with_its_reason(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    huge = tmp_path / "huge.sta"
    with huge.open("wb") as handle:
        handle.truncate(3 * 1024 * 1024)
    monkeypatch.setenv("IRIS_BANK_FILE_MAX_MB", "2")
    settings.reset_settings()
    try:
        assert (
            refused(import_bank_path(session, path=huge, name="huge.sta", as_of=NOW)) == "bank_file_too_large"
        )
    finally:
        monkeypatch.undo()
        settings.reset_settings()
    result = load(session, bank_file([transfer("0.00", title="nic", reference="B1")]))
    assert (result.accepted, result.suspense, result.not_posted) == (1, 0, 1)
    assert [line.reason for line in queries.not_posted_lines(session)] == ["zero_amount"]
