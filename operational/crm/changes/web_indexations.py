"""Pages of indexations: list, preparing with a preview, the decision of a second person, notices."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, support
from operational.app.labels import error_text
from operational.crm.changes import indexing, papers, queries, web_columns
from operational.crm.changes.web import day_of, number_of, pages
from operational.crm.changes.web_renewals import SEGMENTS
from operational.kernel.calendar import add_months, first_of_month
from operational.kernel.errors import DomainError

_FIELD_OF = {
    "name_missing": "name", "percent_wrong": "percent", "rule_unknown": "target",
    "notice_too_short": "effective_on", "day_wrong": "effective_on",
}  # fmt: skip
_NOTICE_DAYS = 30


@pages.get("/indexations")
def indexations() -> ResponseReturnValue:
    """List indexations, those that wait for a decision first."""

    def read(found: Session, part: support.Page) -> list[Any]:
        return queries.indexations(found, offset=part.offset, limit=part.limit)

    if exports.asked():
        return exports.of_list("indexations", web_columns.INDEXATIONS, read)
    return render_template("changes/indexations.html", rows=queries.indexations(support.database()))


def _form(given: Any, error: DomainError | None) -> ResponseReturnValue:
    session, today = support.database(), support.today()
    return render_template(
        "changes/new_indexation.html",
        given=given,
        first_day=add_months(first_of_month(today), 2),
        notice_days=_NOTICE_DAYS,
        price_lists=queries.price_lists_all(session),
        products=queries.products(session),
        segments=SEGMENTS,
        errors={_FIELD_OF.get(error.code, ""): error_text(error)} if error else {},
    )


@pages.get("/indexations/new")
def new_indexation() -> ResponseReturnValue:
    """Offer the form: rule, whom it concerns, from which day."""
    return _form({}, None)


def _order() -> indexing.Order:
    rule = request.form.get("rule", "")
    return indexing.Order(
        name=support.form_text("name", 120),
        rule=rule,
        percent=number_of("percent", "percent_wrong") if rule == "percent" else None,
        target_price_list_id=(support.form_int("target") or None) if rule == "price_list" else None,
        from_price_list_id=support.form_int("source") or None,
        product_id=support.form_int("product") or None,
        customer_kind=request.form.get("kind", "") if request.form.get("kind") in SEGMENTS else "",
        effective_on=day_of("effective_on"),
        notice_days=support.form_int("notice_days"),
        includes_fixed=request.form.get("includes_fixed") == "1",
        reason=support.form_text("reason", 500),
    )


@pages.post("/indexations/new")
@support.acts_once
def make_indexation() -> ResponseReturnValue:
    """Prepare an indexation: everybody concerned is written down, nothing changes yet."""
    try:
        made = indexing.prepare(
            support.database(), order=_order(), today=support.today(), as_of=support.now()
        )
    except DomainError as error:
        support.database().rollback()
        return _form(request.form, error)
    flash(_("Prepared. Another person looks at it and applies it."), "ok")
    return redirect(url_for("changes.indexation", public_id=made))


@pages.get("/indexations/<uuid:public_id>")
def indexation(public_id: UUID) -> ResponseReturnValue:
    """Show an indexation: figures, who is left out and why, contract by contract."""
    session, page = support.database(), support.page_of_request()
    found = support.found_or_404(queries.indexation(session, public_id=str(public_id)))
    skipped = request.args.get("skipped", "")
    skipped = skipped if skipped in {"yes", "no"} else ""
    return render_template(
        "changes/indexation.html",
        change=found,
        page=page,
        skipped=skipped,
        reasons=queries.skip_reasons(session, indexation_id=found.id),
        rows=queries.indexation_items(
            session, indexation_id=found.id, skipped=skipped, offset=page.offset, limit=page.limit
        ),
    )


@pages.post("/indexations/<uuid:public_id>/decide")
@support.acts_once
def decide_indexation(public_id: UUID) -> ResponseReturnValue:
    """Apply or reject a prepared indexation, as a second person."""
    session, version = support.database(), support.form_int("row_version")
    if request.form.get("decision") == "apply":
        count = indexing.apply(session, public_id=str(public_id), row_version=version, as_of=support.now())
        flash(_("Applied to %(count)s contracts. Notices go out next.", count=count), "ok")
    else:
        indexing.reject(session, public_id=str(public_id), row_version=version)
        flash(_("The indexation was rejected. Nothing changed."), "ok")
    return redirect(url_for("changes.indexation", public_id=public_id))


@pages.post("/indexations/<uuid:public_id>/notices")
@support.acts_once
def send_notices(public_id: UUID) -> ResponseReturnValue:
    """Make and queue the notices that were not sent yet, a batch at a time; the night does the rest."""
    count = papers.send_price_notices(
        support.database(), as_of=support.now(), today=support.today(), limit=200
    )
    flash(_("Queued: %(count)s notices.", count=count), "ok")
    return redirect(url_for("changes.indexation", public_id=public_id))
