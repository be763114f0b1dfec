"""What a file is, found by its content: a table of a layout, MSCONS, NEM12, NEM13 or Green Button."""

import gzip
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any, Literal

from operational.metering.formats.intervals.layouts import TableLayout, load_table_layouts, table_layout_named
from operational.metering.formats.intervals.model import IntervalFileError, plain_code

Kind = Literal["table", "mscons", "nem12", "nem13", "green_button"]
_FIRST_LINES = 3
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Source:
    """A recognised file. ``table`` is what DuckDB reads: the file itself, or its copy in UTF-8."""

    path: Path
    name: str
    size: int
    kind: Kind
    layout: TableLayout | None = None
    headers: tuple[str, ...] = ()
    table: Path | None = None
    has_quotes: bool = False
    line_end: str = "\\n"
    point: str = ""

    @property
    def format(self) -> str:
        """Return the name of the format, as it is stored with the file."""
        return self.layout.name if self.layout else self.kind


def recognise(
    path: Path, *, name: str, record: str, passing: Path, layout: str = "", point: str = ""
) -> Source:
    """Return what the file is; raise IntervalFileError when it is empty or nothing known.

    ``layout`` names one instead of finding it; ``point`` is the supply point of a file that names none
    (default: what stands before ``__`` in the file's name).
    """
    head = b"".join(islice(_lines(path), _FIRST_LINES))
    if not head.strip():
        raise IntervalFileError("interval_file_empty", f"{name} is empty. Ask the sender for it again.")
    code = plain_code(point or (name.split("__", 1)[0] if "__" in name else ""))
    facts: dict[str, Any] = {"path": path, "name": name, "size": path.stat().st_size, "point": code}
    if record == "intervals" and not layout and (kind := _other_kind(head)):
        return Source(**facts, kind=kind)
    for candidate in [table_layout_named(layout)] if layout else load_table_layouts():
        if candidate.record != record:
            continue
        for encoding in candidate.encodings:
            headers = _headers(head, candidate, encoding)
            fits = headers and (layout or candidate.fits(headers))
            if fits and (len(candidate.encodings) == 1 or _is_written_in(path, encoding)):
                table = _in_utf8(path, encoding, passing)
                return Source(
                    **facts, kind="table", layout=candidate, headers=headers, table=table,
                    has_quotes=b'"' in head, line_end="\\r\\n" if b"\r\n" in head else "\\n",
                )  # fmt: skip
    known = ", ".join(one.name for one in load_table_layouts() if one.record == record)
    raise IntervalFileError(
        "interval_format_unknown",
        f"{name} has none of the known layouts ({known}), nor is it MSCONS, NEM12 or Green Button. "
        "Compare its first line with docs/formats.md, or add a layout there described.",
    )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def lines_of(path: Path, wanted: set[int]) -> dict[int, str]:
    """Return chosen lines of a text by number (the header is 1), read up to the last of them."""
    last = max(wanted, default=0)
    return {
        number: line.decode("utf-8", "replace").rstrip("\r\n")
        for number, line in enumerate(islice(_lines(path), last), 1)
        if number in wanted
    }


def _other_kind(head: bytes) -> Kind | None:
    text = head.lstrip(b"\xef\xbb\xbf \r\n")
    if text.startswith((b"UNA", b"UNB")):
        return "mscons"
    if text.upper().startswith(b"100,NEM"):
        return "nem13" if text.upper().startswith(b"100,NEM13") else "nem12"
    if text.startswith(b"<"):
        return "green_button"
    return None


def _headers(head: bytes, layout: TableLayout, encoding: str) -> tuple[str, ...]:
    try:
        line = head.splitlines()[0].decode(encoding)
    except UnicodeDecodeError:
        return ()
    return tuple(cell.strip().strip('"') for cell in line.split(layout.delimiter))


def _is_written_in(path: Path, encoding: str) -> bool:
    """Tell whether the whole text can be read so; the header alone is often plain ASCII."""
    try:
        for line in _lines(path):
            line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _in_utf8(path: Path, encoding: str, passing: Path) -> Path:
    """Return the file itself when DuckDB can read it, else a copy, unpacked and in UTF-8."""
    with path.open("rb") as file:
        is_packed = file.read(2) == _GZIP
    if encoding.startswith("utf-8") and not is_packed:
        return path
    copy = passing / "table.csv"
    with _opened(path) as source, copy.open("wb") as target:
        for line in source:
            target.write(line.decode(encoding).encode())
    return copy


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    with path.open("rb") as file:
        if file.read(2) == _GZIP:
            with gzip.open(path, "rb") as unpacked:
                yield unpacked  # type: ignore[misc]  # GzipFile is a binary file without being typed as one
        else:
            file.seek(0)
            yield file


def _lines(path: Path) -> Iterator[bytes]:
    with _opened(path) as file:
        yield from file
