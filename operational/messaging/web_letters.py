"""Pages of letters: batches with their files, and reprints."""

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.messaging import letters, queries
from operational.messaging.channels.letters import Files
from operational.messaging.web import pages

_TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "sha256": "text/plain; charset=utf-8"}


@pages.get("/messages/letters")
def letter_batches() -> ResponseReturnValue:
    """List the batches of letters, newest first."""
    page = support.page_of_request()
    rows = queries.batches(support.database(), offset=page.offset, limit=page.limit)
    return render_template("messaging/letters.html", rows=rows, page=page)


def _batch(public_id: UUID) -> queries.Batch:
    return support.found_or_404(queries.batch(support.database(), public_id=str(public_id)))


@pages.get("/messages/letters/<uuid:public_id>")
def letter_batch(public_id: UUID) -> ResponseReturnValue:
    """Show a batch: its letters with their pages, its files and their hashes."""
    found = _batch(public_id)
    rows = queries.batch_letters(support.database(), batch_id=found.id)
    return render_template("messaging/letter_batch.html", batch=found, rows=rows)


@pages.get("/messages/letters/<uuid:public_id>/<any(pdf, csv, sha256):kind>")
def letter_file(public_id: UUID, kind: str) -> ResponseReturnValue:
    """Give a file of a batch as it was made."""
    found, session = _batch(public_id), support.database()
    if kind == "sha256":
        files = Files(
            queries.batch_file(session, batch_id=found.id, kind="pdf"),
            queries.batch_file(session, batch_id=found.id, kind="csv"),
        )
        content = files.manifest(found.name)
    else:
        content = queries.batch_file(session, batch_id=found.id, kind=kind)
    return Response(
        content,
        content_type=_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{found.name}.{kind}"'},
    )


@pages.post("/messages/letters/<uuid:public_id>/reprint")
@support.acts_once
def reprint(public_id: UUID) -> ResponseReturnValue:
    """Make a new batch of all or of the chosen letters."""
    found = _batch(public_id)
    chosen = [int(one) for one in request.form.getlist("position") if one.isdigit() and len(one) < 7]
    name = letters.reprint(
        support.database(), batch_id=found.id, positions=chosen, reason=support.form_text("reason", 200),
        as_of=support.now(),
    )  # fmt: skip
    flash(_("The letters were printed again as %(name)s.", name=name), "ok")
    return redirect(url_for("messaging.letter_batches"))
