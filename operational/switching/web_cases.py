"""The page of a case: its way, papers, messages and log, and what a person may do about it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from operational.app import support
from operational.kernel.identifiers import digits
from operational.kernel.rows import first
from operational.switching import operations, queries
from operational.switching.rules import ENDED, STAGES, Limits, Status, SwitchingError, may_follow
from operational.switching.web import form_date, pages, today_limits


@pages.get("/switching/cases/<uuid:public_id>")
def case(public_id: UUID) -> ResponseReturnValue:
    """Show a case."""
    session, today = support.database(), support.today()
    found = support.found_or_404(queries.case(session, public_id=str(public_id), as_of=today))
    reasons = {row.code: row for row in queries.rejections(session)}
    return render_template(
        "switching/case.html",
        case=found,
        rejection=reasons.get(found.rejection_code or ""),
        events=queries.events(session, case_id=found.id),
        messages=queries.messages(session, case_id=found.id),
        papers=queries.case_papers(session, case_id=found.id),
        actions=_actions(found),
        steps=_steps(found),
        is_over=found.status in ENDED,
    )


def _actions(found: queries.CaseRow) -> list[str]:
    """Return what a person may do about a case in its state."""
    may = {
        "resend": found.status in (Status.REJECTED, Status.COLLISION) and found.direction == "in",
        "move_date": found.status in (
            Status.DRAFT, Status.DOCS_INCOMPLETE, Status.READY, Status.REJECTED, Status.COLLISION
        ) and found.direction == "in",
        "papers": found.status == Status.REJECTED and found.direction == "in",
        "send": found.status == Status.READY,
        "signed": found.status == Status.DOCS_INCOMPLETE,
        "cancel": found.direction == "in" and may_follow("in", found.status, Status.CANCELLED_BY_CUSTOMER),
        "close": found.direction == "in" and found.status in (Status.REJECTED, Status.COLLISION),
        "object": found.direction == "out" and found.status == Status.DRAFT,
        "let_go": found.direction == "out" and found.status in (Status.DRAFT, Status.REJECTED),
    }  # fmt: skip
    return [name for name, is_possible in may.items() if is_possible]


def _steps(found: queries.CaseRow) -> list[tuple[str, str]]:
    """Return the stations of the way with what each is: d(one), n(ow), e(rror) or nothing yet."""
    if found.direction == "out":
        order = [Status.DRAFT, Status.ENDING, Status.FINAL_READ, Status.CLOSED]
        here = order.index(Status(found.status)) if found.status in order else 0
        return [(status.value, _mark(at, here, found)) for at, status in enumerate(order)]
    order_in = ["new", "papers", "ready", "sent", "verification", "confirmed", "active"]
    stage = next((code for code, states in STAGES.items() if found.status in states), "new")
    here = order_in.index("verification" if stage == "rejected" else stage)
    return [(code, _mark(at, here, found)) for at, code in enumerate(order_in)]


def _mark(at: int, here: int, found: queries.CaseRow) -> str:
    if at != here:
        return "d" if at < here else ""
    if found.status in (Status.REJECTED, Status.COLLISION):
        return "e"
    return "d" if found.status in (Status.ACTIVE, Status.CLOSED) else "n"


@pages.post("/switching/cases/<uuid:public_id>/act")
@support.acts_once
def act(public_id: UUID) -> ResponseReturnValue:
    """Do what a person decided about a case; a case that changed meanwhile is refused."""
    session, now = support.database(), today_limits()
    found = operations.lock_case(
        session, public_id=str(public_id), row_version=support.form_int("row_version")
    )
    _act(request.form.get("action", ""), found, now)
    flash(_("The case has gone on."), "ok")
    return redirect(url_for("switching.case", public_id=public_id))


def _act(action: str, found: Any, now: Limits) -> None:
    session, note = support.database(), support.form_text("note")
    support.say_reason(note)
    given: dict[str, Any] = {"case_ids": [found.id], "limits": now}
    actions: dict[str, Callable[[], Any]] = {
        "resend": lambda: operations.resend(session, note=note or action, **given),
        "move_date": lambda: operations.move_date(session, start=form_date("start") or now.day, **given),
        "papers": lambda: operations.ask_for_papers(
            session, template=support.form_text("template") or "power_of_attorney", **given
        ),
        "signed": lambda: operations.record_signature(
            session,
            template=support.form_text("template"),
            signed_on=form_date("signed_on") or now.day,
            **given,
        ),
        "send": lambda: operations.send(session, limits=now, ids=[found.id]),
        "cancel": lambda: operations.cancel(session, note=note, **given),
        "close": lambda: operations.close(session, note=note, **given),
        "object": lambda: operations.object_to(session, case_id=found.id, limits=now),
        "let_go": lambda: operations.let_go(session, found, now),
    }
    if action not in actions:
        raise SwitchingError("case_action", "Choose what to do with the case.")
    actions[action]()


@pages.post("/switching/reserve")
@support.acts_once
def reserve() -> ResponseReturnValue:
    """Open reserve supply that a distributor reported by letter: customer, point, first day."""
    session, start = support.database(), form_date("start")
    point = first(
        session, "select id from operational.supply_points where code = :code",
        {"code": digits(support.form_text("point_code", 40))},
    )  # fmt: skip
    customer = first(
        session, "select id from operational.customers where customer_number = :number",
        {"number": support.form_text("customer_number", 20)},
    )  # fmt: skip
    if point is None or customer is None or start is None:
        raise SwitchingError(
            "reserve_incomplete",
            "Give a supply point and a customer that exist, and the first day of supply.",
        )
    made = operations.open_reserve(
        session, supply_point_id=point.id, customer_id=customer.id, start=start, limits=today_limits()
    )
    shown = first(
        session, "select public_id::text as id from operational.switching_cases where id = :id", {"id": made}
    )
    flash(_("Reserve supply was opened."), "ok")
    return redirect(url_for("switching.case", public_id=shown.id))
