"""Read Elixir-O files of incoming transfers, the form in which Polish banks list mass payments.

One line is one transfer: sixteen fields parted by commas, texts in quotation marks, `|` as a line break
inside a text, the amount in grosze. Outgoing files of this form are written elsewhere (refunds).
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from datetime import date
from decimal import Decimal
from io import StringIO

from operational.finance.formats.encoding import DEFAULT_MAX_BYTES, decode_bank_text
from operational.finance.formats.statements import BankFileError, BankLine, BankStatement, StatementKind
from operational.kernel.identifiers import digits

_FIRST = re.compile(rb"^\s*\"?1[12]0\"?,\"?[0-9]{8}\"?,\"?[0-9]+\"?,")
_FIELDS = 16
_CODE, _DATE, _AMOUNT, _PAYER_ACCOUNT, _OUR_ACCOUNT, _PAYER = 0, 1, 2, 5, 6, 7
_TITLE, _REFERENCE = 11, 15
_SPACES = re.compile(r"\s+")


def looks_like_elixir(data: bytes) -> bool:
    """Tell from the first bytes whether a file is Elixir-O."""
    return bool(_FIRST.match(data[:256].removeprefix(b"\xef\xbb\xbf")))


def read_elixir(
    data: bytes, *, file_name: str, max_bytes: int = DEFAULT_MAX_BYTES
) -> tuple[BankStatement, ...]:
    """Read the transfers; one statement (without balances) for each bank and day of the receiving accounts.

    The account of such a statement is `COLLECT-` and the bank code of the virtual accounts. Raises
    BankFileError: bank_file_encoding, bank_file_too_large, bank_file_binary, bank_file_field.
    """
    text = decode_bank_text(data, file_name=file_name, max_bytes=max_bytes)
    groups: dict[tuple[str, date], list[BankLine]] = defaultdict(list)
    rows = csv.reader(StringIO(text, newline=""))
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                bank, line = _line(row, file_name, rows.line_num)
                groups[bank, line.booking_date].append(line)
    except csv.Error as error:
        raise _error(file_name, rows.line_num, f"the line cannot be cut into fields: {error}") from error
    return tuple(
        collect_statement(bank, day, lines, StatementKind.ELIXIR_O) for (bank, day), lines in groups.items()
    )


def collect_statement(bank: str, day: date, lines: list[BankLine], kind: StatementKind) -> BankStatement:
    """Return a list of mass payments of a day as a statement; `bank` is the code of the receiving bank."""
    return BankStatement(
        account=f"COLLECT-{bank}", currency="PLN", reference=f"{kind} {day:%Y%m%d}", statement_number=None,
        sequence=None, opening=None, closing=None, lines=tuple(lines), kind=kind,
    )  # fmt: skip


def _line(row: list[str], file_name: str, line_no: int) -> tuple[str, BankLine]:
    if len(row) != _FIELDS:
        raise _error(file_name, line_no, f"the line has {len(row)} fields instead of {_FIELDS}")
    if row[_CODE].strip() not in ("110", "120"):
        raise _error(file_name, line_no, f"the kind of order '{row[_CODE][:10]}' is no transfer (110, 120)")
    amount, account = row[_AMOUNT].strip(), digits(row[_OUR_ACCOUNT]).removeprefix("PL")
    if not re.fullmatch(r"[0-9]{1,15}", amount):
        raise _error(file_name, line_no, f"the amount '{amount[:30]}' is no number of grosze")
    if not re.fullmatch(r"[0-9]{26}", account):
        raise _error(file_name, line_no, f"the receiving account '{account[:34]}' has not 26 digits")
    try:
        day = date.fromisoformat(row[_DATE].strip())
    except ValueError as error:
        raise _error(file_name, line_no, f"'{row[_DATE][:12]}' is no date (YYYYMMDD)") from error
    title = _plain(row[_TITLE])
    payer = row[_PAYER].split("|")
    reference = row[_REFERENCE].strip() or None
    return account[2:10], BankLine(
        line_no=line_no, value_date=day, booking_date=day, amount=Decimal(amount).scaleb(-2), currency="PLN",
        transaction_type=row[_CODE].strip(), bank_reference=reference, title=title,
        payer_name=_plain(payer[0]) or None, payer_address=_plain(" ".join(payer[1:])) or None,
        payer_account=digits(row[_PAYER_ACCOUNT]).removeprefix("PL") or None, virtual_account=account,
        description=title, file_line=line_no,
    )  # fmt: skip


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.replace("|", " ")).strip()


def _error(file_name: str, line_no: int, what: str) -> BankFileError:
    return BankFileError(
        "bank_file_field", file_name=file_name, line_no=line_no, what=f"{what}.",
        cure="Download the file again as Elixir-O; nothing of it was taken.",
    )  # fmt: skip
