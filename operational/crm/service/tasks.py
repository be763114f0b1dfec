"""Writes of the contact log and of tasks: note down, assign, take the next one, snooze, hand over, finish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.service.rules import (
    ACTIVITY_KINDS,
    DIRECTIONS,
    ServiceRefused,
    changed_meanwhile,
    task_due,
    wrong,
)


@dataclass(frozen=True, slots=True)
class TaskRef:
    """A task that was taken or changed."""

    id: int
    public_id: str
    subject: str


def add_activity(
    session: Session,
    *,
    customer_id: int | None,
    kind: str,
    subject: str,
    body: str = "",
    due_on: date | None = None,
    owner: str = "",
    queue: str = "",
    link_kind: str = "",
    link_id: int | None = None,
    direction: str = "",
    happened_on: date | None = None,
    as_of: date,
) -> int:
    """Note down a contact (call, email, meeting, note), or open a task; return its id.

    A task needs an owner (a staff log-in) or a queue; without ``due_on`` the queue's days decide, counted
    from ``as_of``. A contact counts as done at once. Raises ServiceRefused naming the wrong fields. The
    caller commits.
    """
    mistakes: dict[str, str] = {}
    subject, body = subject.strip()[:200], body.strip()[:8000]
    day = happened_on or as_of
    if kind not in ACTIVITY_KINDS:
        mistakes["kind"] = "choose"
    if direction not in DIRECTIONS:
        mistakes["direction"] = "choose"
    if not subject:
        mistakes["subject"] = "missing"
    if day > as_of:
        mistakes["happened_on"] = "in_future"
    if owner and not _is_staff(session, owner):
        mistakes["owner"] = "unknown_person"
    if kind == "task":
        due_on = _due(session, queue=queue, given=due_on, as_of=as_of, mistakes=mistakes)
        if not owner and not queue:
            mistakes["queue"] = "owner_or_queue"
    if mistakes:
        raise wrong(**mistakes)
    made: int = session.execute(
        text("""
            insert into operational.activities (customer_id, kind, direction, subject, body, happened_on,
                   due_on, owner_login, queue, link_kind, link_id, done_at, done_by)
            values (:customer, :kind, :direction, :subject, :body, :day, :due, :owner, :queue, :link_kind,
                   :link_id, case when :kind <> 'task' then now() end,
                   case when :kind <> 'task' then operational.actor() end) returning id"""),
        {
            "customer": customer_id, "kind": kind, "direction": direction, "subject": subject, "body": body,
            "day": day, "due": due_on, "owner": owner, "queue": queue or None, "link_kind": link_kind,
            "link_id": link_id if link_kind else None,
        },
    ).scalar_one()  # fmt: skip
    return made


def _is_staff(session: Session, login: str) -> bool:
    return bool(
        session.execute(
            text("select 1 from operational.staff_users where login = :login and is_active"), {"login": login}
        ).scalar()
    )


def _due(
    session: Session, *, queue: str, given: date | None, as_of: date, mistakes: dict[str, str]
) -> date | None:
    """Return when a task is due: the day given, else by the clock of its queue, else today."""
    found = session.execute(
        text("select sla_days, sla_unit from operational.service_queues where code = :code and is_active"),
        {"code": queue},
    ).one_or_none()
    if queue and found is None:
        mistakes["queue"] = "choose"
    if given is not None:
        if given < as_of:
            mistakes["due_on"] = "in_past"
        return given
    return task_due(start=as_of, days=found.sla_days, unit=found.sla_unit) if found else as_of


def take_next(session: Session, *, login: str, role: str, queue: str = "", as_of: date) -> TaskRef | None:
    """Give a person the most urgent free task of a queue (default: any
    queue of the role); None when all are taken.

    Two people who ask at the same instant get different tasks: a row that somebody is taking is skipped.
    The caller commits.
    """
    taken: Any = session.execute(
        text("""
            update operational.activities a set owner_login = :login, row_version = a.row_version + 1
              from (select t.id from operational.activities t
                      join operational.service_queues q on q.code = t.queue and :role = any (q.roles)
                     where t.done_at is null and t.owner_login = '' and (:queue = '' or t.queue = :queue)
                       and coalesce(t.snoozed_until, :as_of) <= :as_of
                     order by t.due_on, t.id limit 1 for update of t skip locked) n
             where a.id = n.id returning a.id, a.public_id::text, a.subject"""),
        {"login": login, "role": role, "queue": queue, "as_of": as_of},
    ).one_or_none()
    return TaskRef(*taken) if taken else None


def assign(session: Session, *, public_id: str, row_version: int, owner: str, queue: str = "") -> TaskRef:
    """Hand a task over to a person (`owner`), or back to a queue with an empty owner. The caller commits."""
    if owner and not _is_staff(session, owner):
        raise wrong(owner="unknown_person")
    found = _open(session, public_id, row_version)
    if not owner and not (queue or found.queue):
        raise wrong(queue="owner_or_queue")
    return _change(
        session, found.id,
        "owner_login = :owner, queue = coalesce(nullif(:queue, ''), queue), snoozed_until = null",
        {"owner": owner, "queue": queue},
    )  # fmt: skip


def snooze(session: Session, *, public_id: str, row_version: int, until: date | None, as_of: date) -> TaskRef:
    """Hide a task from the lists until a day; its due date stays. The caller commits."""
    found = _open(session, public_id, row_version)
    if until is None or until <= as_of:
        raise wrong(until="in_past")
    return _change(session, found.id, "snoozed_until = :until", {"until": until})


def finish(session: Session, *, public_id: str, row_version: int, note: str, as_of: datetime) -> TaskRef:
    """Close a task with an optional note on what came of it. The caller commits."""
    found = _open(session, public_id, row_version)
    return _change(
        session, found.id, "done_at = :at, done_by = operational.actor(), done_note = :note",
        {"at": as_of, "note": note.strip()[:1000]},
    )  # fmt: skip


def finish_linked(session: Session, *, link_kind: str, link_id: int, note: str, as_of: datetime) -> int:
    """Close every open task about a record, e.g. when a switching case is settled; return how many."""
    done: Any = session.execute(
        text("""
            update operational.activities set done_at = :at, done_by = operational.actor(),
                   done_note = :note, row_version = row_version + 1
             where link_kind = :kind and link_id = :id and done_at is null"""),
        {"kind": link_kind, "id": link_id, "note": note[:1000], "at": as_of},
    )
    return int(done.rowcount)


def _open(session: Session, public_id: str, row_version: int) -> Any:
    found = session.execute(
        text("""select id, queue, row_version, done_at from operational.activities
                 where public_id::text = :public_id and kind = 'task' for update"""),
        {"public_id": public_id},
    ).one_or_none()
    if found is None:
        raise ServiceRefused("task_not_found", "There is no such task. Open the list again.")
    if found.done_at is not None:
        raise ServiceRefused("task_done", "The task is done already. Reload the list.")
    if found.row_version != row_version:
        raise changed_meanwhile("The task")
    return found


def _change(session: Session, task_id: int, what: str, given: Mapping[str, Any]) -> TaskRef:
    row: Any = session.execute(
        text(
            f"update operational.activities set {what}, row_version = row_version + 1"
            " where id = :id returning id, public_id::text, subject"
        ),
        {"id": task_id, **given},
    ).one()
    return TaskRef(*row)
