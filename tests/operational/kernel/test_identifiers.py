"""Check digits of the trade's numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schwifty import IBAN

from operational.kernel.identifiers import (
    InvalidIdentifier,
    complete_supply_point_code,
    digits,
    format_nip,
    format_nrb,
    is_valid_nip,
    is_valid_nrb,
    is_valid_pesel,
    is_valid_regon,
    is_valid_supply_point_code,
    virtual_account,
)
from operational.kernel.settings import get_settings

SEVENTEEN = st.text("0123456789", min_size=17, max_size=17)


def test_golden_case_gc13_the_check_digit_of_a_supply_point() -> None:
    assert complete_supply_point_code("59031060000012345") == "590310600000123459"


@given(SEVENTEEN, st.integers(0, 17))
def test_one_wrong_digit_of_a_supply_point_code_is_noticed(first: str, place: int) -> None:
    code = complete_supply_point_code(first)
    wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
    assert is_valid_supply_point_code(code)
    assert not is_valid_supply_point_code(wrong)


def test_spaces_in_a_supply_point_code_are_forgiven_and_letters_are_not() -> None:
    assert is_valid_supply_point_code("5903 1060 0000 1234 59")
    assert not is_valid_supply_point_code("PL0037300000123456")
    with pytest.raises(InvalidIdentifier, match="17 digits"):
        complete_supply_point_code("123")


def test_tax_personal_and_statistical_numbers() -> None:
    assert is_valid_nip("999-000-01-26")
    assert not is_valid_nip("9990000127")
    assert format_nip("9990000126") == "999-000-01-26"
    assert is_valid_pesel("44051401359")
    assert not is_valid_pesel("44051401358")
    assert is_valid_regon("990000016")
    assert not is_valid_regon("990000017")
    with pytest.raises(InvalidIdentifier, match="NIP"):
        format_nip("123")


def test_the_sellers_own_numbers_check() -> None:
    settings = get_settings()
    assert is_valid_nip(settings.seller_nip)
    assert is_valid_regon(settings.seller_regon)


@given(st.integers(1, 10**16 - 1))
def test_a_virtual_account_is_a_valid_polish_iban(serial: int) -> None:
    account = virtual_account("10900004", serial)
    assert len(account) == 26
    assert is_valid_nrb(account)
    assert IBAN(f"PL{account}").numeric % 97 == 1
    assert account.endswith(str(serial))


def test_every_customer_has_another_account() -> None:
    assert len({virtual_account("99900009", serial) for serial in range(1, 2000)}) == 1999


def test_a_bank_may_give_the_seller_a_longer_prefix() -> None:
    account = virtual_account("999000091234", 42)
    assert account[2:14] == "999000091234"
    assert account.endswith("000000000042")


@pytest.mark.parametrize(
    ("bank_code", "serial"), [("123", 1), ("9990000X", 1), ("9990000912345678", 10**8), ("99900009", 0)]
)
def test_a_bank_code_or_serial_that_does_not_fit_is_refused(bank_code: str, serial: int) -> None:
    with pytest.raises(InvalidIdentifier):
        virtual_account(bank_code, serial)


def test_an_account_is_written_in_groups() -> None:
    assert format_nrb("PL61109010140000071219812874") == "61 1090 1014 0000 0712 1981 2874"
    assert is_valid_nrb("PL 61 1090 1014 0000 0712 1981 2874")
    assert not is_valid_nrb("62109010140000071219812874")
    assert digits("12-34 56\u00a07") == "1234567"
