"""Received papers: a scan is told by its content, measured, and kept as PDF with the file as it came."""

import hashlib
import struct
from dataclasses import dataclass
from datetime import date

import typst
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.papers.operations import Paper
from operational.documents.rendering import render_scan
from operational.kernel.errors import DomainError

# Limits of the machine, not rules of the business: a photograph of a phone has 12 to 50 million points.
LARGEST_FILE = 15 * 1024 * 1024
MOST_POINTS = 80_000_000
SCAN_KINDS = ("signed_contract", "power_of_attorney", "statement", "identity", "letter", "other_scan")


class BadScan(DomainError):
    """A file cannot be kept as a received paper."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A file that came: its bytes and name, what it is, when it was received."""

    content: bytes
    file_name: str
    kind: str
    title: str
    received_on: date
    note: str = ""


def receive(
    session: Session, *, scan: Scan, customer_id: int | None, subject_kind: str, subject_id: int
) -> Paper:
    """Keep a received PDF, PNG or JPEG with a customer and a record; raise BadScan.

    What the file is follows from its content alone, never from its name. The same file received twice for the
    same record is kept once.
    """
    form = form_of(scan.content)
    if scan.kind not in SCAN_KINDS:
        raise BadScan("scan_kind", f"There is no kind of paper {scan.kind!r}. Choose one of the list.")
    title = " ".join(scan.title.split())[:300]
    if not title:
        raise BadScan("scan_title", "Say what the paper is: give it a title.")
    pdf = scan.content if form == "pdf" else _on_a_page(scan, form, title)
    original = None if form == "pdf" else scan.content
    given = {
        "kind": scan.kind, "customer_id": customer_id, "subject_kind": subject_kind, "subject_id": subject_id,
        "title": title, "day": scan.received_on, "sha256": hashlib.sha256(pdf).hexdigest(), "pdf": pdf,
        "original": original, "original_type": None if original is None else f"image/{form}",
        "original_sha256": None if original is None else hashlib.sha256(original).hexdigest(),
        "file_name": _plain(scan.file_name), "note": scan.note[:500],
    }  # fmt: skip
    earlier = session.execute(
        text("""
            select id, public_id::text as public_id from operational.papers
             where direction = 'incoming' and subject_kind = :subject_kind and subject_id = :subject_id
               and content_sha256 = :sha256 order by id limit 1"""),
        given,
    ).one_or_none()
    row = (
        earlier
        or session.execute(
            text("""
            insert into operational.papers
                   (kind, direction, customer_id, subject_kind, subject_id, title, paper_date, content_sha256,
                    pdf, original, original_type, original_sha256, file_name, note)
            values (:kind, 'incoming', :customer_id, :subject_kind, :subject_id, :title, :day, :sha256,
                    :pdf, :original, :original_type, :original_sha256, :file_name, :note)
            returning id, public_id::text as public_id"""),
            given,
        ).one()
    )
    return Paper(row.id, row.public_id, title, pdf, str(given["sha256"]))


def form_of(content: bytes) -> str:
    """Return pdf, png or jpeg by the content of a file; raise BadScan for anything else or too much of it."""
    if not content:
        raise BadScan("scan_empty", "The file is empty. Choose another one.")
    if len(content) > LARGEST_FILE:
        raise BadScan(
            "scan_too_large", "The file is larger than 15 MB. Scan it with less detail, or split it."
        )
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:]:
        return "pdf"
    size = _png_size(content) or _jpeg_size(content)
    if size is None:
        raise BadScan(
            "scan_type", "The file is neither a PDF nor a PNG or JPEG picture. Save it as one of them."
        )
    if size[0] * size[1] > MOST_POINTS or min(size) < 1:
        raise BadScan(
            "scan_too_large", "The picture has more than 80 million points. Scan it with less detail."
        )
    return "png" if content.startswith(b"\x89PNG") else "jpeg"


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(b"\x89PNG\r\n\x1a\n") or content[12:16] != b"IHDR" or len(content) < 24:
        return None
    return struct.unpack(">II", content[16:24])


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Find the frame header of a JPEG and read its size."""
    if not content.startswith(b"\xff\xd8\xff"):
        return None
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + max(length, 2)
    return None


def _on_a_page(scan: Scan, form: str, title: str) -> bytes:
    try:
        return render_scan(
            scan.content, form="png" if form == "png" else "jpg", title=title, language="pl",
            day=scan.received_on,
        )  # fmt: skip
    except typst.TypstError as error:
        raise BadScan("scan_type", "The picture cannot be read. Save it anew as PNG, JPEG or PDF.") from error


def _plain(name: str) -> str:
    """Keep the name of a file for people only: no folders, no control characters."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable())[:120]
