"""Money and quantities as Decimal: rounding half-up, reading and writing Polish notation.

Never a float: amounts are ``numeric(18,2)`` in PostgreSQL and ``Decimal`` here, rounded once, at the line.
"""

import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from operational.kernel.errors import DomainError

NON_BREAKING_SPACE = "\u00a0"
ZERO = Decimal("0.00")
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]")
_MINUS_SIGNS = str.maketrans({"\u2212": "-", "\u2013": "-"})
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


class InvalidAmount(DomainError):
    """A text that is no amount."""

    def __init__(self, text: str) -> None:
        super().__init__(
            "invalid_amount",
            f"'{text}' is not an amount. Write it like 1 234,56 or 1234.56, without a currency.",
        )


def round_half_up(value: Decimal | Fraction | int, places: int = 2) -> Decimal:
    """Round to ``places`` decimals, halves away from zero, as PostgreSQL's ``round(numeric, n)`` does.

    An exact ``Fraction`` is rounded without a detour through a truncated decimal.
    """
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**places
        units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        return Decimal(units if value >= 0 else -units).scaleb(-places)
    return Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def to_decimal(value: Fraction) -> Decimal:
    """Turn an exact fraction into a Decimal of 28 digits, for showing; compute with the fraction."""
    return Decimal(value.numerator) / Decimal(value.denominator)


def parse_amount(text: str) -> Decimal:
    """Read ``1 234,56``, ``1234.56`` or ``−5,00`` exactly; raise InvalidAmount for anything else.

    A text with both a dot and a comma is refused, since it can be read in two ways.
    """
    cleaned = _SPACES.sub("", text).translate(_MINUS_SIGNS)
    if not _NUMBER.fullmatch(cleaned):
        raise InvalidAmount(text)
    return Decimal(cleaned.replace(",", "."))


def format_amount(value: Decimal, places: int = 2) -> str:
    """Write a number the Polish way: ``1 234,56`` with non-breaking spaces, rounded half-up to ``places``."""
    rounded = round_half_up(value, places)
    return f"{rounded:,.{places}f}".replace(",", NON_BREAKING_SPACE).replace(".", ",")


def format_pln(value: Decimal) -> str:
    """Write an amount in złoty: ``1 234,56 zł`` with non-breaking spaces."""
    return f"{format_amount(value)}{NON_BREAKING_SPACE}zł"
