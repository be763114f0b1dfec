"""Read a bank's own mass-payment report: a table whose columns a layout (a row of data) names.

Another bank needs another layout, not another program. A layout is found by its header, wherever in the first
lines of the file it stands.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO

from operational.finance.formats.description import normal_account
from operational.finance.formats.elixir import collect_statement
from operational.finance.formats.encoding import DEFAULT_MAX_BYTES, decode_bank_text
from operational.finance.formats.statements import BankFileError, BankLine, BankStatement, StatementKind

FIELDS = (
    "booked_on", "value_date", "amount", "currency", "virtual_account", "payer_account", "payer_name",
    "title", "bank_reference",
)  # fmt: skip
REQUIRED = ("booked_on", "amount", "virtual_account")
_LINES_BEFORE_HEADER = 20
_AMOUNT = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class ReportLayout:
    """Which column of a bank's table is which of ours; see docs/formats.md.

    `columns` maps our field (FIELDS) to the bank's header; `encoding` `auto` lets the file tell.
    """

    code: str
    title: str
    delimiter: str
    decimal_mark: str
    date_format: str
    columns: Mapping[str, str]
    encoding: str = "auto"
    currency: str = "PLN"


def find_layout(
    data: bytes, layouts: Iterable[ReportLayout], *, file_name: str
) -> tuple[ReportLayout, str] | None:
    """Return the layout whose headers stand in the file, and the file's text; None when none fits."""
    for layout in layouts:
        try:
            text = _text(data[:65536], layout, file_name)
        except BankFileError:
            continue
        if _header_row(_rows(text, layout), layout) is not None:
            return layout, text
    return None


def read_report(
    data: bytes, *, layout: ReportLayout, file_name: str, max_bytes: int = DEFAULT_MAX_BYTES
) -> tuple[BankStatement, ...]:
    """Read the payments of a report; one statement (without balances) for each receiving bank and day.

    Raises BankFileError: bank_file_field with the line, and those of the encoding and size.
    """
    text = _text(data, layout, file_name, max_bytes)
    rows = _rows(text, layout)
    at = _header_row(rows, layout)
    if at is None:
        raise _error(file_name, 1, f"the header of the layout '{layout.code}' is missing")
    header = [_name(cell) for cell in rows[at][1]]
    places = {field: header.index(_name(name)) for field, name in layout.columns.items()}
    groups: dict[tuple[str, date], list[BankLine]] = defaultdict(list)
    for line_no, row in rows[at + 1 :]:
        cells = {field: row[place].strip() if place < len(row) else "" for field, place in places.items()}
        if not any(cells[field] for field in REQUIRED):
            continue  # a blank row, or the words below the table
        line = _line(cells, layout, file_name, line_no)
        groups[(line.virtual_account or "")[2:10], line.booking_date].append(line)
    return tuple(
        collect_statement(bank, day, lines, StatementKind.REPORT) for (bank, day), lines in groups.items()
    )


def _text(data: bytes, layout: ReportLayout, file_name: str, max_bytes: int = DEFAULT_MAX_BYTES) -> str:
    encoding = None if layout.encoding == "auto" else layout.encoding
    return decode_bank_text(data, file_name=file_name, encoding=encoding, max_bytes=max_bytes)


def _rows(text: str, layout: ReportLayout) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=layout.delimiter)
    return [(reader.line_num, row) for row in reader]


def _header_row(rows: Sequence[tuple[int, list[str]]], layout: ReportLayout) -> int | None:
    wanted = {_name(name) for name in layout.columns.values()}
    for place, (_, row) in enumerate(rows[:_LINES_BEFORE_HEADER]):
        if wanted <= {_name(cell) for cell in row}:
            return place
    return None


def _name(text: str) -> str:
    return " ".join(text.split()).casefold()


def _line(cells: Mapping[str, str], layout: ReportLayout, file_name: str, line_no: int) -> BankLine:
    def day(field: str) -> date:
        try:
            return datetime.strptime(cells[field], layout.date_format).date()  # noqa: DTZ007  a civil day
        except ValueError as error:
            what = f"'{cells[field][:20]}' in column '{layout.columns[field]}' is no date"
            raise _error(file_name, line_no, f"{what} ({layout.date_format})") from error

    amount = re.sub(r"[\s\u00a0]", "", cells["amount"]).replace(layout.decimal_mark, ".")
    if not _AMOUNT.fullmatch(amount):
        raise _error(file_name, line_no, f"the amount '{cells['amount'][:30]}' cannot be read")
    booked = day("booked_on")
    account = normal_account(cells["virtual_account"])
    if not account or len(account) != 26:
        raise _error(
            file_name, line_no, f"the virtual account '{cells['virtual_account'][:34]}' has not 26 digits"
        )
    title = cells.get("title", "")
    return BankLine(
        line_no=line_no, value_date=day("value_date") if cells.get("value_date") else booked,
        booking_date=booked, amount=Decimal(amount),
        currency=(cells.get("currency") or layout.currency).upper(),
        bank_reference=cells.get("bank_reference") or None, title=title,
        payer_name=cells.get("payer_name") or None,
        payer_account=normal_account(cells.get("payer_account") or None),
        virtual_account=account, description=title, file_line=line_no,
    )  # fmt: skip


def _error(file_name: str, line_no: int, what: str) -> BankFileError:
    return BankFileError(
        "bank_file_field", file_name=file_name, line_no=line_no, what=f"{what}.",
        cure="Correct the layout of this bank's report, or download it again; nothing of it was taken.",
    )  # fmt: skip
