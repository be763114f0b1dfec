"""Pages of duplicates: issue one with a reason, open its PDF."""

from flask import Response, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.reads import invoices
from operational.documents import duplicates
from operational.documents.web import pages


@pages.post("/invoices/<uuid:public_id>/duplicates")
@support.acts_once
def issue_duplicate(public_id: str) -> ResponseReturnValue:
    """Issue a duplicate of a document with today's date."""
    session = support.database()
    found = support.found_or_404(invoices.invoice(session, public_id=str(public_id)))
    duplicates.issue_duplicate(
        session, document_id=found.id, reason=support.form_text("reason", 500), as_of=support.now()
    )
    flash(_("The duplicate was issued."), "ok")
    return redirect(url_for("documents.invoice", public_id=public_id))


@pages.get("/duplicates/<uuid:public_id>.pdf")
def duplicate_pdf(public_id: str) -> ResponseReturnValue:
    """Give the PDF of a duplicate."""
    found = support.found_or_404(duplicates.duplicate(support.database(), public_id=str(public_id)))
    return Response(
        duplicates.duplicate_pdf(support.database(), found=found), mimetype="application/pdf",
        headers={"Content-Disposition": 'inline; filename="duplicate.pdf"'},
    )  # fmt: skip
