"""camt files: batches, reversals, returns, versions, and what must never be read."""

from datetime import date
from decimal import Decimal

import pytest

from operational.finance.formats.camt import read_camt
from operational.finance.formats.statements import (
    BalanceVerdict,
    BankFileError,
    BankLine,
    StatementKind,
    check_balances,
)
from operational.finance.rules import business_keys
from tests.factories.camt import camt053, detail, entry

OURS = "27114020040000300201355387"
VIRTUAL = "61109010140000071219812874"


def only(content: bytes) -> tuple[BankLine, ...]:
    (found,) = read_camt(content, file_name="a.xml")
    return found.lines


@pytest.mark.parametrize("version", ["02", "04", "08", "13"])
def test_every_version_is_read_by_its_namespace(version: str) -> None:
    content = camt053(
        [entry("100.00", reference="B1", details=[
            detail(payer="Jan Nowak", to=VIRTUAL, title="FV 1", version=version)])],
        account=OURS, version=version, opening="5.00", closing="105.00",
    )  # fmt: skip
    (found,) = read_camt(content, file_name="a.xml")
    (line,) = found.lines
    assert (found.account, found.kind, found.currency) == (OURS, StatementKind.CAMT053, "PLN")
    assert check_balances(found).verdict is BalanceVerdict.ADDS_UP
    assert (line.amount, line.payer_name, line.virtual_account, line.title, line.bank_reference) == (
        Decimal("100.00"), "Jan Nowak", VIRTUAL, "FV 1", "B1",
    )  # fmt: skip
    assert line.booking_date == date(2026, 3, 10)


def test_a_batch_is_as_many_lines_as_transfers_and_a_batch_that_does_not_give_its_sum_is_one() -> None:
    parts = [detail("40.00", payer="A", end_to_end="E1"), detail("40.00", payer="B", end_to_end="E2")]
    lines = only(camt053([entry("80.00", reference="S1", details=parts)], account=OURS))
    assert [(line.amount, line.payer_name, line.bank_reference) for line in lines] == [
        (Decimal("40.00"), "A", "S1/E1"), (Decimal("40.00"), "B", "S1/E2"),
    ]  # fmt: skip
    assert (
        len(
            {
                key
                for keys in business_keys(
                    read_camt(
                        camt053([entry("80.00", reference="S1", details=parts)], account=OURS), file_name="b"
                    )
                )
                for key in keys
            }
        )
        == 2
    )
    (sum_line,) = only(camt053([entry("81.00", reference="S1", details=parts)], account=OURS))
    assert sum_line.amount == Decimal("81.00")


def test_reversed_and_returned_transfers_and_debits() -> None:
    entries = [
        entry("50.00", mark="DBIT", reversal=True, reference="B1", details=[detail(payer="Jan", to=VIRTUAL)]),
        entry("7.00", mark="CRDT", reference="B2", details=[detail(payer="My", returned=True)]),
        entry("3.00", mark="DBIT", reference="B3"),
        entry("9.00", status="PDNG", reference="B4"),
    ]
    back, returned, fee = only(camt053(entries, account=OURS))
    assert (back.amount, back.reversal, back.payer_name, back.virtual_account) == (
        Decimal("-50.00"), True, "Jan", VIRTUAL,
    )  # fmt: skip
    assert (returned.amount, returned.reversal) == (Decimal("7.00"), True)
    assert (fee.amount, fee.reversal) == (Decimal("-3.00"), False)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">&c;</Document>'
)
FILE = BOMB.replace(b'<!ENTITY a "aaaaaaaaaa">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (BOMB, "bank_file_xml_doctype"),
        (FILE, "bank_file_xml_doctype"),
        (BOMB.decode().encode("utf-16"), "bank_file_xml_doctype"),
        (b"<Document><a></Document>", "bank_file_xml"),
        (b"<html><body>no statement</body></html>", "bank_file_not_camt"),
        (camt053([entry("1.00", reference="B1")], account=OURS)[:-40], "bank_file_xml"),
        (camt053([entry("1,00", reference="B1")], account=OURS), "bank_file_field"),
        (camt053([entry("1.00", reference="B1", day="2026-02-30")], account=OURS), "bank_file_field"),
        (camt053([entry("1.00", reference="B1", mark="PLUS")], account=OURS), "bank_file_field"),
        (camt053([entry("1.00", reference="B1")], account=""), "bank_file_field"),
        (b"<" * 100_000, "bank_file_xml"),
        (b"<a>" * 5_000, "bank_file_xml"),
    ],
)
def test_what_is_no_sound_statement_is_refused_with_reason_and_cure(content: bytes, code: str) -> None:
    with pytest.raises(BankFileError) as caught:
        read_camt(content, file_name="a.xml")
    assert caught.value.code == code
    assert caught.value.cure
