"""What the simulated bank writes, the reader reads back."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operational.finance.formats.mt940 import read_mt940
from operational.finance.formats.mt940_writer import write_mt940
from operational.finance.formats.statements import BankBalance, BankLine, BankStatement, check_balances

POLISH = "ABCDEFGHIJKLMNOPQRSTUWXYZabcdefghijklmnoprstuwyzĄĆĘŁŃÓŚŹŻąćęłńóśźż0123456789 /.,-:+()"
DAY = st.dates(date(2020, 1, 1), date(2035, 12, 31))
CENTS = st.decimals(Decimal("0.01"), Decimal("999999999.99"), places=2)


def words(longest: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=POLISH, max_size=longest).map(lambda text: " ".join(text.split()))


@st.composite
def bank_lines(draw: st.DrawFn, line_no: int = 1) -> BankLine:
    day = draw(DAY)
    return BankLine(
        line_no=line_no,
        value_date=day,
        booking_date=day,
        amount=draw(CENTS) * draw(st.sampled_from([1, -1])),
        currency="PLN",
        transaction_type="NTRF",
        bank_reference=draw(st.sampled_from([None, "B2603310001"])),
        customer_reference=draw(st.sampled_from([None, "KLIENT 7"])),
        title=draw(words(140)),
        payer_name=draw(words(70)) or None,
        payer_account=draw(st.sampled_from([None, "61109010140000071219812874", "DE42100100100043921105"])),
        virtual_account=draw(st.sampled_from([None, "27114020040000300201355387", "XX000000000014"])),
        reversal=draw(st.booleans()),
    )


def as_statement(lines: list[BankLine]) -> BankStatement:
    opening = BankBalance(Decimal("-10.00"), date(2026, 3, 30), "PLN")
    closing = replace(opening, amount=opening.amount + sum(line.amount for line in lines))
    numbered = tuple(replace(line, line_no=number) for number, line in enumerate(lines, start=1))
    return BankStatement("27114020040000300201355387", "PLN", "ST1", "61", 1, opening, closing, numbered)


def comparable(statement: BankStatement) -> BankStatement:
    """Drop what only the reader knows: the raw text, the place in the file, the key."""
    lines = (replace(line, description="", file_line=0) for line in statement.lines)
    return replace(statement, lines=tuple(lines))


@settings(max_examples=150, deadline=None)
@given(st.lists(bank_lines(), max_size=4), st.sampled_from(["utf-8", "iso-8859-2"]))
def test_a_written_statement_is_read_back_equal(lines: list[BankLine], encoding: str) -> None:
    written = as_statement(lines)
    (found,) = read_mt940(write_mt940(written, encoding=encoding), file_name="s.sta")
    assert comparable(found) == written
    assert check_balances(found).verdict == "adds_up"


def test_many_statements_stand_in_one_file() -> None:
    one = as_statement([])
    data = write_mt940([one, replace(one, sequence=2)])
    assert [found.sequence for found in read_mt940(data, file_name="s.sta")] == [1, 2]


@pytest.mark.parametrize("text", ["a~20b", "a\n:62F:C260331PLN9,99", "a\x01b\x00c", "日本"])
def test_a_text_cannot_break_out_of_its_field(text: str) -> None:
    line = BankLine(1, date(2026, 3, 31), date(2026, 3, 31), Decimal("1.00"), "PLN", title=text)
    (found,) = read_mt940(write_mt940(as_statement([line])), file_name="s.sta")
    assert len(found.lines) == 1
    assert check_balances(found).verdict == "adds_up"
    assert "~" not in found.lines[0].title
