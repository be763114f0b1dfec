"""Exports of lists: exactly the rows that the filter of the page lets through, as XLSX or CSV.

In a view of a list (the page's own address with ``export=xlsx`` or ``csv`` asks for it)::

    if exports.asked():
        return exports.of_list(
            "customers",
            COLUMNS,
            lambda session, page: queries.customer_list(
                session, narrowed=narrowed, today=support.today(), offset=page.offset, limit=page.limit
            ),
        )

and in its template ``{{ ui.list_tools() }}`` (saved views and exports) among the actions of the heading.
Rows are read in slices inside one snapshot, so that a list which changes meanwhile loses and doubles nothing.
A text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers and dates dates.
"""

import csv
import io
import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, Literal, cast

from flask import Response, g, request, stream_with_context
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from sqlalchemy.orm import Session

from operational.app import labels, support
from operational.kernel.calendar import WARSAW
from operational.kernel.errors import DomainError

Format = Literal["xlsx", "csv"]
SLICE = 5_000
MOST_SHEET_ROWS = 1_000_000
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# Signs that start a formula in a spreadsheet, wide forms included (OWASP: CSV injection).
_FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20\u2212")
log = logging.getLogger("iris.staff")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export: the field of the row (dots reach into it), its heading, how it is spoken.

    ``group`` turns a code into the words of `labels.label`.
    """

    key: str
    words: object
    group: str = ""


def asked() -> Format | None:
    """Return the format that the address asks for, or None when the page itself is wanted."""
    given = request.args.get("export", "")
    return cast("Format", given) if given in _TYPES else None


def of_list(
    name: str, columns: Sequence[Column], read: Callable[[Session, support.Page], Iterable[Any]]
) -> Response:
    """Answer with all rows of a list; ``read`` returns one page of them (at most ``page.limit`` rows)."""
    return send(all_rows(read), columns, name, asked() or "xlsx")


def all_rows(read: Callable[[Session, support.Page], Iterable[Any]]) -> Iterator[Any]:
    """Yield the rows of every page of a list, read in one snapshot of the database."""
    with support.session_factory(f"staff:{support.user().login}")() as session:
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        number = 1
        while True:
            page = support.Page(number, SLICE)
            found = list(read(session, page))
            yield from found[:SLICE]
            if len(found) <= SLICE:
                return
            number += 1


def send(rows: Iterable[Any], columns: Sequence[Column], name: str, fmt: Format) -> Response:
    """Answer with a file of rows (mappings or objects); ``name`` is its name without date and ending.

    CSV: UTF-8 with a mark, semicolons, decimal commas, sent while it is read. XLSX: one sheet, at most
    1 000 000 rows (DomainError ``export_too_long`` beyond).
    """
    filled = ([_value(row, column) for column in columns] for row in rows)
    head = [str(column.words) for column in columns]
    log.info("export of %s as %s, case %s", name, fmt, g.get("request_id", "-"))
    pieces = _csv(head, filled) if fmt == "csv" else _file(_xlsx(head, filled, name))
    answer = Response(stream_with_context(pieces), content_type=_TYPES[fmt])
    file_name = f"{name}_{support.today().isoformat()}.{fmt}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _value(row: Any, column: Column) -> Any:
    value = row
    for step in column.key.split("."):
        value = value.get(step) if isinstance(value, Mapping) else getattr(value, step, None)
        if value is None:
            return None
    if column.group:
        return labels.label(column.group, str(value))
    if isinstance(value, bool):
        return labels.label("yes_no", "yes" if value else "no")
    return value


def safe(text: str) -> str:
    """Return a text that a spreadsheet shows and does not run."""
    shown = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return (
        f"'{shown}"
        if text.startswith(_FORMULA_STARTS) or text.lstrip().startswith(_FORMULA_STARTS)
        else shown
    )


def _csv(head: list[str], rows: Iterable[list[Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    yield "\ufeff"
    writer.writerow([safe(word) for word in head])
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
        if buffer.tell() > 60_000:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _csv_cell(value: Any) -> str:
    """Write a value for a Polish spreadsheet: decimal comma, ISO dates."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(WARSAW).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (Decimal, float)):
        return f"{value:f}".replace(".", ",")
    return str(value) if isinstance(value, int) else safe(str(value))


def _xlsx(head: list[str], rows: Iterable[list[Any]], name: str) -> IO[bytes]:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(name[:30])
    sheet.freeze_panes = "A2"
    cells = [WriteOnlyCell(sheet, value=safe(word)) for word in head]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    for count, row in enumerate(rows, start=1):
        if count > MOST_SHEET_ROWS:
            raise DomainError(
                "export_too_long", "The list has more than 1,000,000 rows. Narrow the filter, or take CSV."
            )
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    kept = tempfile.TemporaryFile()  # noqa: SIM115  closed when its last piece is sent
    book.save(kept)
    kept.seek(0)
    return kept


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, datetime):
        value = value.astimezone(WARSAW).replace(tzinfo=None)
    cell = WriteOnlyCell(
        sheet, value=value if isinstance(value, (Decimal, float, date)) else safe(str(value))
    )
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        places = min(-exponent, 8) if isinstance(exponent, int) and exponent < 0 else 0
        cell.number_format = "#,##0" + ("." + "0" * places if places else "")
    elif isinstance(value, datetime):
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.number_format = "yyyy-mm-dd"
    return cell


def _file(kept: IO[bytes]) -> Iterator[bytes]:
    with kept:
        while piece := kept.read(65_536):
            yield piece
