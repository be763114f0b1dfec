"""Contacts and tasks: queue clocks, taking the next one at the same instant, snooze, hand over, done."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from operational.app.factory import create_app
from operational.crm.service import operations, queries
from operational.crm.service.rules import ServiceRefused
from operational.kernel import clock, db
from tests.factories.finance import make_payer
from tests.factories.staff import PASSWORD, create_users

TODAY = date(2026, 4, 30)  # a Thursday before a holiday and a weekend
NOW = datetime(2026, 4, 30, 8, tzinfo=UTC)


def _task(session: Session, subject: str, **given: object) -> queries.Activity:
    operations.add_activity(
        session,
        customer_id=None,
        kind="task",
        subject=subject,
        as_of=TODAY,
        **given,  # type: ignore[arg-type]
    )
    return _tasks(session, whose="all", search=subject)[0]


def _tasks(session: Session, **narrowed: str) -> list[queries.Activity]:
    return queries.tasks(
        session, narrowed=queries.TaskFilter(**narrowed), login="clerk", role="clerk", today=TODAY
    )


def test_a_task_is_due_by_the_clock_of_its_queue(session: Session) -> None:
    assert _task(session, "dwa dni robocze", queue="front_office").due_on == date(2026, 5, 5)
    assert _task(session, "siedem dni", queue="complaints").due_on == date(2026, 5, 7)
    own = _task(session, "własny dzień", queue="complaints", due_on=TODAY + timedelta(days=1))
    assert own.due_on == date(2026, 5, 1)


def test_two_people_who_take_the_next_task_get_different_ones(database: str) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        for subject in ("pierwsze", "drugie"):
            _task(session, subject, queue="front_office")
    factory = db.session_factory("app", database, actor="test")
    with factory() as one, factory() as two:
        taken = [
            operations.take_next(session, login=login, role="clerk", as_of=TODAY)
            for session, login in ((one, "clerk"), (two, "admin"))
        ]
        one.commit()
        two.commit()
        left = operations.take_next(one, login="clerk", role="clerk", as_of=TODAY)
        foreign = operations.take_next(one, login="finance", role="finance", as_of=TODAY)
    assert [task.subject for task in taken if task] == ["pierwsze", "drugie"]
    assert left is None and foreign is None


def test_a_task_goes_its_way_and_a_stale_form_is_refused(session: Session) -> None:
    create_users(session)
    task = _task(session, "oddzwonić", queue="front_office")
    operations.assign(session, public_id=task.public_id, row_version=1, owner="clerk")
    with pytest.raises(ServiceRefused) as stale:
        operations.assign(session, public_id=task.public_id, row_version=1, owner="admin")
    operations.snooze(
        session, public_id=task.public_id, row_version=2, until=TODAY + timedelta(days=3), as_of=TODAY
    )
    assert _tasks(session) == [] and len(_tasks(session, state="snoozed")) == 1
    operations.finish(session, public_id=task.public_id, row_version=3, note="załatwione", as_of=NOW)
    with pytest.raises(ServiceRefused) as done:
        operations.finish(session, public_id=task.public_id, row_version=4, note="", as_of=NOW)
    assert (stale.value.code, done.value.code) == ("changed_meanwhile", "task_done")
    assert _tasks(session, state="done")[0].done_note == "załatwione"


def test_wrong_fields_are_named(session: Session) -> None:
    with pytest.raises(ServiceRefused) as refused:
        operations.add_activity(
            session, customer_id=None, kind="task", subject="", owner="nikt", as_of=TODAY,
            due_on=TODAY - timedelta(days=1),
        )  # fmt: skip
    assert refused.value.fields == {"subject": "missing", "owner": "unknown_person", "due_on": "in_past"}


def test_pages_of_tasks_and_the_contact_log(database: str) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        payer = make_payer(session, 1)
        customer = str(queries.customer_of_number(session, number="F1"))
    client = create_app(database=database, config={"WTF_CSRF_ENABLED": False}).test_client()
    client.post("/login", data={"login": "clerk", "password": PASSWORD})
    call = {"kind": "call", "direction": "in", "subject": "Pytanie o <script>", "form_key": str(uuid.uuid4())}
    logged = client.post(f"/customers/{customer}/service", data=call)
    bad = client.post(
        f"/customers/{customer}/service",
        data={
            "kind": "task",
            "subject": "Oddzwonić",
            "body": "numer w aktach",
            "form_key": str(uuid.uuid4()),
        },
    )
    opened = client.post(
        "/service/tasks",
        data={
            "customer_number": "F1",
            "subject": "Sprawdzić",
            "queue": "front_office",
            "form_key": str(uuid.uuid4()),
        },
    )
    unknown = client.post(
        "/service/tasks",
        data={
            "customer_number": "F9",
            "subject": "X",
            "queue": "front_office",
            "form_key": str(uuid.uuid4()),
        },
    )
    taken = client.post("/service/tasks/next", data={"form_key": str(uuid.uuid4())})
    assert [answer.status_code for answer in (logged, bad, opened, unknown, taken)] == [
        303,
        422,
        303,
        422,
        303,
    ]
    assert "numer w aktach" in bad.get_data(as_text=True)
    page = client.get(f"/customers/{customer}/service").get_data(as_text=True)
    assert "Pytanie o &lt;script&gt;" in page and "Sprawdzić" in page
    assert client.get(taken.headers["Location"]).status_code == 200
    assert client.get("/service/tasks").status_code == client.get("/service/tasks/new").status_code == 200
    with db.open_session("app", actor="test", database=database) as session:
        entries = queries.timeline_of(session, customer_id=payer.id)
        work = queries.my_work(session, login="clerk", role="clerk", today=clock.today())
    assert {entry.kind for entry in entries} == {"call", "task"}
    assert (work.mine, work.free) == (1, 0)
