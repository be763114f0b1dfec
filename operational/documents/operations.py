"""Writes of documents: keeping the PDF that was sent.

Issuing itself is in `billing/issuing.py`, because numbers, lines and the ledger belong to one transaction.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.documents.rendering import render_pdf


@dataclass(frozen=True, slots=True)
class Rendition:
    """A PDF that is kept for a document."""

    document_id: int
    content: bytes
    is_new: bool


def store_rendition(session: Session, *, document_id: int) -> Rendition:
    """Render the PDF of a document and keep it; return the kept one when there is one already.

    Renditions are append-only: what a customer once got is what everybody sees later, even after a template
    changed. Two processes at once keep one and the same.
    """
    kept = stored_rendition(session, document_id=document_id)
    if kept is not None:
        return Rendition(document_id, kept, is_new=False)
    content = render_pdf(session, document_id=document_id)
    added = session.execute(
        text(
            "insert into operational.document_renditions (document_id, format, content, content_sha256)"
            " values (:document_id, 'pdf', :content, :digest) on conflict do nothing returning document_id"
        ),
        {"document_id": document_id, "content": content, "digest": hashlib.sha256(content).digest()},
    ).scalar()
    if added is None:
        content = stored_rendition(session, document_id=document_id) or content
    return Rendition(document_id, content, is_new=added is not None)


def stored_rendition(session: Session, *, document_id: int) -> bytes | None:
    """Return the kept PDF of a document, or None."""
    found = session.execute(
        text(
            "select content from operational.document_renditions"
            " where document_id = :document_id and format = 'pdf'"
        ),
        {"document_id": document_id},
    ).scalar()
    return None if found is None else bytes(found)


def pdf(session: Session, *, document_id: int) -> bytes:
    """Return the PDF to show: the kept one, otherwise rendered now and not kept (for roles that may only
    read).
    """
    return stored_rendition(session, document_id=document_id) or render_pdf(session, document_id=document_id)
