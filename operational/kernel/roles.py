"""Database roles and databases: who may log in, and helpers to make and drop databases.

No role is a superuser or bypasses row-level security, and none inherits another. Which schema belongs to whom
is said by the migrations; here are only logins, databases and extensions, which need the administrator.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal, LiteralString, get_args

import psycopg
from psycopg import sql

from operational.kernel import state
from operational.kernel.server import ServerInfo, connection_info
from operational.kernel.settings import get_settings

Role = Literal["admin", "owner", "app", "loader", "dbt", "bi", "ebok", "auth", "agent"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
LOGIN_ROLES: Final[tuple[str, ...]] = (
    "iris_app", "iris_loader", "iris_dbt", "iris_bi", "iris_ebok", "iris_auth", "iris_agent",
)  # fmt: skip
OWNER_ROLE: Final = "iris_owner"
EXTENSIONS: Final[tuple[str, ...]] = ("btree_gist", "pg_trgm", "unaccent")
_SCHEMA_MAKERS: Final = ("iris_owner", "iris_loader", "iris_dbt")
# One number for all administration, so that two processes that start at once wait for each other.
_ADMINISTRATION_LOCK = 7_401_001


@contextmanager
def admin_connection(info: ServerInfo, database: str | None = None) -> Iterator[psycopg.Connection]:
    """Open a connection of the administrator, each statement its own transaction."""
    with psycopg.connect(
        host=info.host,
        port=info.port,
        user=info.admin_login,
        password=info.admin_password,
        dbname=database or info.admin_database,
        application_name="iris-admin",
        autocommit=True,
    ) as connection:
        yield connection


def ensure_roles(info: ServerInfo) -> None:
    """Make the roles, or set the passwords and rights of existing ones to what they should be."""
    plain: LiteralString = "nosuperuser nobypassrls nocreaterole nocreatedb noreplication noinherit"
    with admin_connection(info) as connection, _alone(connection):
        present = {str(row[0]) for row in connection.execute("select rolname from pg_roles")}
        for name in (OWNER_ROLE, *LOGIN_ROLES):
            verb = sql.SQL("alter role {} " if name in present else "create role {} ").format(
                sql.Identifier(name)
            )
            right: LiteralString = " nologin " if name == OWNER_ROLE else " login password "
            statement = verb + sql.SQL(plain) + sql.SQL(right)
            if name != OWNER_ROLE:
                statement += sql.Literal(state.password(name))
            connection.execute(statement)
        if not _is_superuser(connection):
            for name in (OWNER_ROLE, *LOGIN_ROLES):
                connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))


def ensure_database(info: ServerInfo, name: str) -> None:
    """Make the database with its extensions unless it is there."""
    with admin_connection(info) as connection, _alone(connection):
        found = connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if found is None:
            _create(info, connection, name, None)


def create_database(name: str, template: str | None = None) -> str:
    """Make a database, empty with extensions or as a copy of ``template``; return its name.

    Used by tests, golden cases and benchmarks. No other process may be connected to the template meanwhile.
    """
    from operational.kernel.db import dispose_engines

    info = connection_info()
    if template:
        dispose_engines(template)
    with admin_connection(info) as connection:
        _create(info, connection, name, template)
    return name


def drop_database(name: str) -> None:
    """Drop a database with everything in it, closing its connections; nothing happens when there is none."""
    from operational.kernel.db import dispose_engines

    dispose_engines(name)
    with admin_connection(connection_info()) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def database_exists(name: str) -> bool:
    """Tell whether the server has a database of that name."""
    with admin_connection(connection_info()) as connection:
        return (
            connection.execute("select 1 from pg_database where datname = %s", [name]).fetchone() is not None
        )


def _create(info: ServerInfo, connection: psycopg.Connection, name: str, template: str | None) -> None:
    identifier = sql.Identifier(name)
    source = sql.Identifier(template or "template0")
    made = "create database {} template {} encoding 'UTF8'"
    if template and not get_settings().database_waits_for_disk:
        made += " strategy file_copy"  # twice as quick where files need not reach a disk
    connection.execute(sql.SQL(made).format(identifier, source))
    connection.execute(sql.SQL("revoke all on database {} from public").format(identifier))
    everyone = sql.SQL(", ").join(map(sql.Identifier, (OWNER_ROLE, *LOGIN_ROLES)))
    makers = sql.SQL(", ").join(map(sql.Identifier, _SCHEMA_MAKERS))
    connection.execute(sql.SQL("grant connect, temporary on database {} to {}").format(identifier, everyone))
    connection.execute(sql.SQL("grant create on database {} to {}").format(identifier, makers))
    if template is None:
        with admin_connection(info, name) as inside:
            for extension in EXTENSIONS:
                inside.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))


def _is_superuser(connection: psycopg.Connection) -> bool:
    row = connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone()
    return bool(row and row[0])


@contextmanager
def _alone(connection: psycopg.Connection) -> Iterator[None]:
    connection.execute("select pg_advisory_lock(%s)", [_ADMINISTRATION_LOCK])
    try:
        yield
    finally:
        connection.execute("select pg_advisory_unlock(%s)", [_ADMINISTRATION_LOCK])
