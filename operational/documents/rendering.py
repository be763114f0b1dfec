"""Invoices and corrections as PDF, by Typst, purely from stored content.

The same document gives the same bytes: the creation date is the day of issue, fonts come with the package,
and nothing is read from the clock or the network. PDF/A-2a for the archive and PDF/UA-1 for screen readers at
once.
"""

import functools
import json
import threading
from pathlib import Path

import typst
from sqlalchemy.orm import Session

from operational.documents.printing import printed
from operational.documents.sheet import Sheet
from operational.documents.sheet_loader import load_sheet
from operational.kernel.calendar import start_of_day

TEMPLATES = Path(__file__).parent / "templates"
# One compiler keeps fonts and parsed templates; it is used by one thread at a time.
_compiling = threading.Lock()


def render_pdf(session: Session, *, document_id: int) -> bytes:
    """Return the PDF of an issued document, byte for byte the same every time; raise DocumentNotFound."""
    return render_sheet(load_sheet(session, document_id=document_id))


def render_sheet(sheet: Sheet) -> bytes:
    """Return the PDF of a sheet that was gathered before."""
    data = json.dumps(printed(sheet), ensure_ascii=False, sort_keys=True)
    with _compiling:
        made = _compiler().compile(
            format="pdf",
            sys_inputs={"data": data},
            pdf_standards=["a-2a", "ua-1"],
            timestamp=int(start_of_day(sheet.issue_date).timestamp()),
        )
    if not isinstance(made, bytes):
        raise TypeError("Typst returned no PDF. Reinstall the package typst.")
    return made


@functools.lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    return typst.Compiler(
        input=str(TEMPLATES / "document.typ"),
        root=str(TEMPLATES),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(TEMPLATES / "fonts")]),
        sys_inputs={},
    )
