"""What is kept of a file that does not add up: opening, lines and closing of its statements as JSON."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from operational.finance.formats.statements import BalanceVerdict, BankStatement, check_balances

_LINES_SHOWN = 500


def sheet_of(statements: Sequence[BankStatement]) -> list[dict[str, Any]]:
    """Return what is kept of the statements of a file that does not add up, as plain JSON values."""
    return [_sheet(item) for item in statements]


def _sheet(item: BankStatement) -> dict[str, Any]:
    opening = item.opening.amount if item.opening else None
    closing = item.closing.amount if item.closing else None
    moved = item.sum_credit + item.sum_debit
    expected = None if opening is None else opening + moved
    check = check_balances(item)
    return {
        "account": item.account,
        "number": item.statement_number or item.reference,
        "currency": item.currency or "",
        "opening": _plain(opening),
        "credits": _plain(item.sum_credit),
        "debits": _plain(item.sum_debit),
        "lines": len(item.lines),
        "expected": _plain(expected),
        "closing": _plain(closing),
        "difference": _plain(check.difference),
        "adds_up": check.verdict is not BalanceVerdict.DIFFERS,
        "shown": [
            [
                line.booking_date.isoformat(),
                _plain(line.amount),
                line.title[:140],
                (line.payer_name or "")[:70],
            ]
            for line in item.lines[:_LINES_SHOWN]
        ],
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"
