"""Invoices and corrections as PDF, by Typst, purely from stored content.

The same document gives the same bytes: the creation date is the day of issue, fonts come with the package,
and nothing is read from the clock or the network. PDF/A-2a for the archive and PDF/UA-1 for screen readers at
once.
"""

import functools
import json
import tempfile
import threading
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import typst
from sqlalchemy.orm import Session

from operational.documents.collective import collective_of_document
from operational.documents.printing import printed
from operational.documents.printing_collective import printed_collective
from operational.documents.sheet import Sheet
from operational.documents.sheet_loader import load_sheet
from operational.kernel.calendar import start_of_day
from operational.kernel.presentation import formatting

TEMPLATES = Path(__file__).parent / "templates"
# One compiler keeps fonts and parsed templates; it is used by one thread at a time.
_compiling = threading.Lock()


def render_pdf(session: Session, *, document_id: int) -> bytes:
    """Return the PDF of an issued document, byte for byte the same every time; raise DocumentNotFound.

    A part of a collective correction gives the whole collective correction: that is the document.
    """
    sheet = load_sheet(session, document_id=document_id)
    with _compiling:
        return _compile("document.typ", _printed(session, sheet), start_of_day(sheet.issue_date))


def _printed(session: Session, sheet: Sheet) -> dict[str, Any]:
    whole = collective_of_document(session, document_id=sheet.document_id)
    if whole is None:
        return printed(sheet)
    return printed_collective(
        whole, [load_sheet(session, document_id=part.document_id) for part in whole.parts]
    )


def render_duplicate(session: Session, *, document_id: int, issued_on: date) -> bytes:
    """Return the PDF of a document as a duplicate: the word DUPLIKAT and its day (VAT Act art. 106l)."""
    sheet = load_sheet(session, document_id=document_id)
    data = _printed(session, sheet)
    day = formatting.civil_date(issued_on, "long", sheet.language)
    word = f"DUPLIKAT z {day}" if sheet.language == "pl" else f"DUPLICATE (DUPLIKAT) of {day}"
    with _compiling:
        return _compile(
            "document.typ", data | {"title": f"{data['title']} – {word}"}, start_of_day(issued_on)
        )


def render_sheet(sheet: Sheet) -> bytes:
    """Return the PDF of a sheet that was gathered before."""
    with _compiling:
        return _compile("document.typ", printed(sheet), start_of_day(sheet.issue_date))


@dataclass(frozen=True, slots=True)
class Batch:
    """Many documents in one PDF, with (first page, number of pages) of each, in the order asked for."""

    content: bytes
    pages: tuple[tuple[int, int], ...]


def render_batch(session: Session, *, document_ids: list[int]) -> Batch:
    """Return several documents as one PDF for the printer; raise DocumentNotFound.

    One long PDF costs a fifth of as many single ones; each document still counts its own pages.
    """
    sheets = [load_sheet(session, document_id=document_id) for document_id in document_ids]
    data = [_printed(session, sheet) for sheet in sheets]
    newest = max(sheet.issue_date for sheet in sheets)
    with _compiling:
        content = _compile("batch.typ", data, start_of_day(newest))
        found = json.loads(_compiler("batch.typ").query("<letter>", field="value"))
    return Batch(
        content, tuple((int(row["first"]), int(row["last"]) - int(row["first"]) + 1) for row in found)
    )


def render_letter(data: dict[str, Any], *, day: date) -> bytes:
    """Return a letter (a note, a confirmation) as PDF: texts that are ready, laid out by ``letter.typ``.

    The same texts and day give the same bytes.
    """
    with _compiling:
        return _compile("letter.typ", data, start_of_day(day))


def render_paper(data: dict[str, Any], *, day: date) -> bytes:
    """Return a paper (an offer, a contract) as PDF: blocks of ready texts, laid out by ``paper.typ``."""
    with _compiling:
        return _compile("paper.typ", data, start_of_day(day))


def render_scan(picture: bytes, *, form: str, title: str, language: str, day: date) -> bytes:
    """Return a picture (``form`` png or jpg) on an A4 page as PDF, so that every paper opens the same way.

    Raises typst.TypstError when the picture cannot be read.
    """
    data = json.dumps({"file": f"picture.{form}", "title": title, "language": language})
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "scan.typ"
        page.write_bytes((TEMPLATES / "scan.typ").read_bytes())
        (page.parent / f"picture.{form}").write_bytes(picture)
        made = typst.compile(
            str(page), root=folder, format="pdf", sys_inputs={"data": data},
            pdf_standards=["a-2a", "ua-1"], timestamp=int(start_of_day(day).timestamp()),
        )  # fmt: skip
    if not isinstance(made, bytes):
        raise TypeError("Typst returned no PDF. Reinstall the package typst.")
    return made


def _compile(template: str, data: Any, moment: datetime) -> bytes:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    made = _compiler(template).compile(
        format="pdf",
        sys_inputs={"data": text},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=int(moment.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst returned no PDF. Reinstall the package typst.")
    return made


@functools.lru_cache(maxsize=5)
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(
        input=str(TEMPLATES / template),
        root=str(TEMPLATES),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(TEMPLATES / "fonts")]),
    )
