"""Read and write the rows of a distributor's file by its layout.

A broken row becomes a RejectedRow and the next one is read; a broken file raises MeterFileError. A row
stands on one line: quoted line breaks are not part of any layout, so an open quote can spoil only its own
row.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Container, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal

from operational.metering.formats import cells
from operational.metering.formats.layouts import Layout
from operational.metering.formats.readings import (
    ENERGY_ZONES,
    VOLUME_ZONES,
    BilledVolumeRow,
    MeterFileError,
    MeterRow,
    ReadingKind,
    ReadingReason,
    RecordKind,
    RegisterReadingRow,
    RejectedRow,
    VolumeQuality,
    VolumeUnit,
)

DEFAULT_MAX_BYTES = 128 * 1024 * 1024
_MAX_LINE = 4096
_SHOWN_CONTENT = 1000
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def decode_table(data: bytes, layout: Layout, *, file_name: str, max_bytes: int = DEFAULT_MAX_BYTES) -> str:
    """Return the text of a file in the first encoding of the layout that fits, line ends as they came.

    Raises MeterFileError: meter_file_too_large, meter_file_empty, meter_file_binary, meter_file_encoding.
    """
    check_bytes(data, file_name=file_name, max_bytes=max_bytes)
    place = 0
    for encoding in layout.encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            place = error.start
    raise MeterFileError(
        "meter_file_encoding",
        file_name=file_name,
        line_no=data.count(b"\n", 0, place) + 1,
        what=f"the letters are not written in {' or '.join(layout.encodings)}.",
        cure="Load the file as the DSO sent it, or save it again in that encoding.",
    )


def check_bytes(data: bytes, *, file_name: str, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
    """Raise MeterFileError for a file that no layout can read: too large, empty, binary."""
    if len(data) > max_bytes:
        raise MeterFileError(
            "meter_file_too_large",
            file_name=file_name,
            line_no=None,
            what=f"the file has {len(data)} bytes, more than the limit of {max_bytes}.",
            cure="Ask the DSO for smaller files, or raise the limit in the settings.",
        )
    if not data.strip():
        raise MeterFileError(
            "meter_file_empty",
            file_name=file_name,
            line_no=None,
            what="the file is empty.",
            cure="Ask the DSO to send it again.",
        )
    null = data.find(b"\x00")
    if null >= 0:
        raise MeterFileError(
            "meter_file_binary",
            file_name=file_name,
            line_no=data.count(b"\n", 0, null) + 1,
            what="the file holds NUL bytes: it is no plain text (perhaps UTF-16, XLSX or an archive).",
            cure="Load the CSV file itself, unpacked, as the DSO sent it.",
        )


def header_cells(line: str, delimiter: str) -> list[str] | None:
    """Return the headers of a first line, trimmed; None when it is no row of this delimiter."""
    found = _split(line.lstrip("\ufeff"), delimiter)
    return None if found is None else [cell.strip() for cell in found]


def read_rows(
    data: bytes,
    layout: Layout,
    *,
    file_name: str,
    confirmed_codes: Container[str] = (),
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> Iterator[MeterRow]:
    """Yield every row of the file, in its order, read or rejected; blank lines carry nothing.

    `confirmed_codes` are supply point codes whose wrong check digit a person has confirmed. Raises
    MeterFileError before the first row when the file or its header does not fit the layout.
    """
    text = decode_table(data, layout, file_name=file_name, max_bytes=max_bytes)
    lines = io.StringIO(text, newline=None)
    positions = _positions(next(lines, ""), layout, file_name)
    return _rows(lines, positions, layout, confirmed_codes)


def _positions(header: str, layout: Layout, file_name: str) -> list[str | None]:
    """Return for each column of the file the field it fills, or None for an ignored column."""
    headers = header_cells(header, layout.delimiter) or []
    problem = header_problem(headers, layout)
    if problem:
        raise MeterFileError(
            "meter_file_header",
            file_name=file_name,
            line_no=1,
            what=f"the header does not fit the layout {layout.name}: {problem}.",
            cure="Load the file as the DSO sent it; a changed layout is described in docs/formats.md.",
        )
    by_header = {header.casefold(): name for name, header in layout.columns.items()}
    return [by_header.get(header.casefold()) for header in headers]


def header_problem(headers: list[str], layout: Layout) -> str:
    """Say what keeps these headers from fitting the layout; an empty text when they fit."""
    found = [header.casefold() for header in headers]
    optional = {name for name, required in layout.fields.items() if not required} | set(layout.defaults)
    missing = [
        header
        for name, header in layout.columns.items()
        if header.casefold() not in found and name not in optional
    ]
    allowed = {header.casefold() for header in [*layout.columns.values(), *layout.ignored]}
    unknown = [header for header in headers if header.casefold() not in allowed]
    if missing:
        return f"missing column {', '.join(missing)}"
    if unknown:
        return f"unknown column {', '.join(repr(header) for header in unknown)}"
    return f"doubled column {headers}" if len(set(found)) != len(found) else ""


def _rows(
    lines: Iterable[str], positions: list[str | None], layout: Layout, confirmed: Container[str]
) -> Iterator[MeterRow]:
    for row_no, line in enumerate(lines, start=2):
        content = line.rstrip("\n")
        if not content.strip():
            continue
        try:
            if layout.last_line_break and not line.endswith("\n"):
                raise cells.RowProblem(
                    "row_cut_off",
                    "The last line has no line break, so the file may be cut off within it.",
                    "Load the whole file again; if the row is complete, end it with a line break.",
                )
            row = _cells(content, positions, layout)
            if layout.record is RecordKind.READINGS:
                yield _reading(row_no, row, layout, confirmed)
            else:
                yield _volume(row_no, row, layout, confirmed)
        except cells.RowProblem as problem:
            shown = _CONTROLS.sub("\ufffd", content[:_SHOWN_CONTENT])
            yield RejectedRow(row_no, shown, problem.code, problem.reason, problem.cure)


def _cells(content: str, positions: list[str | None], layout: Layout) -> dict[str, str]:
    if len(content) > _MAX_LINE:
        raise cells.RowProblem(
            "row_too_long", f"The row has {len(content)} characters, more than {_MAX_LINE}.", _ASK_AGAIN
        )
    if _CONTROLS.search(content):
        raise cells.RowProblem("control_character", "The row holds control characters.", _ASK_AGAIN)
    found = _split(content, layout.delimiter)
    if found is None:
        raise cells.RowProblem(
            "broken_quotes", "The row opens a quotation mark that it does not close.", _ASK_AGAIN
        )
    if len(found) != len(positions):
        raise cells.RowProblem(
            "wrong_number_of_fields",
            f"The row has {len(found)} fields, the header has {len(positions)}.",
            f"{_ASK_AGAIN} A text that holds '{layout.delimiter}' must stand in quotation marks.",
        )
    row = dict(layout.defaults)
    for name, cell in zip(positions, found, strict=True):
        cell = cell.strip()
        if name is not None and (cell or name not in row):
            row[name] = cell
    return row


_ASK_AGAIN = "Ask the DSO for a corrected file."


def _split(line: str, delimiter: str) -> list[str] | None:
    if '"' not in line:
        return line.rstrip("\r\n").split(delimiter)
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter, strict=True))
    except (csv.Error, StopIteration):
        return None


def _reading(
    row_no: int, row: dict[str, str], layout: Layout, confirmed: Container[str]
) -> RegisterReadingRow:
    return RegisterReadingRow(
        row_no=row_no,
        supply_point_code=cells.supply_point_code(row["supply_point_code"], confirmed),
        meter_serial=cells.meter_serial(row["meter_serial"]),
        zone_code=cells.zone(row["zone_code"], layout, ENERGY_ZONES),
        reading_date=cells.day(row["reading_date"], layout, name="reading date"),
        value=cells.quantity(row["value"], layout, name="value"),
        kind=cells.word("kind", row["kind"], layout, ReadingKind),
        reason=cells.word("reason", row.get("reason") or ReadingReason.PERIODIC, layout, ReadingReason),
        version=cells.version(row.get("version", "")),
    )


def _volume(row_no: int, row: dict[str, str], layout: Layout, confirmed: Container[str]) -> BilledVolumeRow:
    period_from = cells.day(row["period_from"], layout, name="start of the period")
    factor = cells.unit_factor(row["unit"], layout)
    return BilledVolumeRow(
        row_no=row_no,
        supply_point_code=cells.supply_point_code(row["supply_point_code"], confirmed),
        zone_code=cells.zone(row["zone_code"], layout, VOLUME_ZONES),
        period_from=period_from,
        period_to=cells.period_end(row["period_to"], layout, period_from),
        quantity=cells.quantity(row["quantity"], layout, name="quantity", factor=factor),
        unit=cells.word("unit", row["unit"], layout, VolumeUnit),
        quality=cells.word("quality", row.get("quality") or VolumeQuality.ACTUAL, layout, VolumeQuality),
        version=cells.version(row.get("version", "")),
    )


def write_rows(rows: Iterable[RegisterReadingRow | BilledVolumeRow], layout: Layout) -> bytes:
    """Return a file of this layout; what read_rows reads back equals the rows, but for `row_no`.

    Raises TypeError for a row of the other kind of record.
    """
    expected = RegisterReadingRow if layout.record is RecordKind.READINGS else BilledVolumeRow
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=layout.delimiter, lineterminator=layout.line_end)
    writer.writerow(layout.columns.values())
    for row in rows:
        if not isinstance(row, expected):
            raise TypeError(f"{layout.name} holds {layout.record}, not {type(row).__name__}")
        writer.writerow(_written(name, getattr(row, name), layout) for name in layout.columns)
    return buffer.getvalue().encode(layout.encodings[-1].removesuffix("-sig"))


def _written(name: str, value: object, layout: Layout) -> str:
    if isinstance(value, date):
        if name == "period_to" and layout.period_to_inclusive:
            value -= timedelta(days=1)
        return value.strftime(layout.date_format)
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", layout.decimal_mark)
    text = str(value)
    return layout.written.get(name, {}).get(text, text)
