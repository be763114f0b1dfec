"""Page of a collective correction with its PDF and proof."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from operational.app import support
from operational.documents import collective, operations
from operational.documents.proof.collective import collective_proof
from operational.documents.web import pages


@pages.get("/collective/<uuid:public_id>")
def collective_correction(public_id: str) -> ResponseReturnValue:
    """Show a collective correction: why, the corrected invoices, sums by VAT rate before and after."""
    found = support.found_or_404(collective.collective(support.database(), public_id=str(public_id)))
    return render_template("documents/collective.html", document=found)


@pages.get("/collective/<uuid:public_id>.pdf")
def collective_pdf(public_id: str) -> ResponseReturnValue:
    """Return the PDF: the one that was sent with the first part, otherwise drawn now."""
    session = support.database()
    found = support.found_or_404(collective.collective(session, public_id=str(public_id)))
    name = found.number.replace("/", "-")
    return Response(
        operations.pdf(session, document_id=found.parts[0].document_id), mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )  # fmt: skip


@pages.get("/collective/<uuid:public_id>/proof")
def collective_proof_file(public_id: str) -> ResponseReturnValue:
    """Return the proof of all parts and of their sum in one ZIP."""
    session = support.database()
    found = support.found_or_404(collective.collective(session, public_id=str(public_id)))
    name = found.number.replace("/", "-")
    return Response(
        collective_proof(session, whole=found), mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}-proof.zip"'},
    )  # fmt: skip
