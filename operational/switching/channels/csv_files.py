"""CSV of ours: a first line that says what follows, a header, a row per message,
a last line that counts them.

Semicolons, UTF-8. The counts make a file that was cut anywhere recognisable: it is refused whole.
"""

import csv
import io
from collections.abc import Sequence
from typing import Final, TypeVar

from operational.switching.channels.adapter import Answer, Answers, Notice, Notices, SwitchFileError
from operational.switching.channels.fields import field_names, read, written

_MARK: Final = "IRIS-SWITCHING"
_VERSION: Final = "1"
_HEAD_CELLS: Final = 5
M = TypeVar("M", Notice, Answer)


class CsvChannel:
    """The adapter of distributors that exchange CSV files."""

    extension = "csv"

    def is_mine(self, content: bytes) -> bool:
        """Tell whether the file begins with our mark."""
        return content.removeprefix(b"\xef\xbb\xbf").startswith(f"{_MARK};".encode())

    def write_notices(self, dso_code: str, rows: Sequence[Notice]) -> bytes:
        """Return a file of our notices."""
        return _write("NOTICES", dso_code, rows, field_names(Notice))

    def write_answers(self, dso_code: str, rows: Sequence[Answer]) -> bytes:
        """Return a file of a distributor's answers."""
        return _write("ANSWERS", dso_code, rows, field_names(Answer))

    def read_notices(self, content: bytes) -> Notices:
        """Return the notices of a file of ours."""
        return Notices(*_read("NOTICES", content, Notice))

    def read_answers(self, content: bytes) -> Answers:
        """Return the answers of a distributor's file."""
        return Answers(*_read("ANSWERS", content, Answer))


def _write(what: str, dso_code: str, rows: Sequence[Notice | Answer], names: Sequence[str]) -> bytes:
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n")
    table.writerow([_MARK, _VERSION, what, dso_code, len(rows)])
    table.writerow(names)
    for row in rows:
        cells = written(row)
        table.writerow([cells[name] for name in names])
    table.writerow(["END", len(rows)])
    return out.getvalue().encode()


def _read(what: str, content: bytes, kind: type[M]) -> tuple[str, tuple[M, ...]]:
    try:
        text = content.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SwitchFileError(
            "switch_file_broken", f"The file cannot be read as UTF-8 CSV ({type(error).__name__}).",
            "Ask the sender for it again.",
        ) from None  # fmt: skip
    lines = [line for line in lines if line]
    head, names = lines[0], list(field_names(kind))
    if len(head) != _HEAD_CELLS or head[:3] != [_MARK, _VERSION, what]:
        raise _cut(f"The first line is not '{_MARK};{_VERSION};{what};distributor;count'.")
    body = lines[2:-1]
    if len(lines) < 3 or lines[1] != names:
        raise _cut("The header is not the one of docs/switching.md.")
    if lines[-1] != ["END", head[4]] or head[4] != str(len(body)):
        raise _cut(f"The file announces {head[4][:12]} messages and brings {len(body)}.")
    rows = []
    for number, line in enumerate(body, start=3):
        if len(line) != len(names):
            raise _cut(f"Line {number} has {len(line)} cells instead of {len(names)}.")
        rows.append(read(kind, dict(zip(names, line, strict=True)), place=f"Line {number}"))
    return head[3], tuple(rows)


def _cut(reason: str) -> SwitchFileError:
    return SwitchFileError(
        "switch_file_broken", reason, "The file was cut or changed on its way: ask for it again."
    )
