"""Read MT940 and MT942 bank statements of any bank into BankStatement objects.

The library `mt940` reads the single fields (dates around the turn of the year, signs of reversals,
references); the frame, the line numbers, padded amounts and everything it would cut or misread without a
word are handled here. Whatever the bytes are, the result is a tuple of statements or a BankFileError.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from mt940.models import Transactions
from mt940.options import Options
from mt940.processors import date_fixup_pre_processor
from mt940.tags import BalanceBase, StatementGLS, SumEntries

from operational.finance.formats.blocks import Field, Message, split_messages
from operational.finance.formats.description import normal_account, parse_description
from operational.finance.formats.encoding import DEFAULT_MAX_BYTES, decode_bank_text
from operational.finance.formats.statements import (
    BankBalance,
    BankFileError,
    BankLine,
    BankStatement,
    EntryTotals,
    StatementKind,
)

_OPENING_TAGS, _CLOSING_TAGS = ("60F", "60M", "60"), ("62F", "62M", "62")
_MT942_TAGS = ("34F", "13D", "13", "90D", "90C")
_MAX_AMOUNT_DIGITS = 15
_ENTRY_START = re.compile(
    r"([0-9]{6}(?:[0-9]{4}|[ ]{4})?(?:R?[DC])[A-Z]?)\s?([0-9]+(?:[,.][0-9]*)?|,[0-9]+)", re.I
)
# The entry as nearly every bank writes it; whatever differs goes through the library. The value date is cut
# into year, month and day; references of the standard's length hold no slash.
_PLAIN_ENTRY = re.compile(
    r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(R?[DC])[A-Z]?([0-9]{1,12}),([0-9]{0,2})"
    r"([A-Z][A-Z0-9]{3})([^/\n]{0,16})(?://([^/\n]{0,16}))?"
)
_ENTRY_CUT_AT_AMOUNT = re.compile(r"[0-9]{6}(?:[0-9]{4}|[ ]{4})?(?:R?[DC])[A-Z]?\s*$", re.I)
_BALANCE = re.compile(r"([DC][0-9]{6}[A-Z]{3})([0-9]+(?:[,.][0-9]*)?|,[0-9]+)\s*", re.I)
_TOTAL = re.compile(r"([0-9]*)([A-Z]{3})([0-9]+(?:[,.][0-9]*)?|,[0-9]+)\s*", re.I)
_STATEMENT_NUMBER = re.compile(r"([0-9]{1,12})(?:/([0-9]{1,9}))?")
_FLOOR_LIMIT = re.compile(r"([A-Z]{3})")

_ENTRY_TAG, _BALANCE_TAG, _SUM_TAG = StatementGLS(), BalanceBase(), SumEntries()
_LIBRARY_ERRORS = (ValueError, ArithmeticError, RuntimeError, LookupError, TypeError, AttributeError)


@dataclass(slots=True)
class _Context:
    """What every step of reading one file needs: its name, for messages, and the library's switches."""

    file_name: str
    library: Transactions = field(default_factory=lambda: Transactions(options=Options.all()))

    def error(self, code: str, at: Field | None, what: str, cure: str) -> BankFileError:
        return BankFileError(
            code, file_name=self.file_name, line_no=at.file_line if at else None, what=what, cure=cure
        )


def looks_like_mt940(data: bytes) -> bool:
    """Tell from the first bytes whether a file may be an MT940 or MT942: it has :20: and :25: fields."""
    head = data[:16384]
    return b":20:" in head and b":25:" in head


def read_mt940(
    data: bytes,
    *,
    file_name: str,
    encoding: str | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
    accept_without_closing: bool = False,
) -> tuple[BankStatement, ...]:
    """Read all statements of a file, in its order; amounts are signed Decimals.

    `encoding` is the one agreed with the bank, when there is one. A last statement without closing balance
    and without end mark is refused as cut off unless `accept_without_closing`. Whether the balances add up
    is not judged here: see `check_balances`. Raises BankFileError with a code: bank_file_too_large,
    bank_file_binary, bank_file_encoding, bank_file_not_mt940, bank_file_truncated, bank_file_field.
    """
    context = _Context(file_name)
    text = decode_bank_text(data, file_name=file_name, encoding=encoding, max_bytes=max_bytes)
    messages = split_messages(text)
    if not messages:
        raise context.error(
            "bank_file_not_mt940",
            None,
            "no field :20: was found, so this is not an MT940 or MT942 statement.",
            "Choose MT940 (or MT942) as the format when exporting from the bank.",
        )
    _refuse_cut_file(context, messages[-1], accept_without_closing)
    return tuple(_statement(context, message) for message in messages)


def _refuse_cut_file(context: _Context, last: Message, accept_without_closing: bool) -> None:
    final = last.fields[-1]
    has_closing = last.first(*_CLOSING_TAGS, "90C") is not None
    whole = last.ended or has_closing or accept_without_closing
    if last.rest or not whole:
        raise _cut(context, final, "the last statement has no closing balance and no end mark")
    if not last.ended and final.tag in (*_CLOSING_TAGS, "90C", "90D") and "," not in final.value:
        raise _cut(context, final, f"the last field is incomplete: ':{final.tag}:{final.value[:40]}'")


def _cut(context: _Context, at: Field, what: str) -> BankFileError:
    return context.error(
        "bank_file_truncated",
        at,
        f"the file is cut off: {what}.",
        "Download it again; if this bank never sends a closing balance, read it with accept_without_closing.",
    )


def _statement(context: _Context, message: Message) -> BankStatement:
    context.library = Transactions(options=Options.all())
    account = _account(message.first("25", "25P"))
    if not account:
        raise context.error(
            "bank_file_field",
            message.fields[0],
            "the statement has no account (:25:).",
            "Export the statement again as MT940.",
        )
    opening = _balance(context, message.first(*_OPENING_TAGS))
    # Of several closing balances the last one counts: pages may follow each other in one message.
    closing = _balance(context, next((f for f in reversed(message.fields) if f.tag in _CLOSING_TAGS), None))
    currency = opening.currency if opening else closing.currency if closing else _floor_currency(message)
    number, sequence = _number(message.first("28C", "28"))
    is_mt942 = opening is None and closing is None and message.first(*_MT942_TAGS) is not None
    return BankStatement(
        account=account,
        currency=currency,
        reference=message.fields[0].lines[0].strip(),
        statement_number=number,
        sequence=sequence,
        opening=opening,
        closing=closing,
        lines=_lines(context, message, currency),
        kind=StatementKind.MT942 if is_mt942 else StatementKind.MT940,
        totals=_totals(context, message),
        information=_information(message),
    )


def _account(at: Field | None) -> str:
    """Return a Polish account as 26 digits, any other one as the bank wrote it, nothing as an empty text."""
    text = at.lines[0].strip().lstrip("/") if at else ""
    normal = normal_account(text) or ""
    return normal if re.fullmatch(r"[0-9]{26}", normal) else text


def _floor_currency(message: Message) -> str | None:
    limit = message.first("34F")
    match = _FLOOR_LIMIT.match(limit.value) if limit else None
    return match[1] if match else None


def _number(at: Field | None) -> tuple[str | None, int | None]:
    if at is None:
        return None, None
    match = _STATEMENT_NUMBER.fullmatch(at.lines[0].strip())
    if match is None:
        return at.lines[0].strip() or None, None
    return match[1], int(match[2]) if match[2] else None


def _balance(context: _Context, at: Field | None) -> BankBalance | None:
    if at is None:
        return None
    match = _BALANCE.fullmatch(at.lines[0].strip())
    if match is None:
        raise _unreadable(context, at, "balance", "C260331PLN1234,56")
    groups = _read(context, at, _BALANCE_TAG, match[1] + _plain_amount(context, at, match[2]))
    balance = groups[_BALANCE_TAG.slug]
    return BankBalance(
        amount=balance.amount.amount + 0,  # + 0 turns the -0 of a debit of nothing into 0
        balance_date=_plain_date(balance.date),
        currency=balance.amount.currency.upper(),
        final=not at.tag.endswith("M"),
    )


def _totals(context: _Context, message: Message) -> EntryTotals | None:
    debit, credit = message.first("90D"), message.first("90C")
    if debit is None and credit is None:
        return None
    debit_count, debit_sum = _total(context, debit)
    credit_count, credit_sum = _total(context, credit)
    return EntryTotals(debit_count, None if debit_sum is None else 0 - debit_sum, credit_count, credit_sum)


def _total(context: _Context, at: Field | None) -> tuple[int | None, Decimal | None]:
    if at is None:
        return None, None
    match = _TOTAL.fullmatch(at.lines[0].strip())
    if match is None or len(match[1]) > _MAX_AMOUNT_DIGITS:
        raise _unreadable(context, at, "total", "3PLN120,00")
    found = _SUM_TAG.re.match(match[1] + match[2] + _plain_amount(context, at, match[3]))
    if found is None:
        raise _unreadable(context, at, "total", "3PLN120,00")
    amount = Decimal(found["amount"].replace(",", "."))
    return int(found["number"]) if found["number"] else None, amount


def _lines(context: _Context, message: Message, currency: str | None) -> tuple[BankLine, ...]:
    lines: list[BankLine] = []
    entry: Field | None = None
    details: list[Field] = []
    for item in [*message.fields, None]:
        if item is not None and entry is not None and item.tag in ("86", "NS"):
            details.append(item)
            continue
        if entry is not None:
            lines.append(_line(context, entry, details, len(lines) + 1, currency))
            entry = None
        if item is not None and item.tag == "61":
            entry, details = item, []
    return tuple(lines)


@dataclass(frozen=True, slots=True)
class _Entry:
    """The structured part of :61:."""

    value_date: date
    booking_date: date
    amount: Decimal
    transaction_type: str | None
    bank_reference: str | None
    customer_reference: str | None
    reversal: bool


def _line(context: _Context, at: Field, details: list[Field], line_no: int, currency: str | None) -> BankLine:
    head, owner_text = _entry_head(at)
    entry = _plain_entry(head) or _unusual_entry(context, at, head)
    texts = [text for item in details if (text := item.value.strip())]
    told = parse_description([item.value for item in details if item.tag == "86"])
    return BankLine(
        line_no=line_no,
        value_date=entry.value_date,
        booking_date=entry.booking_date,
        amount=entry.amount,
        currency=currency,
        transaction_type=entry.transaction_type,
        bank_reference=entry.bank_reference,
        customer_reference=entry.customer_reference,
        title=told.title
        or owner_text
        or " ".join(" ".join(item.value for item in details if item.tag == "NS").split()),
        payer_name=told.payer_name,
        payer_address=told.payer_address,
        payer_account=told.payer_account,
        virtual_account=told.virtual_account,
        description="\n".join(texts) or owner_text,
        reversal=entry.reversal,
        file_line=at.file_line,
    )


def _plain_entry(head: str) -> _Entry | None:
    """Read an entry of the usual form; None when it is another one, or its two dates lie in two years."""
    match = _PLAIN_ENTRY.fullmatch(head)
    if match is None:
        return None
    year, month, day, booked_month, booked_day, mark, whole, decimals, kind, reference, bank = match.groups()
    if abs(int(month) - int(booked_month)) > 1 or len(whole.lstrip("0")) > _MAX_AMOUNT_DIGITS - 4:
        return None
    try:
        value_date = date(2000 + int(year), int(month), int(day))
        booked = date(2000 + int(year), int(booked_month), int(booked_day))
    except ValueError:
        return None
    amount = Decimal(f"{whole}.{decimals}")
    out = mark in ("D", "RC")
    return _Entry(
        value_date, booked, 0 - amount if out else amount, kind, _text(bank), _reference(reference),
        mark[0] == "R",
    )  # fmt: skip


def _unusual_entry(context: _Context, at: Field, head: str) -> _Entry:
    match = _ENTRY_START.match(head)
    if match is None or head[match.end() : match.end() + 1] in (",", "."):
        raise _unreadable(context, at, "statement line", "2603310331C120,00NTRFNONREF//B123")
    data = _read(
        context, at, _ENTRY_TAG, match[1] + _plain_amount(context, at, match[2]) + head[match.end() :]
    )
    value_date = _plain_date(data["date"])
    return _Entry(
        value_date=value_date,
        booking_date=_plain_date(data["entry_date"]) if "entry_date" in data else value_date,
        amount=data["amount"].amount + 0,
        transaction_type=_text(data["id"]),
        bank_reference=_text((data["bank_reference"] or "") + (data["extra_details"] or "")),
        customer_reference=_reference(data["customer_reference"]),
        reversal=data["status"].upper().startswith("R"),
    )


def _entry_head(at: Field) -> tuple[str, str]:
    """Part the structured first line of :61: from the owner's text below; some banks break before the
    amount."""
    lines = [line.rstrip() for line in at.lines]
    if len(lines) > 1 and _ENTRY_CUT_AT_AMOUNT.fullmatch(lines[0]):
        lines = [lines[0].rstrip() + lines[1].lstrip(), *lines[2:]]
    return lines[0], " ".join(line.strip() for line in lines[1:] if line.strip())


def _information(message: Message) -> str:
    """Collect the :86: fields that follow the closing balance: they belong to the statement, not to a
    line."""
    texts: list[str] = []
    after_entry = False
    for item in message.fields:
        if item.tag not in ("86", "NS"):
            after_entry = item.tag == "61"
        elif not after_entry and item.tag == "86":
            texts.append(item.value)
    return "\n".join(texts)


def _read(context: _Context, at: Field, tag: Any, value: str) -> dict[str, Any]:
    """Have the library read one field; its many kinds of failure become one error with the place."""
    try:
        match = tag.re.match(value)
        if match is None:
            raise _unreadable(context, at, "field", "the form of the SWIFT standard")
        groups = date_fixup_pre_processor(context.library, tag, match.groupdict())
        result: dict[str, Any] = tag(context.library, groups)
    except _LIBRARY_ERRORS as error:
        raise _unreadable(context, at, "field", "the form of the SWIFT standard") from error
    return result


def _plain_amount(context: _Context, at: Field, text: str) -> str:
    """Return an amount without zero padding and with a comma, as the library (15 digits at most) needs it."""
    whole, _, decimals = text.replace(".", ",").partition(",")
    whole = whole.lstrip("0") or "0"
    if len(whole) + len(decimals) + 1 > _MAX_AMOUNT_DIGITS:
        raise context.error(
            "bank_file_field",
            at,
            f"the amount '{text[:40]}' in :{at.tag}: is longer than 15 characters.",
            "Ask the bank for a correct file.",
        )
    return f"{whole},{decimals}"


def _unreadable(context: _Context, at: Field, name: str, example: str) -> BankFileError:
    shown = at.value[:60].replace("\n", " ")
    return context.error(
        "bank_file_field",
        at,
        f"the {name} ':{at.tag}:{shown}' cannot be read; it should look like {example}.",
        "If the file was edited or cut, download it again; otherwise send this line to the vendor.",
    )


def _plain_date(value: date) -> date:
    return date(value.year, value.month, value.day)


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None


def _reference(value: str | None) -> str | None:
    text = _text(value)
    return None if text is not None and text.upper() == "NONREF" else text
