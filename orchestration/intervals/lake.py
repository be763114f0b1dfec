"""Where the lake is, and the DuckDB connections that work on it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb

from operational.kernel.settings import get_settings

MEMORY_LIMIT = "2GB"
"""Of one connection; what does not fit is written to the lake's folder for passing files."""


def folder() -> Path:
    """Return the folder of the lake; a Spark server must see it under the same path."""
    chosen = get_settings().lake_folder
    return chosen if chosen else get_settings().home / "lake"


@contextmanager
def passing_folder() -> Iterator[Path]:
    """Return a folder of one's own inside the lake for files that pass; it is removed at the end."""
    place = folder() / "passing"
    place.mkdir(parents=True, exist_ok=True)
    own = Path(mkdtemp(dir=place))
    try:
        yield own
    finally:
        shutil.rmtree(own, ignore_errors=True)


@contextmanager
def connection(passing: Path, *, threads: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open DuckDB in memory, in UTC, without network and extensions, spilling into ``passing``."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "temp_directory": str(passing / "spill"),
        "autoinstall_known_extensions": "false",
        "preserve_insertion_order": "false",
    }
    if threads:
        config["threads"] = threads
    opened = duckdb.connect(config=config)
    try:
        opened.execute("set timezone = 'UTC'")
        yield opened
    finally:
        opened.close()


def text_literal(value: object) -> str:
    """Return a value as a text constant of SQL."""
    return "'" + str(value).replace("'", "''") + "'"


def name_literal(value: str) -> str:
    """Return a name of a column or table, quoted for SQL."""
    return '"' + value.replace('"', '""') + '"'


def list_literal(paths: list[Path]) -> str:
    """Return paths as a list of SQL."""
    return "[" + ", ".join(text_literal(path) for path in paths) + "]"


def first_row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...] | None:
    """Return the first row of a query and end it; None when there is none."""
    rows = connection.execute(sql).fetchall()
    return rows[0] if rows else None
