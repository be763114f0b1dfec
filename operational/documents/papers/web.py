"""Pages of papers: templates with versions and live preview, papers of a customer, received scans."""

import difflib
import re
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.app.labels import error_text
from operational.app.reads import customer_page
from operational.crm.customers import queries as customer_queries
from operational.documents.papers import operations, preview, queries, scans
from operational.documents.papers.filling import MissingValue
from operational.documents.papers.markup import FILTERS, BadPaperText
from operational.documents.papers.operations import LANGUAGES, Text
from operational.documents.papers.queries import Template, Version
from operational.documents.papers.scans import BadScan, Scan
from operational.kernel.errors import DomainError

pages = Blueprint("papers", __name__, template_folder="templates")
# A received paper may be attached to these records; what they are called in an address is what they are.
_SUBJECTS = (
    "customer", "contract", "complaint", "switching_case", "amendment", "assignment", "termination", "offer",
    "document",
)  # fmt: skip


@pages.get("/papers/templates")
def templates() -> ResponseReturnValue:
    """List the templates of papers; the delivered ones are loaded when there are none yet."""
    session = support.database()
    if not operations.is_loaded(session):
        operations.load_delivered(session)
        session.commit()
    return render_template("papers/templates.html", rows=queries.templates(session))


def _language() -> str:
    given = request.values.get("language", "")
    return given if given in LANGUAGES else "pl"


@pages.get("/papers/templates/<code>")
def template(code: str) -> ResponseReturnValue:
    """Show the editor of one text: the version asked for, its difference to the one in force, a preview."""
    found, language = queries.template(support.database(), code=code), _language()
    rows = queries.versions(support.database(), code=code, language=language)
    asked = request.args.get("version", "")
    shown = next((row for row in rows if row.public_id == asked), None)
    return _page(found, rows, shown=shown or _in_force(rows))


def _in_force(rows: list[Version]) -> Version | None:
    return next((row for row in rows if row.is_active), rows[0] if rows else None)


def _page(
    found: Template, rows: list[Version], *, shown: Version | None, error: str = ""
) -> ResponseReturnValue:
    given = _typed(found, shown)
    active = next((row for row in rows if row.is_active), None)
    return render_template(
        "papers/template.html", template=found, language_chosen=given.language, languages_chosen=LANGUAGES,
        shown=shown, rows=rows, active=active, given=given, error=error, common=queries.COMMON,
        filters=FILTERS, customer=_customer_number(), difference=_difference(active, given),
        **_preview(given, error),
    ), (422 if error else 200)  # fmt: skip


def _typed(found: Template, shown: Version | None) -> Text:
    """Return the text of the form, else of the version shown."""
    return Text(
        found, _language(),
        request.form.get("title", shown.title if shown else "")[:400],
        request.form.get("body", shown.body if shown else "")[:80_000].replace("\r\n", "\n"),
    )  # fmt: skip


def _customer_number() -> str:
    given = request.values.get("customer", "").strip()[:20]
    return given or preview.some_customer_number(support.database())


def _values(given: Text) -> tuple[dict[str, Any], int | None, str]:
    """Return the values of a preview, and id and name of the customer it is for."""
    session = support.database()
    known = preview.customer_of_number(session, number=_customer_number())
    customer_id = known[0] if known else None
    values = preview.values(session, template=given.template, customer_id=customer_id, today=support.today())
    return values, customer_id, known[1] if known else ""


def _preview(given: Text, error: str) -> dict[str, Any]:
    """Return what the preview shows: heading and blocks, or why there is none."""
    values, customer_id, name = _values(given)
    shown: dict[str, Any] = {"heading": "", "blocks": [], "previewed": name, "refused": error}
    if error:
        return shown
    try:
        shown["heading"], shown["blocks"] = operations.preview_blocks(
            support.database(), given=given, values=values, customer_id=customer_id, as_of=support.today()
        )
    except (BadPaperText, MissingValue) as refused:
        shown["refused"] = refused.message
    return shown


def _difference(active: Version | None, given: Text) -> list[tuple[str, str]]:
    """Return the lines that differ from the text in force, as (sign, line)."""
    if active is None:
        return []
    before = [active.title, "", *active.body.split("\n")]
    after = [given.title, "", *given.body.strip().split("\n")]
    lines = list(difflib.unified_diff(before, after, lineterm="", n=1))
    return [(line[:1], line[1:]) for line in lines[2:] if not line.startswith("@@")]


@pages.post("/papers/templates/<code>/preview")
def preview_template(code: str) -> ResponseReturnValue:
    """Show what was typed, filled: a fragment for the live preview, the whole editor without scripts."""
    found = queries.template(support.database(), code=code)
    if support.is_htmx():
        return render_template("papers/preview.html", **_preview(_typed(found, None), ""))
    rows = queries.versions(support.database(), code=code, language=_language())
    return _page(found, rows, shown=_in_force(rows))


@pages.post("/papers/templates/<code>/preview.pdf")
def preview_pdf(code: str) -> ResponseReturnValue:
    """Return what was typed as the PDF it would become; nothing is kept."""
    given = _typed(queries.template(support.database(), code=code), None)
    values, customer_id, _name = _values(given)
    content = operations.preview(
        support.database(), given=given, values=values, customer_id=customer_id, as_of=support.today()
    )
    return _pdf(content, f"preview-{code}")


@pages.post("/papers/templates/<code>")
@support.acts_once
def save_template(code: str) -> ResponseReturnValue:
    """Save a new version of the text; it is not in force until it is activated."""
    session, language = support.database(), _language()
    found = queries.template(session, code=code)
    given = _typed(found, None)
    try:
        saved = operations.save_version(
            session, code=code, language=language, title=given.title, body=given.body,
            note=support.form_text("note", 200),
        )  # fmt: skip
    except BadPaperText as refused:
        rows = queries.versions(session, code=code, language=language)
        return _page(found, rows, shown=_in_force(rows), error=refused.message)
    flash(_("The version was saved. It is used once it is put in force."), "ok")
    number = request.form.get("customer") or None
    return redirect(url_for("papers.template", code=code, language=language, version=saved, customer=number))


@pages.post("/papers/templates/<code>/versions/<uuid:public_id>/activate")
@support.acts_once
def activate_template(code: str, public_id: UUID) -> ResponseReturnValue:
    """Put a version in force."""
    operations.activate_version(support.database(), public_id=str(public_id))
    flash(_("The version is in force now."), "ok")
    return redirect(url_for("papers.template", code=code, language=_language()))


@pages.get("/customers/<uuid:public_id>/papers")
def customer_papers(public_id: UUID) -> ResponseReturnValue:
    """List the papers of a customer under the customer's header."""
    session, page = support.database(), support.page_of_request()
    found = support.found_or_404(customer_queries.customer(session, public_id=str(public_id)))
    rows = queries.papers_of_customer(session, customer_id=found.id, offset=page.offset, limit=page.limit)
    figures = customer_page.figures(session, customer_id=found.id, today=support.today())
    return render_template(
        "papers/customer_papers.html", customer=found, figures=figures, tab="papers", rows=rows, page=page
    )


def _pdf(content: bytes, name: str, *, is_ours: bool = True) -> Response:
    """Answer with a PDF; one that came from outside is not opened in the frame of the app."""
    kept = re.sub(r"[^A-Za-z0-9]+", "-", name)[:80]
    way = "inline" if is_ours else "attachment"
    return Response(
        content, mimetype="application/pdf", headers={"Content-Disposition": f'{way}; filename="{kept}.pdf"'}
    )


@pages.get("/papers/<uuid:public_id>.pdf")
def pdf(public_id: UUID) -> ResponseReturnValue:
    """Return the PDF of a paper."""
    session = support.database()
    found = queries.paper(session, public_id=str(public_id))
    is_ours = found.direction == "outgoing" or found.has_original
    return _pdf(queries.paper_file(session, public_id=str(public_id)), found.title, is_ours=is_ours)


@pages.get("/papers/<uuid:public_id>/original")
def original(public_id: UUID) -> ResponseReturnValue:
    """Return a received picture as it came, to be saved."""
    content, media_type = queries.original_file(support.database(), public_id=str(public_id))
    ending = media_type.removeprefix("image/")
    name = f'attachment; filename="{public_id}.{ending}"'
    return Response(content, mimetype=media_type, headers={"Content-Disposition": name})


def _subject() -> tuple[str, int]:
    """Return the record that a received paper belongs to, from the address or the form."""
    kind, given = request.values.get("subject_kind", ""), request.values.get("subject_id", "")
    if kind in _SUBJECTS and given.isdigit() and len(given) < 18:
        return kind, int(given)
    return "customer", 0


@pages.get("/customers/<uuid:public_id>/papers/receive")
def receive_form(public_id: UUID) -> ResponseReturnValue:
    """Show the form that keeps a received paper.

    `?subject_kind=contract&subject_id=7&back=/contracts/...` attaches it to a record and leads back to it.
    """
    found = support.found_or_404(customer_queries.customer(support.database(), public_id=str(public_id)))
    return _receive_page(found)


def _receive_page(found: customer_queries.Customer, error: DomainError | None = None) -> ResponseReturnValue:
    figures = customer_page.figures(support.database(), customer_id=found.id, today=support.today())
    kind, subject_id = _subject()
    return render_template(
        "papers/receive.html", customer=found, figures=figures, tab="papers", kinds=scans.SCAN_KINDS,
        subject_kind=kind, subject_id=subject_id, back=_back(request.values.get("back", "")),
        given=request.form, error=error, message=error_text(error) if error else "",
    ), (422 if error else 200)  # fmt: skip


def _back(given: str) -> str:
    """Return a path of this app to go back to, or nothing."""
    return given[:300] if given.startswith("/") and not given.startswith("//") and "\\" not in given else ""


@pages.post("/customers/<uuid:public_id>/papers/receive")
@support.acts_once
def receive(public_id: UUID) -> ResponseReturnValue:
    """Keep a received PDF, PNG or JPEG."""
    session = support.database()
    found = support.found_or_404(customer_queries.customer(session, public_id=str(public_id)))
    kind, subject_id = _subject()
    file = request.files.get("file")
    scan = Scan(
        content=file.stream.read(scans.LARGEST_FILE + 1) if file else b"",
        file_name=(file.filename or "") if file else "", kind=support.form_text("kind", 40),
        title=support.form_text("title", 300), received_on=support.today(), note=support.form_text("note"),
    )  # fmt: skip
    try:
        scans.receive(
            session, scan=scan, customer_id=found.id, subject_kind=kind,
            subject_id=subject_id if kind != "customer" else found.id,
        )  # fmt: skip
    except BadScan as refused:
        return _receive_page(found, refused)
    flash(_("The paper was kept."), "ok")
    back = _back(request.form.get("back", ""))
    return redirect(back or url_for("papers.customer_papers", public_id=public_id))
