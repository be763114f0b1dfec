"""Pages of imports: send a CSV file, see every mistake, import the good rows, take the wrong ones home."""

from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.app.words import LABELS
from operational.crm.portfolio import stored
from operational.crm.portfolio.files import FORMATS, ImportFileError
from operational.crm.portfolio.importing import KINDS, check_file
from operational.crm.web import pages

_LARGEST = 32 * 1024 * 1024


@pages.get("/imports")
def imports() -> ResponseReturnValue:
    """List files sent before, offer the next one, and tell the formats."""
    return _list_page()


def _list_page(error: str = "", kind: str = "customers") -> str:
    page = support.page_of_request()
    rows = stored.imports(support.database(), offset=page.offset, limit=page.limit)
    formats = {
        name: [(column, cell.is_required) for column, cell in columns.items()]
        for name, columns in FORMATS.items()
    }
    return render_template(
        "crm/imports.html", rows=rows, page=page, kinds=KINDS, formats=formats, error=error, kind=kind
    )


@pages.post("/imports")
@support.acts_once
def send_import() -> ResponseReturnValue:
    """Check a file and keep it; nothing of it is imported yet."""
    kind, part = request.form.get("kind", ""), request.files.get("file")
    if kind not in KINDS or part is None or not part.filename:
        return _list_page(_("Choose what the file holds, and the file."), kind), 422
    content = part.stream.read(_LARGEST)
    try:
        checked = check_file(support.database(), kind=kind, content=content)
    except ImportFileError as error:
        return _list_page(error_text(error), kind), 422
    cures = {code: str(words) for code, words in LABELS["import_problem"].items()}
    public_id = stored.store(
        support.database(), name=part.filename, content=content, checked=checked, words=cures
    )
    return redirect(url_for("crm.import_file", public_id=public_id))


@pages.get("/imports/<uuid:public_id>")
def import_file(public_id: UUID) -> ResponseReturnValue:
    """Show what the check of a file found: counts, and every mistake with row, column and cure."""
    found = stored.stored_import(support.database(), public_id=str(public_id))
    return render_template("crm/import.html", file=support.found_or_404(found))


@pages.post("/imports/<uuid:public_id>")
@support.acts_once
def run_import(public_id: UUID) -> ResponseReturnValue:
    """Import the good rows of a checked file, all of them or none."""
    count = stored.run_stored(
        support.database(), public_id=str(public_id), row_version=support.form_int("row_version"),
        as_of=support.now(), actor=f"staff:{support.user().login}",
    )  # fmt: skip
    flash(_("%(count)s rows were imported.", count=count), "ok")
    return redirect(url_for("crm.import_file", public_id=public_id))


@pages.get("/imports/<uuid:public_id>/rejected.csv")
def rejected_import(public_id: UUID) -> ResponseReturnValue:
    """Give the wrong rows back as CSV, each with its reasons in front."""
    rejected = support.found_or_404(stored.rejected_rows(support.database(), public_id=str(public_id)))
    return Response(
        "\ufeff" + rejected, mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename=rejected-{public_id}.csv"},
    )  # fmt: skip
