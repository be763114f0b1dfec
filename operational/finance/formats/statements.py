"""What a bank file becomes: statements, lines, balances, and the error every bad file ends in.

Amounts are Decimal and signed from the account owner's side: plus is money in, minus is money out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from operational.kernel.errors import DomainError


class BankFileError(DomainError):
    """A bank file that cannot be read; the message names file, line, what is wrong and the cure.

    `code` is stable (`bank_file_truncated`, `bank_file_not_mt940`, ...) and is what callers and
    translations use.
    """

    def __init__(self, code: str, *, file_name: str, line_no: int | None, what: str, cure: str) -> None:
        place = file_name if line_no is None else f"{file_name}, line {line_no}"
        super().__init__(code, f"{place}: {what} {cure}")
        self.file_name = file_name
        self.line_no = line_no
        self.what = what
        self.cure = cure
        self.sheet: list[dict[str, object]] = []  # what was read of a file that does not add up


class StatementKind(StrEnum):
    """The format a statement came in; which formats are final and which are previews is data
    (``bank_feeds``).

    MT940 and CAMT053 are final statements, MT942 and CAMT052 previews of a day, CAMT054 an advice of single
    movements; ELIXIR-O and REPORT list mass payments one by one.
    """

    MT940 = "MT940"
    MT942 = "MT942"
    CAMT052 = "CAMT052"
    CAMT053 = "CAMT053"
    CAMT054 = "CAMT054"
    ELIXIR_O = "ELIXIR-O"
    REPORT = "REPORT"


@dataclass(frozen=True, slots=True)
class BankBalance:
    """An opening or closing balance: signed amount (debit is negative), its day, its currency.

    `final` is False for the intermediate balances (:60M:, :62M:) of a statement that was split over pages.
    """

    amount: Decimal
    balance_date: date
    currency: str
    final: bool = True

    @property
    def mark(self) -> str:
        """Return the mark a bank prints: `C` for credit (also for zero), `D` for debit."""
        return "D" if self.amount < 0 else "C"


@dataclass(frozen=True, slots=True)
class EntryTotals:
    """The control totals of an MT942 (:90D:, :90C:): counts and sums; the debit sum is negative."""

    debit_count: int | None = None
    debit_sum: Decimal | None = None
    credit_count: int | None = None
    credit_sum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BankLine:
    """One movement on the account.

    `line_no` counts the lines of the statement from 1, `file_line` is the line in the file. `amount` is
    signed; a reversal of a credit (RC) is money out, a reversal of a debit (RD) is money in, and `reversal`
    marks both. `payer_*` is the other side, whoever paid. Polish accounts are 26 digits (NRB), foreign ones
    as the bank wrote them. `virtual_account` is the account of a mass payment the money was sent to: an NRB
    or the bank's own id. `description` is field :86: as received, its lines joined by a line break.
    """

    line_no: int
    value_date: date
    booking_date: date
    amount: Decimal
    currency: str | None
    transaction_type: str | None = None
    bank_reference: str | None = None
    customer_reference: str | None = None
    title: str = ""
    payer_name: str | None = None
    payer_address: str | None = None
    payer_account: str | None = None
    virtual_account: str | None = None
    description: str = ""
    reversal: bool = False
    file_line: int = 0


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One statement of one account: header, balances and lines in the order of the file.

    A file may hold many. Any balance may be missing (None): an MT942 has none, some banks leave out :62F:.
    """

    account: str
    currency: str | None
    reference: str
    statement_number: str | None
    sequence: int | None
    opening: BankBalance | None
    closing: BankBalance | None
    lines: tuple[BankLine, ...] = ()
    kind: StatementKind = StatementKind.MT940
    totals: EntryTotals | None = None
    information: str = ""

    @property
    def sum_credit(self) -> Decimal:
        """Return the money in over all lines, as a positive amount."""
        return sum((line.amount for line in self.lines if line.amount > 0), Decimal(0))

    @property
    def sum_debit(self) -> Decimal:
        """Return the money out over all lines, as a positive amount."""
        return -sum((line.amount for line in self.lines if line.amount < 0), Decimal(0))


class BalanceVerdict(StrEnum):
    """Whether a statement adds up; `cannot_check` when the bank left out what is needed to tell."""

    ADDS_UP = "adds_up"
    DIFFERS = "differs"
    CANNOT_CHECK = "cannot_check"


@dataclass(frozen=True, slots=True)
class BalanceCheck:
    """The result of adding up a statement; `difference` is what the bank states minus what the lines give."""

    verdict: BalanceVerdict
    difference: Decimal = Decimal(0)
    reason: str = ""


def check_balances(statement: BankStatement) -> BalanceCheck:
    """Tell whether opening balance plus lines equals closing balance (MT942: counts and sums against
    :90D:/:90C:).

    Never raises: the caller decides what a difference means. A difference is a sign of a cut or edited file.
    """
    if statement.opening is not None and statement.closing is not None:
        return _check_movement(statement, statement.opening, statement.closing)
    if statement.totals is not None:
        return _check_totals(statement, statement.totals)
    missing = "opening balance" if statement.opening is None else "closing balance"
    return BalanceCheck(BalanceVerdict.CANNOT_CHECK, reason=f"the statement has no {missing}")


def _check_movement(statement: BankStatement, opening: BankBalance, closing: BankBalance) -> BalanceCheck:
    if opening.currency != closing.currency:
        reason = f"opening balance in {opening.currency}, closing balance in {closing.currency}"
        return BalanceCheck(BalanceVerdict.DIFFERS, reason=reason)
    expected = opening.amount + sum((line.amount for line in statement.lines), Decimal(0))
    difference = closing.amount - expected
    if difference == 0:
        return BalanceCheck(BalanceVerdict.ADDS_UP)
    reason = f"opening {opening.amount} plus lines gives {expected}, the bank states {closing.amount}"
    return BalanceCheck(BalanceVerdict.DIFFERS, difference, reason)


def _check_totals(statement: BankStatement, totals: EntryTotals) -> BalanceCheck:
    debits = [line.amount for line in statement.lines if line.amount < 0]
    credited = [line.amount for line in statement.lines if line.amount >= 0]
    checks = (
        ("debits", totals.debit_count, totals.debit_sum, debits),
        ("credits", totals.credit_count, totals.credit_sum, credited),
    )
    for name, count, stated, amounts in checks:
        total = sum(amounts, Decimal(0))
        if stated is not None and stated != total:
            reason = f"sum of {name} is {total}, the bank states {stated}"
            return BalanceCheck(BalanceVerdict.DIFFERS, stated - total, reason)
        if count is not None and count != len(amounts):
            reason = f"the file has {len(amounts)} {name}, the bank states {count}"
            return BalanceCheck(BalanceVerdict.DIFFERS, reason=reason)
    return BalanceCheck(BalanceVerdict.ADDS_UP)


def require_balances(statement: BankStatement, *, file_name: str) -> None:
    """Raise BankFileError (`bank_file_unbalanced`) when the statement does not add up; silent otherwise."""
    check = check_balances(statement)
    if check.verdict is BalanceVerdict.DIFFERS:
        raise BankFileError(
            "bank_file_unbalanced",
            file_name=file_name,
            line_no=None,
            what=f"statement {statement.statement_number or statement.reference} of account "
            f"{statement.account} does not add up: {check.reason}.",
            cure="Lines are missing or were changed: download the statement from the bank again.",
        )
