"""Pages of service: tasks with their queues, the contact log, the service tab of a customer."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from operational.app import exports, support
from operational.app.labels import error_text
from operational.app.reads import customer_page
from operational.crm.customers import queries as customer_queries
from operational.crm.service import complaint_queries, operations, queries, web_columns
from operational.crm.service.rules import ACTIVITY_KINDS, ServiceRefused
from operational.kernel.errors import DomainError

pages = Blueprint("service", __name__, template_folder="templates")
_TASK_FIELDS = (
    "kind",
    "direction",
    "subject",
    "body",
    "happened_on",
    "due_on",
    "owner",
    "queue",
    "link_kind",
)


def language() -> str:
    """Return the language of the request: pl or en."""
    return str(get_locale())[:2]


def form_date(name: str) -> date | None:
    """Read a date of the form; None when missing or malformed."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None


class FieldWords(dict[str, str]):
    """Words of mistakes by field; a field without a mistake has empty words."""

    def __missing__(self, name: str) -> str:
        """Return that nothing is wrong with a field."""
        return ""


def field_words(error: ServiceRefused) -> FieldWords:
    """Return the words of each wrong field of a refusal."""
    return FieldWords(
        {name: error_text(DomainError(f"service_{code}", code)) for name, code in error.fields.items()}
    )


def customer_of(public_id: UUID | str) -> customer_queries.Customer:
    """Return a customer, or answer 404."""
    try:
        wanted = str(UUID(str(public_id)))
    except ValueError:
        abort(404)
    return support.found_or_404(customer_queries.customer(support.database(), public_id=wanted))


@pages.get("/service/tasks")
def tasks() -> ResponseReturnValue:
    """List tasks: mine, my team's, nobody's; open, late, snoozed or done."""
    page, session, me = support.page_of_request(), support.database(), support.user()
    narrowed = queries.TaskFilter(
        whose=_one_of(request.args.get("whose", ""), ("mine", "team", "free", "all")),
        state=_one_of(request.args.get("state", ""), ("open", "late", "snoozed", "done")),
        queue=request.args.get("queue", "")[:40], search=request.args.get("q", "").strip()[:80],
    )  # fmt: skip

    def read(found: Session, part: support.Page) -> list[queries.Activity]:
        return queries.tasks(
            found, narrowed=narrowed, login=me.login, role=me.role, today=support.today(),
            offset=part.offset, limit=part.limit,
        )  # fmt: skip

    if exports.asked():
        return exports.of_list("tasks", web_columns.TASKS, read)
    return render_template(
        "service/tasks.html",
        rows=read(session, page),
        page=page,
        narrowed=narrowed,
        queues=queries.queues(session, role=me.role, today=support.today()),
        **_form_choices(),
    )


def _one_of(given: str, known: tuple[str, ...]) -> str:
    return given if given in known else known[0]


def _form_choices() -> dict[str, Any]:
    session = support.database()
    return {
        "all_queues": queries.all_queues(session), "people": queries.staff(session), "lang": language(),
        "activity_kinds": ACTIVITY_KINDS,
    }  # fmt: skip


@pages.post("/service/tasks/next")
@support.acts_once
def take_next() -> ResponseReturnValue:
    """Give me the most urgent free task of my queues, or of the chosen one."""
    me = support.user()
    taken = operations.take_next(
        support.database(), login=me.login, role=me.role, queue=support.form_text("queue", 40),
        as_of=support.today(),
    )  # fmt: skip
    if taken is None:
        flash(_("Nothing waits in your queues."), "info")
        return redirect(url_for("service.tasks"))
    flash(_("The task is yours now."), "ok")
    return redirect(url_for("service.task", public_id=taken.public_id))


@pages.post("/service/tasks")
@support.acts_once
def create_task() -> ResponseReturnValue:
    """Open a task without a customer, or with the customer whose number was given."""
    number = support.form_text("customer_number", 20)
    known = queries.customer_of_number(support.database(), number=number) if number else None
    found = customer_of(known) if known else None
    try:
        if number and found is None:
            raise ServiceRefused("service_fields", "unknown", {"customer_number": "unknown_customer"})
        _add(found.id if found else None, kind="task")
    except ServiceRefused as error:
        return _task_form(error), 422
    flash(_("The task was opened."), "ok")
    return redirect(url_for("service.tasks", whose="all"))


def _task_form(error: ServiceRefused) -> str:
    return render_template(
        "service/new_task.html", given=request.form, wrong=field_words(error), error=error_text(error),
        **_form_choices(),
    )  # fmt: skip


@pages.get("/service/tasks/new")
def new_task() -> ResponseReturnValue:
    """Show the form of a task."""
    return render_template(
        "service/new_task.html", given=request.args, wrong=FieldWords(), error="", **_form_choices()
    )


def _add(customer_id: int | None, *, kind: str) -> int:
    link_kind = support.form_text("link_kind", 40)
    return operations.add_activity(
        support.database(), customer_id=customer_id, kind=kind, direction=support.form_text("direction", 3),
        subject=support.form_text("subject", 200), body=support.form_text("body", 8000),
        due_on=form_date("due_on"), owner=support.form_text("owner", 60),
        queue=support.form_text("queue", 40), happened_on=form_date("happened_on"), link_kind=link_kind,
        link_id=support.form_int("link_id") or None, as_of=support.today(),
    )  # fmt: skip


@pages.get("/service/tasks/<uuid:public_id>")
def task(public_id: UUID) -> ResponseReturnValue:
    """Show a task or a contact."""
    found = support.found_or_404(queries.task(support.database(), public_id=str(public_id)))
    return _task_page(found, FieldWords(), "")


def _task_page(found: queries.Activity, wrong: Mapping[str, str], error: str) -> str:
    return render_template("service/task.html", task=found, wrong=wrong, error=error, **_form_choices())


@pages.post("/service/tasks/<uuid:public_id>")
@support.acts_once
def change_task(public_id: UUID) -> ResponseReturnValue:
    """Take, hand over, snooze or finish a task."""
    session, version = support.database(), support.form_int("row_version")
    action, target = request.form.get("action", ""), str(public_id)
    try:
        match action:
            case "take":
                operations.assign(session, public_id=target, row_version=version, owner=support.user().login)
                words = _("The task is yours now.")
            case "hand_over":
                operations.assign(
                    session, public_id=target, row_version=version, owner=support.form_text("owner", 60),
                    queue=support.form_text("queue", 40),
                )  # fmt: skip
                words = _("The task was handed over.")
            case "snooze":
                operations.snooze(
                    session, public_id=target, row_version=version, until=form_date("until"),
                    as_of=support.today(),
                )  # fmt: skip
                words = _("The task comes back on its day.")
            case _:
                operations.finish(
                    session, public_id=target, row_version=version, note=support.form_text("note", 1000),
                    as_of=support.now(),
                )  # fmt: skip
                words = _("The task is done.")
    except ServiceRefused as error:
        if error.code != "service_fields":
            raise
        session.rollback()
        found = support.found_or_404(queries.task(session, public_id=target))
        return _task_page(found, field_words(error), error_text(error)), 422
    flash(words, "ok")
    if request.form.get("next") == "take":
        return redirect(url_for("service.tasks"))
    return redirect(url_for("service.task", public_id=public_id))


@pages.get("/customers/<uuid:public_id>/service")
def customer_service(public_id: UUID) -> ResponseReturnValue:
    """Show the contact log, tasks and complaints of a customer."""
    return _customer_page(customer_of(public_id), {}, FieldWords(), "")


def _customer_page(
    found: customer_queries.Customer, given: Mapping[str, str], wrong: Mapping[str, str], error: str
) -> str:
    session, today, page = support.database(), support.today(), support.page_of_request()
    kind = request.args.get("kind", "")
    return render_template(
        "service/customer_service.html",
        customer=found,
        tab="service",
        figures=customer_page.figures(session, customer_id=found.id, today=today),
        page=page,
        kind=kind,
        activities=queries.activities_of(
            session, customer_id=found.id, kind=kind, offset=page.offset, limit=page.limit
        ),
        complaints=complaint_queries.complaints_of(session, customer_id=found.id, today=today),
        given=given,
        wrong=wrong,
        error=error,
        **_form_choices(),
    )


@pages.post("/customers/<uuid:public_id>/service")
@support.acts_once
def add_activity(public_id: UUID) -> ResponseReturnValue:
    """Note down a contact with a customer, or open a task about them."""
    found, kind = customer_of(public_id), support.form_text("kind", 20)
    try:
        _add(found.id, kind=kind)
    except ServiceRefused as error:
        support.database().rollback()
        return _customer_page(found, request.form, field_words(error), error_text(error)), 422
    flash(_("The task was opened.") if kind == "task" else _("The contact was written down."), "ok")
    return redirect(url_for("service.customer_service", public_id=public_id))


from operational.crm.service import web_complaints, web_watch  # noqa: E402,F401  their routes join `pages`
