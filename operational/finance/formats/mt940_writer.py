"""Write statements as MT940 in the `~NN` dialect of :86:, for the simulated bank and for tests.

What read_mt940 reads back equals what was written, within the widths of the format: a title of 6 x 35
characters, a name of 2 x 35, references of 16. Longer texts are cut there, as a bank cuts them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal

from operational.finance.formats.statements import BankBalance, BankLine, BankStatement

_SHORT_CHUNK, _LONG_CHUNK = 27, 35
_TITLE_CODES = ("20", "21", "22", "23", "24", "25")
_NAME_CODES = ("32", "33")
_VIRTUAL_ACCOUNT_CODE = "64"
_BREAKING = re.compile(r"[\s~\x00-\x1f\x7f-\x9f]+")


def write_mt940(
    statements: BankStatement | Iterable[BankStatement], *, encoding: str = "iso-8859-2"
) -> bytes:
    """Return the file a bank would send: CRLF line ends, `-` after each statement.

    `encoding` is `iso-8859-2` (characters it lacks become `?`) or any other that Python knows. `title`,
    `payer_*` and `virtual_account` are written; `description` is not, because the reader gets it from them.
    """
    if isinstance(statements, BankStatement):
        statements = [statements]
    lines = [line for statement in statements for line in _statement_lines(statement)]
    return "".join(f"{line}\r\n" for line in lines).encode(encoding, errors="replace")


def _statement_lines(statement: BankStatement) -> list[str]:
    number = statement.statement_number or "1"
    sequence = f"/{statement.sequence}" if statement.sequence is not None else ""
    account = f"PL{statement.account}" if re.fullmatch(r"[0-9]{26}", statement.account) else statement.account
    lines = [f":20:{_plain(statement.reference)[:16]}", f":25:/{account}", f":28C:{number}{sequence}"]
    if statement.opening is not None:
        lines.append(_balance("60", statement.opening))
    for line in statement.lines:
        lines += _entry_lines(line)
    if statement.closing is not None:
        lines.append(_balance("62", statement.closing))
    return [*lines, "-"]


def _balance(tag: str, balance: BankBalance) -> str:
    page = "F" if balance.final else "M"
    amount = _amount(abs(balance.amount))
    return f":{tag}{page}:{balance.mark}{balance.balance_date:%y%m%d}{balance.currency}{amount}"


def _entry_lines(line: BankLine) -> list[str]:
    mark = "D" if line.amount < 0 else "C"
    if line.reversal:
        mark = "RC" if mark == "D" else "RD"
    kind = (line.transaction_type or "NTRF").ljust(4)[:4]
    reference = _plain(line.customer_reference or "NONREF")[:16]
    bank = f"//{_plain(line.bank_reference)[:16]}" if line.bank_reference else ""
    dates = f"{line.value_date:%y%m%d}{line.booking_date:%m%d}"
    return [f":61:{dates}{mark}{_amount(abs(line.amount))}{kind}{reference}{bank}", *_detail_lines(line)]


def _detail_lines(line: BankLine) -> list[str]:
    parts = [("00", "PRZELEW"), *_chunks(line.title, _TITLE_CODES)]
    if line.payer_account and re.fullmatch(r"[0-9]{26}", line.payer_account):
        parts += [("30", line.payer_account[2:10]), ("31", line.payer_account[10:])]
    parts += _chunks(line.payer_name or "", _NAME_CODES)
    if line.payer_account:
        country = "PL" if re.fullmatch(r"[0-9]{26}", line.payer_account) else ""
        parts.append(("38", country + line.payer_account))
    parts += _chunks(line.payer_address or "", ("60", "61", "62", "63"))
    if line.virtual_account:
        digits = re.fullmatch(r"[0-9]{26}", line.virtual_account)
        written = line.virtual_account if digits else f"ID IPH: {line.virtual_account}"
        parts.append((_VIRTUAL_ACCOUNT_CODE, written))
    return [":86:020", *(f"~{code}{text}" for code, text in parts)]


def _chunks(text: str, codes: tuple[str, ...]) -> list[tuple[str, str]]:
    plain = _plain(text)
    width = _SHORT_CHUNK if len(plain) <= _SHORT_CHUNK * len(codes) else _LONG_CHUNK
    pieces = [plain[start : start + width] for start in range(0, len(plain), width)]
    return list(zip(codes, pieces, strict=False))


def _plain(text: str) -> str:
    return _BREAKING.sub(" ", text).strip()


def _amount(amount: Decimal) -> str:
    text = f"{amount:f}"
    return text.replace(".", ",") if "." in text else f"{text},"
