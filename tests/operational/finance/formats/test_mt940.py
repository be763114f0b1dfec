"""Reading MT940 and MT942: signs, dates, padding, frames, cut files, garbage."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operational.finance.formats.mt940 import looks_like_mt940, read_mt940
from operational.finance.formats.statements import (
    BalanceVerdict,
    BankFileError,
    BankLine,
    StatementKind,
    check_balances,
    require_balances,
)
from operational.finance.rules import business_keys
from tests.operational.finance.formats.samples import PLAIN, statement


def read_one_line(data: bytes) -> BankLine:
    (only,) = read_mt940(data, file_name="s.sta")
    return only.lines[0]


def test_a_statement_is_read_with_header_balances_and_signed_lines() -> None:
    (found,) = read_mt940(PLAIN.encode(), file_name="plain.sta")
    assert (found.account, found.currency, found.reference) == (
        "27114020040000300201355387",
        "PLN",
        "ST260331",
    )
    assert (found.statement_number, found.sequence, found.kind) == ("61", 1, StatementKind.MT940)
    assert found.opening is not None and found.closing is not None
    assert (found.opening.amount, found.opening.balance_date) == (Decimal("1000.00"), date(2026, 3, 30))
    assert (found.closing.amount, found.closing.mark) == (Decimal("1105.00"), "C")
    assert [line.amount for line in found.lines] == [Decimal("120.50"), Decimal("-20.50"), Decimal("5.00")]
    assert [line.reversal for line in found.lines] == [False, True, True]
    assert [line.file_line for line in found.lines] == [5, 12, 15]
    assert found.lines[1].customer_reference == "KLIENT7"
    assert check_balances(found).verdict is BalanceVerdict.ADDS_UP


def test_a_missing_line_makes_the_balances_differ_by_its_amount() -> None:
    text = PLAIN.replace(":61:2603310331C120,50NTRFNONREF//B1\n", ":86:orphan\n:86:x\n")
    (found,) = read_mt940(text.encode(), file_name="cut.sta")
    check = check_balances(found)
    assert (check.verdict, check.difference) == (BalanceVerdict.DIFFERS, Decimal("120.50"))
    with pytest.raises(
        BankFileError, match=r"cut\.sta: statement 61 of account 27114.*does not add up"
    ) as caught:
        require_balances(found, file_name="cut.sta")
    assert caught.value.code == "bank_file_unbalanced"


@pytest.mark.parametrize(
    ("entry", "value_date", "booking_date"),
    [
        ("2512310102C1,00NTRFNONREF", date(2025, 12, 31), date(2026, 1, 2)),
        ("2601021231C1,00NTRFNONREF", date(2026, 1, 2), date(2025, 12, 31)),
        ("260331C1,00NTRFNONREF", date(2026, 3, 31), date(2026, 3, 31)),
        ("260331    C1,00NTRFNONREF", date(2026, 3, 31), date(2026, 3, 31)),
    ],
)
def test_booking_date_takes_the_nearest_year(entry: str, value_date: date, booking_date: date) -> None:
    line = read_one_line(statement("x", entry=entry))
    assert (line.value_date, line.booking_date) == (value_date, booking_date)


@pytest.mark.parametrize(
    ("entry", "amount", "kind", "customer", "bank"),
    [
        ("2603310331CN0000000000001234,56NTRFREF1//B1", "1234.56", "NTRF", "REF1", "B1"),
        ("2603310331C1,NTRFNONREF", "1", "NTRF", None, None),
        ("2603310331DR6,62NCHGNONREF//BR1", "-6.62", "NCHG", None, "BR1"),
        (
            "2603310331D65.10NOVBNL47INGB9999999999\nhr gjlm paulissen",
            "-65.10",
            "NOVB",
            "NL47INGB9999999999",
            None,
        ),
        ("2603310331C\n12,00NTRFNONREF", "12.00", "NTRF", None, None),
        ("2603310331c12,00NTRFNONREF", "12.00", "NTRF", None, None),
        ("2603310331rc12,00NTRFNONREF", "-12.00", "NTRF", None, None),
    ],
)
def test_amounts_and_references_survive_the_banks_peculiarities(
    entry: str, amount: str, kind: str, customer: str | None, bank: str | None
) -> None:
    line = read_one_line(statement("x", entry=entry))
    assert (line.amount, line.transaction_type) == (Decimal(amount), kind)
    assert (line.customer_reference, line.bank_reference) == (customer, bank)


def test_padded_balances_keep_their_last_digits() -> None:
    data = statement("x").replace(b"PLN0,00", b"PLN0000000000000123,45")
    (found,) = read_mt940(data, file_name="s.sta")
    assert found.opening is not None
    assert found.opening.amount == Decimal("123.45")


def test_two_descriptions_of_one_line_are_read_together() -> None:
    line = read_one_line(statement("020\n:86:020~00X~20FV 1~32JAN NOWAK~38PL27114020040000300201355387"))
    assert (line.title, line.payer_name, line.payer_account) == (
        "FV 1",
        "JAN NOWAK",
        "27114020040000300201355387",
    )
    assert line.description.startswith("020\n020~00X")


def test_owner_text_is_the_title_where_the_description_is_missing() -> None:
    data = statement("x", entry="2603310331C1,00NTRFNONREF//B1\nWPLATA WLASNA").replace(b":86:x\n", b"")
    assert read_one_line(data).title == "WPLATA WLASNA"


def test_framing_bytes_and_swift_blocks_change_nothing() -> None:
    plain = read_mt940(PLAIN.encode(), file_name="a")
    framed = b"\x01\r\n" + PLAIN.replace("\n", "\r\n").encode().replace(b"-\r\n", b"-\x03\r\n") + b"\x1a"
    swift = b"{1:F01BANKPLPWXXXX}{2:O940}{4:\n" + PLAIN.encode().replace(b"\n-\n", b"\n-}\n")
    for data in (framed, swift):
        other = read_mt940(data, file_name="b")
        assert business_keys(other) == business_keys(plain)
        assert other[0].closing == plain[0].closing


def test_messages_that_share_a_line_are_parted_at_the_framing_byte() -> None:
    data = PLAIN.encode().replace(b"-\n", b"-\x03\x01") + PLAIN.encode()
    assert len(read_mt940(data, file_name="s.sta")) == 2


def test_a_dash_in_the_payers_text_does_not_end_the_message() -> None:
    line = read_one_line(statement("OPLATA\n-\nZA PRAD"))
    assert line.title == "OPLATA - ZA PRAD"


def test_a_statement_without_lines_is_a_statement() -> None:
    data = b":20:X\n:25:1\n:28C:1\n:60F:C260330PLN0,00\n:62F:C260331PLN0,00\n"
    (found,) = read_mt940(data, file_name="s.sta")
    assert (found.lines, check_balances(found).verdict) == ((), BalanceVerdict.ADDS_UP)


def test_a_missing_closing_balance_is_read_and_said() -> None:
    data = b":20:X\n:25:1\n:28C:1\n:60F:C260330PLN0,00\n:61:260331C1,00NTRFNONREF\n:86:x\n-\n"
    (found,) = read_mt940(data, file_name="s.sta")
    check = check_balances(found)
    assert found.closing is None
    assert (check.verdict, check.reason) == (
        BalanceVerdict.CANNOT_CHECK,
        "the statement has no closing balance",
    )


def test_a_file_without_end_is_refused_unless_the_caller_accepts_it() -> None:
    data = b":20:X\n:25:1\n:28C:1\n:60F:C260330PLN0,00\n:61:260331C1,00NTRFNONREF\n:86:x\n"
    with pytest.raises(
        BankFileError, match=r"s.sta, line 6: the file is cut off.*Download it again"
    ) as caught:
        read_mt940(data, file_name="s.sta")
    assert caught.value.code == "bank_file_truncated"
    assert len(read_mt940(data, file_name="s.sta", accept_without_closing=True)[0].lines) == 1


def test_an_intraday_report_is_checked_by_its_totals() -> None:
    text = ":20:X\n:25:1\n:28C:1/1\n:34F:PLN0,00\n:13D:2603311815+0100\n:61:260331C5,00NTRFNONREF\n:86:a\n"
    text += ":61:260331D2,00NTRFNONREF\n:86:b\n:90D:1PLN2,00\n:90C:1PLN5,00\n-\n"
    (found,) = read_mt940(text.encode(), file_name="i.sta")
    assert (found.kind, found.currency) == (StatementKind.MT942, "PLN")
    assert check_balances(found).verdict is BalanceVerdict.ADDS_UP
    (wrong,) = read_mt940(text.replace("1PLN5,00", "2PLN5,00").encode(), file_name="i.sta")
    assert "the file has 1 credits, the bank states 2" in check_balances(wrong).reason


def test_equal_lines_get_different_keys_and_the_same_file_the_same_keys() -> None:
    entry = ":61:260331C5,00NTRFNONREF\n:86:a\n"
    data = f":20:X\n:25:1\n:28C:1\n:60F:C260330PLN0,00\n{entry}{entry}:62F:C260331PLN10,00\n-\n".encode()
    ((first, second),) = business_keys(read_mt940(data, file_name="a"))
    assert first != second
    assert business_keys(read_mt940(data.replace(b"\n", b"\r\n"), file_name="b")) == [[first, second]]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bank_file_not_mt940"),
        (b"%PDF-1.7 no statement", "bank_file_not_mt940"),
        (b":20:X\x00:25:1", "bank_file_binary"),
        (PLAIN.encode("utf-16"), "bank_file_binary"),
        (PLAIN.encode().replace(b":25:/PL27114020040000300201355387\n", b""), "bank_file_field"),
        (PLAIN.encode().replace(b"PLN1000,00", b"PLN10OO,00"), "bank_file_field"),
        (PLAIN.encode().replace(b"PLN1000,00", b"PLN1.000,00"), "bank_file_field"),
        (PLAIN.encode().replace(b"PLN1000,00", b"PLN99999999999999999,00"), "bank_file_field"),
        (PLAIN.encode().replace(b":60F:C260330", b":60F:C261330"), "bank_file_field"),
        (PLAIN.encode().replace(b"C120,50NTRF", b"C1.120,50NTRF"), "bank_file_field"),
        (PLAIN.encode().replace(b"C120,50NTRF", b"X120,50NTRF"), "bank_file_field"),
        (PLAIN.encode().replace(b":61:2603310331C", b":61:2613310331C"), "bank_file_field"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_a_cure(data: bytes, code: str) -> None:
    with pytest.raises(BankFileError, match=r"^wyciag\.sta(, line \d+)?: ") as caught:
        read_mt940(data, file_name="wyciag.sta")
    assert caught.value.code == code
    assert caught.value.cure.endswith(".")


def test_the_error_names_the_line_of_the_bad_field() -> None:
    with pytest.raises(BankFileError, match=r"w.sta, line 12: the statement line ':61:26033x0331RC20,50"):
        read_mt940(PLAIN.replace("2603310331RC", "26033x0331RC").encode(), file_name="w.sta")


def test_a_file_above_the_limit_is_not_read() -> None:
    with pytest.raises(BankFileError, match=r"more than the limit of 10\b"):
        read_mt940(PLAIN.encode(), file_name="big.sta", max_bytes=10)


def test_a_file_cut_at_any_byte_is_refused_or_does_not_add_up_or_is_whole() -> None:
    data = (PLAIN + PLAIN.replace("ST260331", "ST260401")).encode()
    whole = read_mt940(data, file_name="s.sta")
    for cut in range(1, len(data)):
        try:
            found = read_mt940(data[:cut], file_name="s.sta")
        except BankFileError:
            continue
        adds_up = all(check_balances(part).verdict is BalanceVerdict.ADDS_UP for part in found)
        assert not adds_up or [p.lines for p in found] == [p.lines for p in whole[: len(found)]], cut


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_random_bytes_give_an_error_of_ours(data: bytes) -> None:
    for candidate in (data, b":20:X\n:25:1\n" + data, statement("~20").replace(b"~20", data)):
        try:
            read_mt940(candidate, file_name="f")
        except BankFileError as error:
            assert "f" in error.message


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.integers(0, 30), st.binary(max_size=12))
def test_a_damaged_statement_gives_an_error_of_ours_or_exact_decimals(at: int, drop: int, put: bytes) -> None:
    data = PLAIN.encode()
    try:
        found = read_mt940(data[:at] + put + data[at + drop :], file_name="f")
    except BankFileError:
        return
    assert all(
        isinstance(line.amount, Decimal) and line.amount.is_finite() for s in found for line in s.lines
    )


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_text_of_a_payer_leaves_the_amount_alone(text: str) -> None:
    cleaned = "".join(c for c in text if c.isprintable() and not "\x7f" <= c <= "\x9f")
    try:
        line = read_one_line(statement(cleaned))
    except UnicodeEncodeError:
        return
    assert line.amount == 1


@pytest.mark.parametrize("filler", [b"\x01", b"-\n", b" ", b"\n", b";", b"~20", b":86:", b"{4:"])
def test_long_runs_of_one_piece_are_read_in_linear_time(filler: bytes) -> None:
    data = b":20:X\n:25:1\n:61:260331C1,00NTRFNONREF\n:86:" + filler * 300_000 + b"\n-\n"
    assert read_mt940(data, file_name="f")[0].lines[0].amount == 1


def test_statements_are_recognised_by_their_head() -> None:
    assert looks_like_mt940(PLAIN.encode())
    assert not looks_like_mt940(b"record,supply_point_code\n")
