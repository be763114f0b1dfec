"""What follows a rejection: what repairs itself, a task for whoever must act, and the steps of a person."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.contracts import activation
from operational.crm.service.operations import add_activity
from operational.crm.service.tasks import finish_linked
from operational.kernel.calendar import ONE_DAY
from operational.switching import papers, supply
from operational.switching.limits import due, due_values
from operational.switching.moving import log, move
from operational.switching.rules import ENDED, Limits, Status, SwitchingError, earliest_start

_REFUSED = text("""
  select c.id, c.number, c.medium, c.status, c.attempt, c.wanted_start, c.earliest_start, c.sent_on,
    c.customer_id,
    c.rejection_code, r.remedy, r.queue, r.is_automatic, r.name_pl, p.code as point_code,
    exists (select from operational.switching_events e where e.case_id = c.id and e.kind = 'task'
      and e.details ->> 'attempt' = c.attempt::text) as has_task,
    (select min(o.number) from operational.switching_cases o where o.supply_point_id = c.supply_point_id and
      o.id <> c.id
      and o.customer_id = c.customer_id and o.direction = 'in'
      and o.status in ('SENT', 'RESENT', 'ACK', 'VERIFIED_OK', 'SCHEDULED', 'ACTIVE')) as other
  from operational.switching_cases c
  join operational.switching_rejections r on r.code = c.rejection_code
  join operational.supply_points p on p.id = c.supply_point_id
  where c.direction = 'in' and c.status in ('REJECTED', 'COLLISION') order by c.id for update of c""")
_NEW_START = "greatest(c.wanted_start, cast(:start as date))"


def repair(session: Session, *, limits: Limits) -> dict[str, int]:
    """Do what rejections ask for by themselves, open a task for each of the others once; return counts.

    R06 moves the date, R07 waits for the end of the old contract's notice, R12 is sent again a few times, R10
    is dropped when another case of the customer stands for the point. Everything else waits for a person.
    """
    counts = {"resent": 0, "dropped": 0, "tasks": 0}
    for case in session.execute(_REFUSED).all():
        start = _start_that_repairs(case, limits) if case.is_automatic else None
        if start is not None:
            counts["resent"] += len(_again(session, [case.id], start, limits, note=case.remedy))
        elif case.remedy == "drop" and case.other:
            close(session, case_ids=[case.id], note=f"R10: {case.other}", limits=limits)
            counts["dropped"] += 1
        elif not case.has_task:
            _open_task(session, case, limits)
            counts["tasks"] += 1
    return counts


def _start_that_repairs(case: Any, limits: Limits) -> date | None:
    """Return the start with which a case can be sent again by itself; None when a person must act."""
    match case.remedy:
        case "move_date":
            return earliest_start(limits, case.medium, case.earliest_start)
        case "wait":
            notice = limits.of(case.medium, "notice_months").after(case.sent_on)
            return earliest_start(limits, case.medium, case.earliest_start or notice + ONE_DAY)
        case "technical" if case.attempt <= limits.of(case.medium, "automatic_resends").value:
            return earliest_start(limits, case.medium, None)
        case _:
            return None


def _open_task(session: Session, case: Any, limits: Limits) -> None:
    task = add_activity(
        session, customer_id=case.customer_id, kind="task",
        subject=f"{case.number}: {case.rejection_code} {case.name_pl}",
        body=case.point_code, due_on=limits.due(case.medium, "remedy"), queue=_queue(session, case.queue),
        link_kind="switching_case", link_id=case.id, as_of=limits.day,
    )  # fmt: skip
    log(
        session, ids=[case.id], kind="task", as_of=limits.day,
        details={"attempt": str(case.attempt), "task": task, "queue": case.queue},
    )  # fmt: skip


def _queue(session: Session, wanted: str) -> str:
    """Return the queue of a rejection, or the first one there is when no such queue is kept."""
    found: str = session.execute(
        text("""select code from operational.service_queues where is_active
                order by (code = :wanted) desc, sort_order limit 1"""),
        {"wanted": wanted},
    ).scalar_one()
    return found


def _again(session: Session, ids: Sequence[int], start: date, limits: Limits, note: str) -> list[int]:
    log(session, ids=ids, kind="remedy", as_of=limits.day, details={"remedy": note, "start": start})
    return move(
        session, ids=ids, to=Status.READY, limits=limits, note=note, values={"start": start},
        sets={"wanted_start": _NEW_START},
    )  # fmt: skip


def resend(session: Session, *, case_ids: Sequence[int], note: str, limits: Limits) -> int:
    """Let rejected or colliding cases be sent again because what was wrong is put right; return how many.

    ``note`` says what was done and stands in the log.
    """
    log(session, ids=list(case_ids), kind="remedy", as_of=limits.day, details={"remedy": note})
    gone = move(session, ids=case_ids, to=Status.READY, limits=limits, note=note)
    _finish_tasks(session, gone, note, limits)
    return len(gone)


def _finish_tasks(session: Session, case_ids: Sequence[int], note: str, limits: Limits) -> None:
    """Close the tasks that rejections of these cases opened: what they asked for is done."""
    for case_id in case_ids:
        finish_linked(session, link_kind="switching_case", link_id=case_id, note=note, as_of=limits.moment)


def move_date(session: Session, *, case_ids: Sequence[int], start: date, limits: Limits) -> int:
    """Ask for another first day; return how many cases were moved. Rejected ones are sent again.

    Raises SwitchingError when the day is earlier than a notification of today may ask for.
    """
    earliest = max(limits.due(medium, "earliest_start") for medium in ("electricity", "gas"))
    if start < earliest:
        raise SwitchingError(
            "start_too_early",
            f"A notification of today can ask for {earliest} at the earliest. Choose that day or a "
            f"later one.",
        )
    given = {"ids": list(case_ids), "start": start, "as_of": limits.day}
    held = session.execute(
        text(f"""update operational.switching_cases c set wanted_start = :start, changed_on = :as_of,
                   deadline_on = cast(:start as date) - ({due("earliest_start")} - cast(:as_of as date)),
                   row_version = row_version + 1
                 where c.id = any(:ids) and c.status in ('DRAFT', 'DOCS_INCOMPLETE', 'READY') returning
                   c.id"""),
        given | due_values(limits, "earliest_start"),
    ).all()
    again = move(
        session, ids=case_ids, to=Status.READY, limits=limits, values={"start": start},
        sets={"wanted_start": "cast(:start as date)"},
    )  # fmt: skip
    _finish_tasks(session, again, f"{start}", limits)
    return len({row.id for row in held} | set(again))


def ask_for_papers(session: Session, *, case_ids: Sequence[int], template: str, limits: Limits) -> int:
    """Make a refused paper again and wait for the signature under it; return how many cases wait."""
    gone = move(
        session, ids=case_ids, to=Status.DOCS_INCOMPLETE, limits=limits, values={"template": template},
        sets={"missing": "cast(array[:template] as text[])"},
    )  # fmt: skip
    _finish_tasks(session, gone, template, limits)
    papers.renew(session, case_ids=gone, template=template, limits=limits)
    papers.prepare(session, limits=limits)
    return len(gone)


def cancel(session: Session, *, case_ids: Sequence[int], note: str, limits: Limits) -> int:
    """Let customers call a switch off before it begins; return how many cases ended.

    Supply that was confirmed is taken back, the request ends, and the distributor is told with the next file.
    Raises SwitchingError for a case that supplies already or has ended: that is a termination.
    """
    return _end(session, case_ids, Status.CANCELLED_BY_CUSTOMER, note, limits)


def close(session: Session, *, case_ids: Sequence[int], note: str, limits: Limits) -> int:
    """Give cases up (another kind of contract is needed, a
    duplicate, no agreement); return how many ended.
    """
    return _end(session, case_ids, Status.CLOSED, note, limits)


def _end(session: Session, case_ids: Sequence[int], to: Status, note: str, limits: Limits) -> int:
    if not note.strip():
        raise SwitchingError(
            "switch_reason_missing", "Say why the switch ends; the reason stands in the log."
        )
    gone = move(session, ids=case_ids, to=to, limits=limits, note=note)
    if not gone:
        raise SwitchingError(
            "case_not_to_end",
            "The case supplies already, is on its way, or has ended. End the contract by a "
            "termination instead.",
        )
    supply.call_off(session, ids=gone, reason=note, limits=limits)
    _finish_tasks(session, gone, note, limits)
    for case in session.execute(
        text("select contract_id, supply_point_id from operational.switching_cases where id = any(:ids)"),
        {"ids": gone},
    ).all():
        activation.cancel_start(
            session, contract_id=case.contract_id, supply_point_id=case.supply_point_id, reason=note,
            as_of=limits.moment,
        )  # fmt: skip
    return len(gone)


def lock_case(session: Session, *, public_id: str, row_version: int) -> Any:
    """Return a case locked for a change; raises SwitchingError when
    somebody changed it since it was shown.
    """
    case = session.execute(
        text("select * from operational.switching_cases where public_id::text = :id for update"),
        {"id": public_id},
    ).one_or_none()
    if case is None:
        raise SwitchingError("case_not_found", "There is no such case. Go back to the board.")
    if case.row_version != row_version:
        raise SwitchingError(
            "changed_meanwhile", f"Case {case.number} has changed since you opened it. Look at it again."
        )
    return case


_WITHDRAWN = text("""
  select c.id, coalesce(s.supply_ends_on, c.confirmed_start) as end_on,
    c.status = 'ACTIVE' or c.status = 'SCHEDULED' and s.supply_ends_on > c.confirmed_start as has_begun
  from operational.switching_cases c
  join operational.contract_signatures s on s.contract_id = c.contract_id and s.superseded_at is null
  where s.state = 'withdrawn' and c.direction = 'in' and c.status <> all(:kept)
  order by c.id for update of c""")


def withdraw_signed(session: Session, *, limits: Limits) -> int:
    """End cases whose contract the customer withdrew from; return how many.

    A case that did not begin is WITHDRAWN and its supply taken back. One that supplies already is ENDING: the
    supply ended with the withdrawal, the distributor is told with the next file, and `losses.follow` closes
    the case when what was taken is billed (Consumer Rights Act art. 35).
    """
    found = session.execute(_WITHDRAWN, {"kept": [*ENDED, "ENDING"]}).all()
    gone = move(
        session, ids=[row.id for row in found if not row.has_begun], to=Status.WITHDRAWN, limits=limits
    )
    supply.call_off(session, ids=gone, reason="withdrawal", limits=limits)
    begun = {row.id: row.end_on for row in found if row.has_begun}
    move(session, ids=list(begun), to=Status.ACTIVE, limits=limits)
    for case_id, end in begun.items():
        gone += move(
            session, ids=[case_id], to=Status.ENDING, limits=limits, values={"end": end},
            sets={"end_on": "cast(:end as date)", "deadline_on": "cast(:end as date)"},
        )  # fmt: skip
    return len(gone)
