"""Pages of billing: runs with their steps, approval and issue, the exceptions queue."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, list_columns, support
from operational.app.labels import label
from operational.app.reads import runs as reads
from operational.billing import operations, resolving
from operational.billing.limits import GUARDS, HOLD

pages = Blueprint("billing", __name__, template_folder="templates")
# Only what a guard or a person stopped can be released; what cannot be computed has no amount to bill.
RELEASABLE = (*GUARDS, HOLD)


@pages.get("/billing/runs")
def runs() -> ResponseReturnValue:
    """List billing runs with what each issued and parked."""
    page = support.page_of_request()
    if exports.asked():
        return exports.of_list(
            "billing-runs", list_columns.RUNS,
            lambda session, page: reads.runs(session, offset=page.offset, limit=page.limit),
        )  # fmt: skip
    rows = reads.runs(support.database(), offset=page.offset, limit=page.limit)
    return render_template("billing/runs.html", rows=rows, page=page)


def _run(public_id: UUID) -> reads.RunRow:
    return support.found_or_404(reads.run(support.database(), public_id=str(public_id)))


@pages.get("/billing/runs/<uuid:public_id>")
def run(public_id: UUID) -> ResponseReturnValue:
    """Show a run step by step, its figures before approval, and its parked scopes."""
    found = _run(public_id)
    parked = reads.exceptions(
        support.database(), run_public_id=found.public_id, with_resolved=True, limit=201
    )
    earlier = [
        row for row in reads.runs(support.database(), limit=200) if row.billing_month < found.billing_month
    ]
    previous = next((row for row in earlier if row.status == "issued"), None)
    return render_template(
        "billing/run.html", run=found, parked=parked, previous=previous, releasable=RELEASABLE
    )


@pages.post("/billing/runs/<uuid:public_id>/approve")
@support.acts_once
def approve(public_id: UUID) -> ResponseReturnValue:
    """Approve a computed run; the issue is a step of its own."""
    found = _run(public_id)
    operations.approve_run(
        support.database(), run_id=found.id, as_of=support.now(), reason=support.form_text("reason", 500)
    )
    flash(_("The run of %(month)s was approved.", month=request.form.get("month", "")), "ok")
    return redirect(url_for("billing.run", public_id=public_id))


@pages.post("/billing/runs/<uuid:public_id>/reject")
@support.acts_once
def reject(public_id: UUID) -> ResponseReturnValue:
    """Reject a computed run: nothing of it is issued."""
    found = _run(public_id)
    operations.reject_run(
        support.database(), run_id=found.id, as_of=support.now(), reason=support.form_text("reason", 500)
    )
    flash(_("The run was rejected. Correct the data and compute it again."), "ok")
    return redirect(url_for("billing.run", public_id=public_id))


@pages.post("/billing/runs/<uuid:public_id>/issue")
def issue(public_id: UUID) -> ResponseReturnValue:
    """Issue the documents of an approved run in batches of its own transactions.

    No form key: issuing again is the recovery procedure and issues only what is missing.
    """
    found = _run(public_id)
    support.database().rollback()
    result = operations.issue_run(
        run_id=found.id,
        session_factory=support.session_factory(f"staff:{support.user().login}"),
        as_of=support.now(),
    )
    flash(
        _(
            "Issued: %(documents)s documents; %(parked)s scopes parked.",
            documents=result.documents,
            parked=result.parked,
        ),
        "ok",
    )
    return redirect(url_for("billing.run", public_id=public_id), 303)


@pages.get("/billing/exceptions")
def exceptions() -> ResponseReturnValue:
    """Show the exceptions queue, the largest amounts on top."""
    page, session = support.page_of_request(), support.database()
    code, severity = request.args.get("code", "")[:60], request.args.get("severity", "")
    with_resolved = request.args.get("resolved") == "1"

    def read(session: Session, page: support.Page) -> list[reads.ExceptionRow]:
        return reads.exceptions(
            session, code=code, severity=severity if severity in ("blocking", "review") else "",
            with_resolved=with_resolved, offset=page.offset, limit=page.limit,
        )  # fmt: skip

    if exports.asked():
        return exports.of_list("exceptions", list_columns.EXCEPTIONS, read)
    rows = read(session, page)
    return render_template(
        "billing/exceptions.html",
        rows=rows,
        page=page,
        code=code,
        severity=severity,
        with_resolved=with_resolved,
        counts=reads.exception_counts(session),
        releasable=RELEASABLE,
        actions=resolving.ACTIONS,
    )


@pages.post("/billing/exceptions/<uuid:public_id>/resolve")
@support.acts_once
def resolve(public_id: UUID) -> ResponseReturnValue:
    """Release a parked scope for billing, or say that it was corrected or dismissed."""
    resolution = request.form.get("resolution", "")
    operations.resolve_exception(
        support.database(),
        exception_public_id=str(public_id),
        resolution=resolution,
        row_version=support.form_int("row_version"),
        as_of=support.now(),
    )
    flash(_("The exception was closed: %(resolution)s.", resolution=label("resolution", resolution)), "ok")
    return redirect(url_for("billing.exceptions"))


from operational.billing import (  # noqa: E402  their routes join the blueprint
    web_collective,  # noqa: F401
    web_cycles,  # noqa: F401
    web_forecasts,  # noqa: F401
    web_market,  # noqa: F401
    web_resolving,  # noqa: F401
    web_simulation,  # noqa: F401
)
