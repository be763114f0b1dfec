"""Versions of the operational schema: Alembic files ``0001_...`` with one head, plain SQL beside them.

Here: the environment, ``migrate`` and the versions. Not here: tables of the warehouse, which dbt makes, and
roles, which ``kernel/roles.py`` makes. Open first: ``versions/0001_foundation.sql``, ``env.py``.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import NullPool

from operational.kernel.db import dsn

_MIGRATION_LOCK = 7_401_002


def configuration() -> Config:
    """Return the Alembic configuration; there is no ini file, since everything follows from the settings."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def migrate(database: str | None = None, revision: str = "head") -> str:
    """Bring a database to a revision (default the newest) as the administrator; return the revision reached.

    Two processes at once wait for each other; a database that is up to date is left alone.
    """
    config = configuration()
    with _administrator(database) as connection:
        connection.exec_driver_sql(f"select pg_advisory_lock({_MIGRATION_LOCK})")
        connection.commit()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()
    return current_revision(database) or ""


def current_revision(database: str | None = None) -> str | None:
    """Return the revision a database stands at, None before the first migration."""
    with _administrator(database) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """Return the head of the versions; raises when there is more than one."""
    return ScriptDirectory.from_config(configuration()).get_current_head() or ""


@contextmanager
def _administrator(database: str | None) -> Iterator[Connection]:
    """Connect once, without a pool, so that nobody is left in a database that becomes a template."""
    engine = create_engine(dsn("admin", database, driver="postgresql+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


def execute_sql_beside(python_file: str) -> None:
    """Run the SQL file with the name of the given version file, as the administrator, all statements at once.

    The SQL chooses its role itself (``set role iris_owner``); afterwards we are the administrator again.
    """
    statements = Path(python_file).with_suffix(".sql").read_text(encoding="utf-8")
    connection = op.get_bind().connection.driver_connection
    if connection is None:
        raise RuntimeError("Migrations need a live connection; Alembic's offline mode is not supported.")
    connection.execute(statements)
    connection.execute("reset role")
