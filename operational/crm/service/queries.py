"""Reads of the contact log and of tasks."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.rows import one, rows


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue with its clock and how much waits in it: open, free (nobody's), late."""

    code: str
    name_pl: str
    name_en: str
    sla_days: int
    sla_unit: str
    open_count: int
    free_count: int
    late_count: int

    def name(self, language: str) -> str:
        """Return the name in a language."""
        return self.name_pl if language == "pl" else self.name_en


@dataclass(frozen=True, slots=True)
class Activity:
    """A contact or a task with the customer it concerns, if any."""

    id: int
    public_id: str
    kind: str
    direction: str
    subject: str
    body: str
    happened_on: date
    due_on: date | None
    snoozed_until: date | None
    owner_login: str
    owner_name: str
    queue: str
    link_kind: str
    link_id: int | None
    done_at: datetime | None
    done_by: str
    done_note: str
    created_by: str
    row_version: int
    customer_public_id: str | None
    customer_name: str
    customer_number: str


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to show: `whose` is mine, team (of my role's queues), free or all; `state` open, late,
    snoozed or done.
    """

    whose: str = "mine"
    state: str = "open"
    queue: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One entry of a customer's timeline: an activity or a complaint."""

    kind: str
    happened_at: datetime
    title: str
    detail: str
    public_id: str


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff who can own a task."""

    login: str
    name: str


@dataclass(frozen=True, slots=True)
class MyWork:
    """What waits for a person today: own tasks, those of them late, free ones of the role's queues, own
    complaints and those due within three days.
    """

    mine: int
    late: int
    free: int
    complaints: int
    complaints_soon: int


_ACTIVITY = """
  select a.id, a.public_id::text, a.kind, a.direction, a.subject, a.body, a.happened_on, a.due_on,
    a.snoozed_until, a.owner_login, coalesce(u.name, a.owner_login), coalesce(a.queue, ''), a.link_kind,
    a.link_id, a.done_at, coalesce(a.done_by, ''), a.done_note, a.created_by, a.row_version,
    c.public_id::text, coalesce(c.name, ''), coalesce(c.customer_number, '')
  from operational.activities a
  left join operational.customers c on c.id = a.customer_id
  left join operational.staff_users u on u.login = a.owner_login and a.owner_login <> ''"""

_TASKS = """
  where a.kind = 'task'
    and case :state when 'done' then a.done_at is not null
          when 'late' then a.done_at is null and a.due_on < :today
          when 'snoozed' then a.done_at is null and a.snoozed_until > :today
          else a.done_at is null and coalesce(a.snoozed_until, :today) <= :today end
    and case :whose when 'mine' then a.owner_login = :login
          when 'free' then a.owner_login = '' and a.queue = any (:queues)
          when 'team' then a.queue = any (:queues) else true end
    and (:queue = '' or a.queue = :queue)
    and (:search = '' or a.subject ilike :like or c.search_name like lower(public.unaccent(:like))
         or c.customer_number = :search)
  order by case when :state = 'done' then a.done_at end desc, a.due_on, a.id offset :offset limit :limit"""


def queues(session: Session, *, role: str, today: date) -> list[Queue]:
    """Return the queues of a role with how much waits in each."""
    return [
        Queue(*row)
        for row in rows(
            session,
            """select q.code, q.name_pl, q.name_en, q.sla_days, q.sla_unit, count(a.id),
                 count(a.id) filter (where a.owner_login = ''), count(a.id) filter (where a.due_on < :today)
               from operational.service_queues q
               left join operational.activities a on a.queue = q.code and a.done_at is null
                and coalesce(a.snoozed_until, :today) <= :today
               where q.is_active and :role = any (q.roles)
               group by q.code order by q.sort_order, q.code""",
            {"role": role, "today": today},
        )
    ]


def all_queues(session: Session) -> list[Queue]:
    """Return every active queue, without counts, for forms that send work to other teams."""
    found = rows(
        session,
        "select code, name_pl, name_en, sla_days, sla_unit, 0, 0, 0 from operational.service_queues"
        " where is_active order by sort_order, code",
    )
    return [Queue(*row) for row in found]


def staff(session: Session) -> list[Person]:
    """Return the active members of staff by name."""
    found = rows(session, "select login, name from operational.staff_users where is_active order by name")
    return [Person(*row) for row in found]


def tasks(
    session: Session,
    *,
    narrowed: TaskFilter,
    login: str,
    role: str,
    today: date,
    offset: int = 0,
    limit: int = 51,
) -> list[Activity]:
    """Return tasks by filter, the earliest due first (done ones: the newest first)."""
    codes = [row[0] for row in rows(
        session, "select code from operational.service_queues where :role = any (roles)", {"role": role},
    )]  # fmt: skip
    given: dict[str, Any] = {
        "whose": narrowed.whose, "state": narrowed.state, "queue": narrowed.queue,
        "search": narrowed.search, "like": f"%{narrowed.search}%", "login": login, "queues": codes,
        "today": today, "offset": offset, "limit": limit,
    }  # fmt: skip
    return [Activity(*row) for row in rows(session, _ACTIVITY + _TASKS, given)]


def task(session: Session, *, public_id: str) -> Activity | None:
    """Return a task or contact by its public id."""
    found = rows(session, _ACTIVITY + " where a.public_id::text = :id", {"id": public_id})
    return Activity(*found[0]) if found else None


def activities_of(
    session: Session, *, customer_id: int, kind: str = "", offset: int = 0, limit: int = 51
) -> list[Activity]:
    """Return the contact log of a customer with tasks, the newest first."""
    found = rows(
        session,
        _ACTIVITY + " where a.customer_id = :id and (:kind = '' or a.kind = :kind)"
        " order by a.done_at is not null, a.happened_on desc, a.id desc offset :offset limit :limit",
        {"id": customer_id, "kind": kind, "offset": offset, "limit": limit},
    )
    return [Activity(*row) for row in found]


def activities_about(session: Session, *, link_kind: str, link_id: int) -> list[Activity]:
    """Return contacts and tasks about a record, the newest first."""
    found = rows(
        session,
        _ACTIVITY + " where a.link_kind = :kind and a.link_id = :id order by a.id desc limit 100",
        {"kind": link_kind, "id": link_id},
    )
    return [Activity(*row) for row in found]


def timeline_of(session: Session, *, customer_id: int, limit: int = 20) -> list[TimelineEntry]:
    """Return what service adds to a customer's timeline, newest first: activities and complaints.

    `kind` is call, email, meeting, note, task or complaint; `detail` the text, or the state of a complaint;
    `public_id` opens `service.task` or `service.complaint`.
    """
    found = rows(
        session,
        """select * from (
             (select kind, created_at as at, subject as title, left(body, 300) as detail, public_id::text
                from operational.activities where customer_id = :id order by created_at desc limit :limit)
             union all
             (select 'complaint', created_at, number || ' · ' || subject, state, public_id::text
                from operational.complaints where customer_id = :id order by created_at desc limit :limit)) t
           order by at desc limit :limit""",
        {"id": customer_id, "limit": limit},
    )
    return [TimelineEntry(*row) for row in found]


def my_work(session: Session, *, login: str, role: str, today: date) -> MyWork:
    """Return the counts of the start page for one person."""
    return MyWork(*one(
        session,
        """select
             count(*) filter (where a.owner_login = :login),
             count(*) filter (where a.owner_login = :login and a.due_on < :today),
             count(*) filter (where a.owner_login = '' and a.queue in
               (select q.code from operational.service_queues q where :role = any (q.roles))),
             (select count(*) from operational.complaints k where k.closed_on is null
                and k.owner_login in (:login, '')),
             (select count(*) from operational.complaints k where k.closed_on is null
                and k.due_on <= cast(:today as date) + 3 and k.owner_login in (:login, ''))
           from operational.activities a
           where a.done_at is null and coalesce(a.snoozed_until, :today) <= :today""",
        {"login": login, "role": role, "today": today},
    ))  # fmt: skip


def customer_of_number(session: Session, *, number: str) -> str | None:
    """Return the public id of the customer with this customer number."""
    found = rows(
        session,
        "select public_id::text from operational.customers where customer_number = :number",
        {"number": number},
    )
    return str(found[0][0]) if found else None
