"""Migrations: repeatable, safe with two callers, everything owned by whom it should be."""

import threading
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from operational.kernel import db, roles, server
from operational.migrations import current_revision, migrate, newest_revision


@pytest.fixture
def empty_database(server_info: server.ServerInfo) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    roles.create_database(name)
    yield name
    roles.drop_database(name)


def test_a_new_database_reaches_the_newest_revision_and_stays_there(empty_database: str) -> None:
    assert current_revision(empty_database) is None
    assert migrate(empty_database) == newest_revision()
    assert migrate(empty_database) == newest_revision()


def test_two_processes_may_migrate_at_once(empty_database: str) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        try:
            migrate(empty_database)
        except Exception as error:
            errors.append(error)

    both = [threading.Thread(target=run) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(timeout=60)
    assert errors == []
    assert current_revision(empty_database) == newest_revision()


def test_nothing_in_the_schemas_of_ours_belongs_to_the_administrator(database: str) -> None:
    owners = text(
        "select n.nspname, c.relname, pg_get_userbyid(c.relowner) from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname in ('operational', 'sec', 'raw', 'proposals', 'marts')"
        " and pg_get_userbyid(c.relowner) not in ('iris_owner', 'iris_loader', 'iris_dbt')"
    )
    with db.engine("admin", database).connect() as connection:
        assert connection.execute(owners).all() == []


def test_a_connection_after_the_migration_is_not_left_in_another_role(empty_database: str) -> None:
    migrate(empty_database)
    with db.engine("admin", empty_database).connect() as connection:
        row = connection.execute(text("select current_user = session_user")).scalar_one()
        locks = text(
            "select count(*) from pg_locks l join pg_database d on d.oid = l.database"
            " where l.locktype = 'advisory' and d.datname = current_database()"
        )
        assert (row, connection.execute(locks).scalar_one()) == (True, 0)
