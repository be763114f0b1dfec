"""Pages of procedures (versions, editor, difference, approval) and of orders to distributors."""

from io import BytesIO
from uuid import UUID

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import text

from operational.app import support
from operational.dunning import operations, queries
from operational.dunning.procedures import STEP_FIELDS, differences, steps_of
from operational.dunning.rules import CHANNELS, STEP_KINDS, STEP_STAGES
from operational.dunning.web import form_date, pages

_MOST_STEPS = 30


@pages.get("/dunning/procedures")
def procedures() -> ResponseReturnValue:
    """List the procedures with their versions."""
    return render_template("dunning/procedures.html", rows=queries.procedures(support.database()))


@pages.get("/dunning/procedures/<uuid:public_id>")
def procedure(public_id: UUID) -> ResponseReturnValue:
    """Show a version: its steps, the difference to the version before; a draft is a form."""
    session = support.database()
    rows = queries.procedures(session)
    found = support.found_or_404(next((row for row in rows if row.public_id == str(public_id)), None))
    earlier = next(
        (row for row in rows if row.code == found.code and row.version_no < found.version_no), None
    )
    steps = steps_of(session, code=found.code, version_no=found.version_no)
    before = steps_of(session, code=found.code, version_no=earlier.version_no) if earlier else []
    templates = session.execute(
        text("select code, name_pl, name_en from operational.message_templates order by sort_order")
    ).all()
    return render_template(
        "dunning/procedure.html",
        procedure=found,
        steps=steps,
        earlier=earlier,
        changes=differences(before, steps) if earlier else [],
        templates=templates,
        kinds=STEP_KINDS,
        stages=STEP_STAGES,
        channels=CHANNELS,
        is_editable=found.status == "draft" and support.may("dunning.procedures"),
    )


@pages.post("/dunning/procedures/<uuid:public_id>/versions")
@support.acts_once
def new_version(public_id: UUID) -> ResponseReturnValue:
    """Make a draft from a version."""
    made = operations.new_version(
        support.database(), public_id=str(public_id), as_of=support.today(),
        valid_from=form_date("valid_from") or support.today(),
    )  # fmt: skip
    flash(_("A draft was made. Change its steps, then somebody else approves it."), "ok")
    return redirect(url_for("dunning.procedure", public_id=made))


@pages.post("/dunning/procedures/<uuid:public_id>/steps")
@support.acts_once
def change_steps(public_id: UUID) -> ResponseReturnValue:
    """Save the steps of a draft; a row without a code is left out."""
    rows = [{name: request.form.get(f"{at}-{name}", "") for name in STEP_FIELDS} for at in range(_MOST_STEPS)]
    steps = [operations.read_step(row) for row in rows if row["step_code"].strip()]
    operations.change_steps(
        support.database(), public_id=str(public_id), steps=steps, row_version=support.form_int("row_version")
    )
    flash(_("The draft was saved."), "ok")
    return redirect(url_for("dunning.procedure", public_id=public_id))


@pages.post("/dunning/procedures/<uuid:public_id>/decision")
@support.acts_once
def decide(public_id: UUID) -> ResponseReturnValue:
    """Approve or reject a draft."""
    session, version = support.database(), support.form_int("row_version")
    if request.form.get("decision") == "approve":
        operations.approve(session, public_id=str(public_id), row_version=version, as_of=support.today())
        flash(_("The version was approved and holds from its day on."), "ok")
    else:
        operations.reject(session, public_id=str(public_id), row_version=version)
        flash(_("The draft was rejected."), "ok")
    return redirect(url_for("dunning.procedure", public_id=public_id))


@pages.get("/dunning/orders")
def orders() -> ResponseReturnValue:
    """List the orders to distributors and what waits for its file."""
    page, session, status = support.page_of_request(), support.database(), request.args.get("status", "")[:20]
    rows = queries.order_list(session, status=status, offset=page.offset, limit=page.limit)
    return render_template(
        "dunning/orders.html", rows=rows, page=page, status=status, waiting=queries.orders_waiting(session)
    )


@pages.post("/dunning/orders/files")
@support.acts_once
def export_orders() -> ResponseReturnValue:
    """Make the file of the orders that wait for a distributor."""
    made = operations.export_orders(
        support.database(), dso_code=support.form_text("dso_code", 60), as_of=support.today()
    )
    if made is None:
        flash(_("No order waits for this distributor."), "bad")
    else:
        flash(ngettext("The file has %(num)s order.", "The file has %(num)s orders.", made.orders), "ok")
    return redirect(url_for("dunning.orders"))


@pages.get("/dunning/orders/files/<uuid:public_id>")
def order_file(public_id: UUID) -> ResponseReturnValue:
    """Download a file of orders."""
    found = support.found_or_404(queries.order_file(support.database(), public_id=str(public_id)))
    return send_file(
        BytesIO(found.content), mimetype="text/csv", as_attachment=True, download_name=found.name
    )


@pages.post("/dunning/orders/<uuid:public_id>/outcome")
@support.acts_once
def order_outcome(public_id: UUID) -> ResponseReturnValue:
    """Record what the distributor did with an order."""
    operations.record_outcome(
        support.database(), public_id=str(public_id), outcome=request.form.get("outcome", ""),
        row_version=support.form_int("row_version"), note=support.form_text("note"), as_of=support.today(),
    )  # fmt: skip
    flash(_("The outcome was recorded."), "ok")
    return redirect(url_for("dunning.orders"))
