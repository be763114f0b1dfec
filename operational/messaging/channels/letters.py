"""Letters on paper: text letters drawn by Typst, everything merged into one PDF, an index for the post.

The bytes are kept in the table of batches; the folder ``<home>/letters`` is a copy for the printer, written
whole under the final name with mode 600, because it holds names and addresses.
"""

import csv
import functools
import hashlib
import io
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from pypdf import PdfReader, PdfWriter

from operational.kernel import state

_COLUMNS = ("position", "page_from", "page_to", "pages", "message", "kind", "service", "document",
            "customer", "name",
            "street", "city")  # fmt: skip
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_TEMPLATES = Path(__file__).parents[1] / "templates"
_FONTS = Path(__file__).parents[2] / "documents" / "templates" / "fonts"
_compiling = threading.Lock()


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One letter of a batch as the post sees it; pages count from 1."""

    position: int
    page_from: int
    pages: int
    message: str
    kind: str
    service: str
    document: str
    customer: str
    name: str
    street: str
    city: str

    def moved(self, position: int, page_from: int) -> "IndexRow":
        """Return the row of the same letter at another place."""
        return replace(self, position=position, page_from=page_from)


@dataclass(frozen=True, slots=True)
class Files:
    """The two files of a batch and their manifest, as ``sha256sum -c`` reads it."""

    pdf: bytes
    index_csv: bytes

    def manifest(self, name: str) -> bytes:
        """Return the lines of ``<name>.sha256``."""
        pairs = ((f"{name}.pdf", self.pdf), (f"{name}.csv", self.index_csv))
        return "".join(f"{hashlib.sha256(content).hexdigest()}  {file}\n" for file, content in pairs).encode()


def folder() -> Path:
    """Return the folder of letter batches and make it when it is missing."""
    found = state.home() / "letters"
    found.mkdir(mode=0o700, parents=True, exist_ok=True)
    return found


def write_copy(name: str, files: Files) -> Path:
    """Write the PDF, the index and the manifest of a batch for the printer; return the path of the PDF."""
    target = folder() / f"{name}.pdf"
    _write(target.with_suffix(".csv"), files.index_csv)
    _write(target.with_suffix(".sha256"), files.manifest(name))
    _write(target, files.pdf)
    _write(_mark(name), b"")
    return target


def is_copied(name: str) -> bool:
    """Tell whether the printer has had its copy, even when somebody took the files away since."""
    return _mark(name).exists()


def _mark(name: str) -> Path:
    return folder() / f".{name}.copied"


def draw(letters: Sequence[dict[str, Any]], *, moment: datetime) -> tuple[bytes, list[tuple[int, int]]]:
    """Return text letters as one PDF with (first page, pages) of each; the same input gives the same bytes.

    Each letter has sender, recipient, place, subject, paragraphs, language and a signature.
    """
    data = json.dumps(list(letters), ensure_ascii=False, sort_keys=True)
    with _compiling:
        compiler = _compiler()
        content = compiler.compile(format="pdf", sys_inputs={"data": data}, timestamp=int(moment.timestamp()))
        found = json.loads(compiler.query("<letter>", field="value"))
    if not isinstance(content, bytes):
        raise TypeError("Typst returned no PDF. Reinstall the package typst.")
    pages = [(int(row["first"]), int(row["last"]) - int(row["first"]) + 1) for row in found]
    return content, pages


@functools.lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        input=str(_TEMPLATES / "letter.typ"),
        root=str(_TEMPLATES),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(_FONTS)]),
    )


def merge(parts: Sequence[tuple[bytes, int, int]]) -> bytes:
    """Return one PDF of page ranges (source, first page from 1, pages) in their order."""
    writer = PdfWriter()
    readers: dict[int, PdfReader] = {}
    for source, first, pages in parts:
        reader = readers.setdefault(id(source), PdfReader(io.BytesIO(source)))
        writer.append(reader, pages=(first - 1, first - 1 + pages), import_outline=False)
    writer.metadata = None
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def index(rows: Sequence[IndexRow]) -> bytes:
    """Return the index as CSV (UTF-8 with BOM, semicolons), harmless in a spreadsheet."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for row in rows:
        place = (row.name, row.street, row.city)
        last = row.page_from + row.pages - 1
        writer.writerow([
            row.position, row.page_from, last, row.pages, row.message, row.kind, row.service,
            row.document, row.customer,
            *map(_harmless, place),
        ])  # fmt: skip
    return buffer.getvalue().encode("utf-8-sig")


def read_index(content: bytes) -> list[IndexRow]:
    """Return the rows of an index that was written by `index`."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")
    return [
        IndexRow(
            int(row["position"]), int(row["page_from"]), int(row["pages"]), row["message"], row["kind"],
            row["service"], row["document"], row["customer"],
            *(_as_was(row[name]) for name in ("name", "street", "city")),
        )
        for row in rows
    ]  # fmt: skip


def page_count(content: bytes) -> int:
    """Return the number of pages of a PDF."""
    return len(PdfReader(io.BytesIO(content)).pages)


def _as_was(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(_FORMULA_STARTS) else value


def _harmless(value: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{value}" if value.startswith(_FORMULA_STARTS) else value


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
