"""Database engines and sessions, one set per role.

Each process connects as the role of its work, never as the administrator, so that grants and row-level
security hold. A session says who acts at the start of every transaction (``app.actor``, ``app.request_id``,
``app.session_token``, local to the transaction); tables refuse writes of nobody.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

import psycopg
from sqlalchemy import Connection, Engine, ExceptionContext, create_engine, event, text
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import PoolResetState

from operational.kernel import state
from operational.kernel.errors import DomainError
from operational.kernel.roles import Role
from operational.kernel.server import connection_info
from operational.kernel.settings import get_settings

_SETTINGS = {
    "actor": "app.actor",
    "request_id": "app.request_id",
    "session_token": "app.session_token",
}
# What a borrower may leave behind on a connection of the pool, removed in one round trip.
_CLEAN = "reset all; unlisten *; select pg_advisory_unlock_all(); discard temp"

# SQLSTATE of a trigger that refuses with "code|message" (e.g. a posting into a closed month).
_REFUSED_BY_DATABASE = "IR001"

_engines: dict[tuple[str, str], Engine] = {}
_engines_lock = threading.Lock()


def connection_parameters(role: Role, database: str | None = None) -> dict[str, Any]:
    """Return host, port, user, password, dbname of a role, e.g. for a dbt profile.

    ``owner`` cannot log in: its parameters are the administrator's, who then takes the role.
    """
    info = connection_info()
    administrator = role in ("admin", "owner")
    login = info.admin_login if administrator else f"iris_{role}"
    return {
        "host": info.host,
        "port": info.port,
        "user": login,
        "password": info.admin_password if administrator else state.password(login),
        "dbname": database or get_settings().database_name,
    }


def dsn(role: Role, database: str | None = None, *, driver: str = "postgresql") -> str:
    """Return the URL of a role,
    ``postgresql://user:password@host:port/database?application_name=iris-<role>``."""
    found = connection_parameters(role, database)
    query = dict(parse_qsl(connection_info().query)) | {"application_name": f"iris-{role}"}
    login = f"{quote(found['user'], safe='')}:{quote(found['password'], safe='')}"
    return f"{driver}://{login}@{found['host']}:{found['port']}/{quote(found['dbname'])}?{urlencode(query)}"


def dbt_environment(database: str | None = None) -> dict[str, str]:
    """Return the variables that ``dbt/profiles.yml`` reads: IRIS_DBT_HOST, _PORT, _USER, _PASSWORD,
    _DATABASE."""
    found = connection_parameters("dbt", database)
    return {
        "IRIS_DBT_HOST": str(found["host"]),
        "IRIS_DBT_PORT": str(found["port"]),
        "IRIS_DBT_USER": str(found["user"]),
        "IRIS_DBT_PASSWORD": str(found["password"]),
        "IRIS_DBT_DATABASE": str(found["dbname"]),
    }


def engine(role: Role, database: str | None = None) -> Engine:
    """Return the engine of a role on a database; one per process, kept until ``dispose_engines``."""
    url = dsn(role, database, driver="postgresql+psycopg")
    key = (url, database or get_settings().database_name)
    with _engines_lock:
        if key not in _engines:
            _engines[key] = _make_engine(role, url)
        return _engines[key]


def _make_engine(role: Role, url: str) -> Engine:
    made = create_engine(
        url,
        pool_size=5,
        max_overflow=10,
        pool_pre_ping=True,
        pool_reset_on_return=None,  # the reset below does it
        # Temporary tables of a billing batch (about 10 MB) stay in memory; the default of 8 MB spills them.
        connect_args={"options": "-c timezone=UTC -c temp_buffers=64MB"},
    )

    @event.listens_for(made, "reset")
    def _reset(connection: Any, _record: Any, reset_state: PoolResetState) -> None:
        if reset_state.terminate_only:
            return
        connection.rollback()
        connection.autocommit = True
        connection.execute(_CLEAN)
        connection.autocommit = False

    @event.listens_for(made, "handle_error")
    def _speak(context: ExceptionContext) -> None:
        refused = context.original_exception
        if isinstance(refused, psycopg.Error) and refused.sqlstate == _REFUSED_BY_DATABASE:
            code, _, message = str(refused.diag.message_primary).partition("|")
            raise DomainError(code, message) from refused

    if role == "owner":

        @event.listens_for(made, "connect")
        def _become_owner(connection: Any, _record: Any) -> None:
            connection.execute("set role iris_owner")
            connection.commit()

    return made


def dispose_engines(database: str | None = None) -> None:
    """Close the pools of one database, or all of them."""
    with _engines_lock:
        for key in [key for key in _engines if database in (None, key[1])]:
            _engines.pop(key).dispose()


def session_factory(
    role: Role,
    database: str | None = None,
    *,
    actor: str = "",
    request_id: str = "",
    session_token: str = "",
) -> sessionmaker[Session]:
    """Return a factory of sessions of a role that name their actor, request and portal session.

    ``session_token`` is the secret of a portal log-in; row-level security shows its customer only.
    """
    given = {"actor": actor, "request_id": request_id, "session_token": session_token}
    return sessionmaker(engine(role, database), class_=Session, info=given, expire_on_commit=False)


@contextmanager
def open_session(
    role: Role,
    *,
    actor: str,
    database: str | None = None,
    request_id: str = "",
    session_token: str = "",
) -> Iterator[Session]:
    """Open a session for one unit of work: commit at the end, roll back on an error, close in both cases.

    ``actor`` is who answers for the writes, e.g. ``staff:anna``, ``ebok:1234``, ``job:ingest``.
    """
    factory = session_factory(role, database, actor=actor, request_id=request_id, session_token=session_token)
    with factory() as session, session.begin():
        yield session


def identify(session: Session, *, actor: str, request_id: str = "", session_token: str = "") -> None:
    """Say who acts from now on in this session, in a transaction that has begun already too."""
    session.info.update(actor=actor, request_id=request_id, session_token=session_token)
    if session.in_transaction():
        _announce(session.info, session.connection())


@event.listens_for(Session, "after_begin")
def _after_begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    """Name the actor at the start of every transaction (not of a savepoint, which inherits it)."""
    if not transaction.nested:
        _announce(session.info, connection)


def _announce(info: dict[Any, Any], connection: Connection) -> None:
    given = {key: str(info[key]) for key in _SETTINGS if info.get(key)}
    if given:
        calls = ", ".join(f"set_config('{_SETTINGS[key]}', :{key}, true)" for key in given)
        connection.execute(text(f"select {calls}"), given)
