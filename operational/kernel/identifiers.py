"""Check digits and forms of the trade's numbers: supply points, NIP, PESEL, REGON, bank accounts."""

import re

from stdnum.pl import nip, pesel, regon

from operational.kernel.errors import DomainError

_SEPARATORS = re.compile(r"[\s\u00a0-]")
_COUNTRY_PL_AS_DIGITS = "2521"  # P = 25, L = 21 in the mod-97 arithmetic of ISO 7064
_ACCOUNT_DIGITS = 24
_BANK_CODE_MINIMUM, _BANK_CODE_MAXIMUM = 8, 16


class InvalidIdentifier(DomainError):
    """A number whose form or check digit is wrong."""


def digits(text: str) -> str:
    """Drop spaces and dashes that people put into numbers."""
    return _SEPARATORS.sub("", text)


def gsrn_check_digit(first_17_digits: str) -> str:
    """Return the check digit of a GSRN-18 (GS1): weights 3, 1, 3 ... from the left, modulo 10."""
    if not re.fullmatch(r"\d{17}", first_17_digits):
        raise InvalidIdentifier(
            "invalid_supply_point_code",
            f"'{first_17_digits}' is not the first 17 digits of a supply point code.",
        )
    total = sum(int(digit) * (3 if index % 2 == 0 else 1) for index, digit in enumerate(first_17_digits))
    return str(-total % 10)


def complete_supply_point_code(first_17_digits: str) -> str:
    """Append the check digit: 59031060000012345 becomes 590310600000123459."""
    return first_17_digits + gsrn_check_digit(first_17_digits)


def is_valid_supply_point_code(code: str) -> bool:
    """Tell whether a PPE or PPG code has 18 digits and the right check digit.

    Old codes with a wrong digit exist, so importers warn and let a person override.
    """
    cleaned = digits(code)
    return bool(re.fullmatch(r"\d{18}", cleaned)) and gsrn_check_digit(cleaned[:17]) == cleaned[17]


def is_valid_nip(text: str) -> bool:
    """Tell whether a tax number (NIP) has ten digits and the right check digit."""
    return bool(nip.is_valid(text))


def is_valid_pesel(text: str) -> bool:
    """Tell whether a personal number (PESEL) has a possible birth date and the right check digit."""
    return bool(pesel.is_valid(text))


def is_valid_regon(text: str) -> bool:
    """Tell whether a statistical number (REGON, 9 or 14 digits) has the right check digits."""
    return bool(regon.is_valid(text))


def format_nip(text: str) -> str:
    """Write a NIP as 123-456-78-90; raise InvalidIdentifier when it is none."""
    if not is_valid_nip(text):
        raise InvalidIdentifier(
            "invalid_nip", f"'{text}' is not a NIP: ten digits, the last one a check digit."
        )
    return str(nip.format(nip.compact(text)))


def nrb_check_digits(account_24_digits: str) -> str:
    """Return the two digits that stand before the 24 digits of a Polish account (ISO 7064 mod 97-10)."""
    remainder = int(account_24_digits + _COUNTRY_PL_AS_DIGITS + "00") % 97
    return f"{98 - remainder:02d}"


def is_valid_nrb(text: str) -> bool:
    """Tell whether a Polish account number (NRB, optionally with the leading PL) has 26 digits that check."""
    cleaned = digits(text).removeprefix("PL")
    return bool(re.fullmatch(r"\d{26}", cleaned)) and nrb_check_digits(cleaned[2:]) == cleaned[:2]


def format_nrb(text: str) -> str:
    """Write an account number in groups: 27 1140 2004 0000 3002 0135 5387."""
    cleaned = digits(text).removeprefix("PL")
    return " ".join([cleaned[:2], *(cleaned[start : start + 4] for start in range(2, len(cleaned), 4))])


def virtual_account(bank_code: str, customer_serial: int) -> str:
    """Return the own 26-digit account of a customer: check digits, bank code, serial filled with zeros.

    ``bank_code`` is the 8-digit number of the bank's unit, or longer (up to 16 digits) when the bank gave the
    seller a prefix of its own. Raises InvalidIdentifier when the code is none or the serial does not fit.
    """
    if not bank_code.isdigit() or not _BANK_CODE_MINIMUM <= len(bank_code) <= _BANK_CODE_MAXIMUM:
        raise InvalidIdentifier(
            "invalid_bank_code",
            f"'{bank_code}' is not a bank code of 8 to 16 digits. Correct IRIS_SELLER_BANK_CODE.",
        )
    free = _ACCOUNT_DIGITS - len(bank_code)
    if customer_serial < 1 or len(str(customer_serial)) > free:
        raise InvalidIdentifier(
            "invalid_customer_serial",
            f"The serial {customer_serial} does not fit into {free} digits of an account.",
        )
    account = f"{bank_code}{customer_serial:0{free}d}"
    return nrb_check_digits(account) + account
