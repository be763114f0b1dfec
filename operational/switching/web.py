"""Pages of switching: the board, the list with bulk actions, the
calendar of starts, files, a customer's cases.
"""

from collections.abc import Callable
from datetime import date
from io import BytesIO
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from operational.app import exports, support
from operational.app.reads import customer_page
from operational.crm.customers import queries as customer_queries
from operational.kernel.calendar import add_months, days, first_of_month
from operational.switching import file_queries, operations, queries
from operational.switching.rules import MEDIA, STAGES, Limits, Status, SwitchingError

pages = Blueprint("switching", __name__, template_folder="templates")
BULK_ACTIONS = ("signed", "send", "resend", "move_date")
_MOST_AT_ONCE = 500
_LARGEST_UPLOAD = 16 * 1024 * 1024
COLUMNS = (
    exports.Column("number", _l("Case")),
    exports.Column("status", _l("Status"), "switching_status"),
    exports.Column("customer_number", _l("Customer number")),
    exports.Column("customer_name", _l("Customer")),
    exports.Column("point_code", _l("Supply point")),
    exports.Column("dso_name", _l("Distributor")),
    exports.Column("kind", _l("Kind"), "switching_kind"),
    exports.Column("direction", _l("Direction"),
    "switching_direction"),
    exports.Column("wanted_start", _l("Wanted start")),
    exports.Column("confirmed_start", _l("Confirmed start")),
    exports.Column("end_on", _l("Supply ends")),
    exports.Column("deadline_on", _l("Deadline")),
    exports.Column("rejection_code", _l("Rejection")),
    exports.Column("attempt", _l("Notifications")),
    exports.Column("opened_on", _l("Opened")),
)  # fmt: skip


def today_limits() -> Limits:
    """Return the limits of the business day."""
    return operations.limits_on(support.database(), support.today(), support.now())


def form_date(name: str) -> date | None:
    """Read a date of the form; None when missing or malformed."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None


def _chosen_word(name: str, allowed: tuple[str, ...]) -> str:
    given = request.args.get(name, "")
    return given if given in allowed else ""


@pages.get("/switching")
def board() -> ResponseReturnValue:
    """Show the board: a column for each stage with its most urgent cases."""
    session, medium = support.database(), _chosen_word("medium", MEDIA)
    known = queries.dsos(session)
    dso = _chosen_word("dso", tuple(code for code, _name in known))
    return render_template(
        "switching/board.html",
        stages=queries.board(session, as_of=support.today(), dso=dso, medium=medium),
        risks=queries.risks(session, as_of=support.today()),
        dsos=known,
        dso=dso,
        medium=medium,
        media=MEDIA,
    )


def _narrowed() -> queries.Narrowed:
    return queries.Narrowed(
        status=_chosen_word("status", tuple(Status)), stage=_chosen_word("stage", tuple(STAGES)),
        dso=request.args.get("dso", "")[:20], medium=_chosen_word("medium", MEDIA),
        direction=_chosen_word("direction", ("in", "out")), code=request.args.get("code", "")[:3],
        search=request.args.get("q", "").strip()[:80], risk=_chosen_word("risk", ("late", "near")),
        open_only=request.args.get("open", "") == "yes",
    )  # fmt: skip


@pages.get("/switching/cases")
def case_list() -> ResponseReturnValue:
    """Show the list of cases with filters, bulk actions and export."""
    narrowed, today, page = _narrowed(), support.today(), support.page_of_request()
    if exports.asked():
        return exports.of_list(
            "switching",
            COLUMNS,
            lambda session, part: queries.cases(
                session, as_of=today, narrowed=narrowed, offset=part.offset, limit=part.limit
            ),
        )
    session = support.database()
    return render_template(
        "switching/cases.html",
        rows=queries.cases(session, as_of=today, narrowed=narrowed, offset=page.offset, limit=page.limit),
        page=page,
        narrowed=narrowed,
        dsos=queries.dsos(session),
        statuses=tuple(Status),
        media=MEDIA,
        rejections=queries.rejections(session),
    )


def _chosen() -> list[str]:
    found = []
    for given in request.form.getlist("case")[:_MOST_AT_ONCE]:
        try:
            found.append(str(UUID(given)))
        except ValueError:
            continue
    return found


@pages.post("/switching/preview")
def bulk_preview() -> ResponseReturnValue:
    """Show what a bulk action would do to the chosen cases; nothing is done before it is confirmed."""
    session, action = support.database(), request.form.get("action", "")
    rows = queries.cases(
        session, as_of=support.today(), narrowed=queries.Narrowed(), public_ids=_chosen(), limit=_MOST_AT_ONCE
    )
    if not rows or action not in BULK_ACTIONS:
        flash(_("Choose cases and an action first."), "bad")
        return redirect(url_for("switching.case_list"), 303)
    reached: set[int] = set()
    if action in ("signed", "send", "resend"):
        before = {row.id: (row.status, row.missing) for row in rows}
        _do(action, [row.id for row in rows])
        after = queries.cases(
            session, as_of=support.today(), narrowed=queries.Narrowed(),
            public_ids=[row.public_id for row in rows], limit=_MOST_AT_ONCE,
        )  # fmt: skip
        reached = {row.id for row in after if (row.status, row.missing) != before[row.id]}
        session.rollback()
    else:
        reached = {row.id for row in rows if row.status in _MOVABLE}
    return render_template("switching/preview.html", rows=rows, action=action, reached=reached)


_MOVABLE = (Status.DRAFT, Status.DOCS_INCOMPLETE, Status.READY, Status.REJECTED, Status.COLLISION)


def _do(action: str, ids: list[int]) -> int:
    """Do a bulk action; return how many cases it reached."""
    session, now = support.database(), today_limits()
    note, start = support.form_text("note"), form_date("start")
    actions: dict[str, Callable[[], int]] = {
        "signed": lambda: operations.record_signature(
            session, case_ids=ids, template="", signed_on=form_date("signed_on") or now.day, limits=now
        ),
        "send": lambda: sum(file.messages for file in operations.send(session, limits=now, ids=ids)),
        "resend": lambda: operations.resend(session, case_ids=ids, note=note, limits=now),
        "move_date": lambda: operations.move_date(session, case_ids=ids, start=start or now.day, limits=now),
    }
    if action not in actions:
        raise SwitchingError("bulk_action", "Choose an action for the cases.")
    return actions[action]()


@pages.post("/switching/bulk")
@support.acts_once
def bulk() -> ResponseReturnValue:
    """Do a bulk action to the cases that the preview showed."""
    rows = queries.cases(
        support.database(), as_of=support.today(), narrowed=queries.Narrowed(), public_ids=_chosen(),
        limit=_MOST_AT_ONCE,
    )  # fmt: skip
    done = _do(request.form.get("action", ""), [row.id for row in rows])
    flash(ngettext("%(num)s case has gone on.", "%(num)s cases have gone on.", done), "ok")
    return redirect(url_for("switching.case_list"))


@pages.post("/switching/night")
@support.acts_once
def night() -> ResponseReturnValue:
    """Do tonight's work now: open cases, make papers, repair, send, start."""
    done = operations.run_night(
        session_factory=support.session_factory(f"staff:{support.user().login}"), as_of=support.today(),
        moment=support.now(),
    ).counts  # fmt: skip
    flash(
        _("Opened: %(opened)s, papers: %(papers)s, messages: %(messages)s, started: %(active)s.", **done),
        "ok",
    )
    return redirect(url_for("switching.board"))


@pages.get("/switching/calendar")
def calendar() -> ResponseReturnValue:
    """Show a month of starts and ends, and the cases of a chosen day."""
    session, chosen = support.database(), support.query_date("day")
    month = first_of_month(support.query_date("month") or chosen or support.today())
    following = add_months(month, 1)
    found = queries.calendar(session, first_day=month, last_day=following)
    return render_template(
        "switching/calendar.html",
        month=month,
        days=list(days(month, following)),
        found={day.day: day for day in found},
        before=add_months(month, -1),
        after=following,
        chosen=chosen,
        rows=queries.starting_on(session, day=chosen, as_of=support.today()) if chosen else [],
    )


@pages.get("/switching/files")
def files() -> ResponseReturnValue:
    """Show files sent and received, and those that were refused."""
    page, session = support.page_of_request(), support.database()
    direction = _chosen_word("direction", ("in", "out"))
    return render_template(
        "switching/files.html",
        rows=file_queries.files(session, direction=direction, offset=page.offset, limit=page.limit),
        page=page,
        direction=direction,
        refused=file_queries.rejected_files(session),
    )


@pages.get("/switching/files/<uuid:public_id>")
def file(public_id: UUID) -> ResponseReturnValue:
    """Download a file as it was sent or received."""
    found = file_queries.file_content(support.database(), public_id=str(public_id))
    name, content = support.found_or_404(found)
    return send_file(
        BytesIO(content), mimetype="application/octet-stream", as_attachment=True, download_name=name
    )


@pages.post("/switching/files")
@support.acts_once
def upload() -> ResponseReturnValue:
    """Take a file of answers by hand; a refused one stays with its reason."""
    given = request.files.get("file")
    content = given.stream.read(_LARGEST_UPLOAD + 1) if given else b""
    if not given or not content:
        raise SwitchingError("file_missing", "Choose a file of answers first.")
    got = operations.receive_file(
        support.database(), content=content, name=(given.filename or "answers")[:200], limits=today_limits()
    )
    if got.status == "rejected":
        flash(f"{got.name}: {got.reason} {got.cure}", "bad")
    elif got.status == "already_imported":
        flash(_("This file was taken before; nothing changed."), "ok")
    else:
        flash(ngettext("%(num)s message was taken.", "%(num)s messages were taken.", got.messages), "ok")
    return redirect(url_for("switching.files"))


@pages.get("/customers/<uuid:public_id>/switching")
def customer_switching(public_id: UUID) -> ResponseReturnValue:
    """Show the switches of a customer, one for each supply point."""
    session = support.database()
    customer = support.found_or_404(customer_queries.customer(session, public_id=str(public_id)))
    return render_template(
        "switching/customer_switching.html",
        customer=customer,
        tab="switching",
        figures=customer_page.figures(session, customer_id=customer.id, today=support.today()),
        rows=queries.cases_of_customer(session, customer_id=customer.id, as_of=support.today()),
    )


from operational.switching import web_cases  # noqa: E402,F401  its routes join `pages`
