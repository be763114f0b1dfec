"""Find out which layout a distributor's file has, and read it: the entry of this package."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from operational.metering.formats.layouts import Layout, load_layouts
from operational.metering.formats.readings import FormatNotRecognised, MeterRow, RecordKind
from operational.metering.formats.table import (
    DEFAULT_MAX_BYTES,
    check_bytes,
    header_cells,
    header_problem,
    read_rows,
)

_HEADER_BYTES = 8192
_NEAR = 0.5


@dataclass(frozen=True, slots=True)
class MeterFile:
    """A recognised file: its layout, what its rows are, and the rows themselves, read as they are taken."""

    layout: Layout
    record: RecordKind
    rows: Iterator[MeterRow]


def recognise(data: bytes, *, file_name: str, layouts: tuple[Layout, ...] | None = None) -> Layout:
    """Return the layout whose header the file has; column order does not matter, letter case neither.

    Raises FormatNotRecognised with the known layouts and, when one is near, what is different;
    MeterFileError for an empty or binary file. `layouts` defaults to the packaged ones.
    """
    check_bytes(data, file_name=file_name, max_bytes=len(data))
    known = load_layouts() if layouts is None else layouts
    first_line = data[:_HEADER_BYTES].splitlines()[0]
    nearest: tuple[float, str] = (_NEAR, "")
    for layout in known:
        headers = _headers(first_line, layout)
        problem = header_problem(headers, layout)
        if not problem:
            return layout
        expected = {header.casefold() for header in layout.columns.values()}
        share = len(expected & {header.casefold() for header in headers}) / len(expected)
        if share >= nearest[0]:
            nearest = (share, f" It is near to {layout.name}: {problem}.")
    raise FormatNotRecognised(
        file_name=file_name, nearest=nearest[1], known=(f"{layout.name} ({layout.title})" for layout in known)
    )


def read_meter_file(
    data: bytes,
    *,
    file_name: str,
    confirmed_codes: Container[str] = (),
    layouts: tuple[Layout, ...] | None = None,
    max_bytes: int = DEFAULT_MAX_BYTES,
) -> MeterFile:
    """Recognise a file and return its rows as an iterator of read and rejected rows.

    Raises MeterFileError (FormatNotRecognised among them) before the first row; a broken row never raises.
    """
    check_bytes(data, file_name=file_name, max_bytes=max_bytes)
    layout = recognise(data, file_name=file_name, layouts=layouts)
    rows = read_rows(data, layout, file_name=file_name, confirmed_codes=confirmed_codes, max_bytes=max_bytes)
    return MeterFile(layout, layout.record, rows)


def _headers(first_line: bytes, layout: Layout) -> list[str]:
    for encoding in layout.encodings:
        try:
            return header_cells(first_line.decode(encoding), layout.delimiter) or []
        except UnicodeDecodeError:
            continue
    return []
