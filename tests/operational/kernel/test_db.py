"""Roles, sessions and who acts, against the real database."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from operational.kernel import db, roles, server

ACTOR = text("select current_setting('app.actor', true)")


def test_no_role_is_a_superuser_or_bypasses_row_level_security(server_info: server.ServerInfo) -> None:
    with roles.admin_connection(server_info) as connection:
        found = connection.execute(
            "select rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin from pg_roles"
            " where rolname = any(%s)",
            [[roles.OWNER_ROLE, *roles.LOGIN_ROLES]],
        ).fetchall()
    assert len(found) == 8
    assert not any(any(row[1:5]) for row in found)
    assert [row[0] for row in found if not row[5]] == ["iris_owner"]


def test_no_role_is_a_member_of_another(server_info: server.ServerInfo) -> None:
    with roles.admin_connection(server_info) as connection:
        members = connection.execute(
            "select count(*) from pg_auth_members where member = any(%s::regrole[])",
            [list(roles.LOGIN_ROLES)],
        ).fetchone()
    assert members == (0,)


@pytest.mark.parametrize("role", ["app", "loader", "dbt", "bi", "ebok", "auth", "agent"])
def test_every_role_logs_in_under_its_own_name(role: roles.Role, database: str) -> None:
    with db.engine(role, database).connect() as connection:
        row = connection.execute(text("select current_user, current_setting('application_name')")).one()
    assert tuple(row) == (f"iris_{role}", f"iris-{role}")


def test_the_owner_role_keeps_its_name_when_a_connection_is_used_again(database: str) -> None:
    for _ in range(2):
        with db.engine("owner", database).connect() as connection:
            assert connection.execute(text("select current_user")).scalar_one() == "iris_owner"


def test_a_wrong_password_is_refused(server_info: server.ServerInfo) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host=server_info.host, port=server_info.port, user="iris_app", password="wrong", dbname="postgres"
        )


def test_a_role_that_is_not_ours_may_not_enter_the_database(database: str) -> None:
    with roles.admin_connection(server.connection_info(), database) as connection:
        allowed = connection.execute(
            "select has_database_privilege('public', current_database(), 'connect')"
        ).fetchone()
    assert allowed == (False,)


def test_the_app_role_cannot_make_tables(session: Session) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        session.execute(text("create table operational.mine (id int)"))


def test_the_actor_is_named_in_every_transaction(session: Session) -> None:
    assert session.execute(ACTOR).scalar_one() == "test"
    session.commit()
    assert session.execute(ACTOR).scalar_one() == "test"


def test_the_actor_can_change_in_the_middle_of_a_transaction(session: Session) -> None:
    session.execute(ACTOR)
    db.identify(session, actor="staff:anna", request_id="r-1")
    assert session.execute(ACTOR).scalar_one() == "staff:anna"
    assert session.execute(text("select current_setting('app.request_id')")).scalar_one() == "r-1"


def test_an_actor_with_a_quote_in_the_name_is_only_a_name(database: str) -> None:
    with db.open_session("app", actor="staff:o'hara'; select 1", database=database) as opened:
        assert opened.execute(ACTOR).scalar_one() == "staff:o'hara'; select 1"


def test_nothing_of_a_session_reaches_the_next_borrower_of_the_connection(database: str) -> None:
    with db.open_session("app", actor="first", session_token="secret", database=database) as opened:
        opened.execute(text("select pg_advisory_lock(1)"))
        opened.execute(text("set statement_timeout = 1234"))
        opened.execute(text("create temp table left_behind (id int)"))
        backend = opened.execute(text("select pg_backend_pid()")).scalar_one()
    with db.engine("app", database).connect() as connection:
        assert connection.execute(text("select pg_backend_pid()")).scalar_one() == backend
        assert not connection.execute(ACTOR).scalar_one()
        assert not connection.execute(text("select current_setting('app.session_token', true)")).scalar_one()
        assert connection.execute(text("show statement_timeout")).scalar_one() == "0"
        assert connection.execute(text("select to_regclass('pg_temp.left_behind')")).scalar_one() is None
        held = text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()")
        assert connection.execute(held).scalar_one() == 0


def test_an_error_rolls_the_unit_of_work_back(database: str) -> None:
    with db.open_session("admin", actor="test", database=database) as opened:
        opened.execute(text("create table public.kept (id int)"))
    with pytest.raises(RuntimeError), db.open_session("admin", actor="test", database=database) as opened:
        opened.execute(text("insert into public.kept values (1)"))
        raise RuntimeError
    with db.open_session("admin", actor="test", database=database) as opened:
        assert opened.execute(text("select count(*) from public.kept")).scalar_one() == 0


def test_a_write_without_an_actor_is_refused(database: str) -> None:
    with db.session_factory("app", database)() as nobody, pytest.raises(Exception, match=r"app\.actor"):
        nobody.execute(text("select operational.actor()"))


def test_instants_are_shown_in_utc(session: Session) -> None:
    assert session.execute(text("show timezone")).scalar_one() == "UTC"


def test_trigram_search_knows_polish_letters(session: Session) -> None:
    assert session.execute(text("select public.similarity('ŁÓDŹ', 'łódź')")).scalar_one() == 1


def test_passwords_with_special_characters_survive_in_the_url(
    monkeypatch: pytest.MonkeyPatch, server_info: server.ServerInfo
) -> None:
    monkeypatch.setattr(db.state, "password", lambda _login: "p@ss:w/rd#?")
    assert ":p%40ss%3Aw%2Frd%23%3F@" in db.dsn("app")


def test_a_database_can_be_made_from_a_template_and_dropped(database: str) -> None:
    copy = f"{database}_copy"
    with db.open_session("admin", actor="test", database=database) as opened:
        opened.execute(text("create table public.mark (id int)"))
    roles.create_database(copy, database)
    assert roles.database_exists(copy)
    with db.open_session("admin", actor="test", database=copy) as opened:
        assert opened.execute(text("select to_regclass('public.mark')")).scalar_one() == "mark"
    roles.drop_database(copy)
    roles.drop_database(copy)
    assert not roles.database_exists(copy)
