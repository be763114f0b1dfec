"""The two engines that run the expressions: DuckDB on this machine, or any Spark Connect server.

One setting chooses (IRIS_LAKE_ENGINE): ``duckdb``, or an address such as ``sc://host:15002``.
A Spark server must see the lake's folder under the same path,
since it reads and writes the Parquet files itself.
"""

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings
from orchestration.intervals.lake import MEMORY_LIMIT

DUCKDB = "duckdb"
_ROWS_AT_ONCE = 200_000


class Engine(Protocol):
    """What the expressions need of an engine."""

    name: str

    def read(self, paths: Sequence[Path]) -> ir.Table:
        """Return Parquet files of one shape as a table."""

    def keep(self, expression: ir.Table) -> ir.Table:
        """Compute a table once, for several uses."""

    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """Compute a table and yield its rows."""


class DuckEngine:
    """DuckDB in this process."""

    name = DUCKDB

    def __init__(self, passing: Path, *, threads: int | None = None) -> None:
        options: dict[str, Any] = {"memory_limit": MEMORY_LIMIT, "temp_directory": str(passing / "spill")}
        if threads:
            options["threads"] = threads
        self._backend = ibis.duckdb.connect(**options)
        self._backend.raw_sql(
            "set preserve_insertion_order = false; set autoinstall_known_extensions = false"
        )

    def read(self, paths: Sequence[Path]) -> ir.Table:
        """Return Parquet files as a table."""
        return self._backend.read_parquet([str(path) for path in paths])

    def keep(self, expression: ir.Table) -> ir.Table:
        """Compute into a temporary table."""
        return self._backend.create_table(f"kept_{uuid4().hex[:12]}", expression, temp=True)

    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches."""
        found = self._backend.con.sql(str(self._backend.compile(expression)))
        yield from found.to_arrow_reader(_ROWS_AT_ONCE)

    def close(self) -> None:
        """End the connection and free its memory."""
        self._backend.disconnect()


@contextmanager
def _main_module_with_a_file() -> Iterator[None]:
    """Let the Spark client load in a process whose main module has no file (``python -c``, a test's worker).

    It would take such a process for its own doctests and end it when no Spark is installed here
    (pyspark 4.2, ``sql/connect/utils.py``, ``check_dependencies``).
    """
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = __file__
    try:
        yield
    finally:
        del main.__file__


class SparkEngine:
    """A Spark Connect server: Apache Spark or Sail."""

    def __init__(self, passing: Path, address: str) -> None:
        self.name = address
        self._passing = passing
        try:
            with warnings.catch_warnings(), _main_module_with_a_file():
                warnings.simplefilter("ignore")  # pyspark warns of pandas 3; no pandas function is used
                from pyspark.sql import SparkSession

                self._session = SparkSession.builder.remote(address).create()
        except ImportError as error:
            raise DomainError(
                "lake_engine_missing", "The Spark Connect client is not installed. Install iris-cis[spark]."
            ) from error
        self._backend = ibis.pyspark.connect(self._session)

    def read(self, paths: Sequence[Path]) -> ir.Table:
        """Return Parquet files as a table."""
        name = f"read_{uuid4().hex[:12]}"
        frame = self._session.read.parquet(*[str(path) for path in paths])
        frame.createOrReplaceTempView(name)
        return self._backend.table(name)

    def keep(self, expression: ir.Table) -> ir.Table:
        """Compute into Parquet files of the server, and read them."""
        place = self._passing / f"kept_{uuid4().hex[:12]}"
        self._session.sql(str(self._backend.compile(expression))).write.parquet(str(place))
        return self.read([place])

    def batches(self, expression: ir.Table) -> Iterator[pa.RecordBatch]:
        """Yield the rows in batches."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as above
            yield from self._session.sql(str(self._backend.compile(expression))).toArrow().to_batches()

    def close(self) -> None:
        """End the session on the server."""
        self._session.stop()


@contextmanager
def opened(passing: Path, *, address: str | None = None, threads: int | None = None) -> Iterator[Engine]:
    """Open the engine of the settings or of ``address``; raise DomainError for another word."""
    chosen = address or get_settings().lake_engine
    if chosen == DUCKDB:
        engine: DuckEngine | SparkEngine = DuckEngine(passing, threads=threads)
    elif chosen.startswith("sc://"):
        engine = SparkEngine(passing, chosen)
    else:
        raise DomainError(
            "lake_engine_unknown",
            f"IRIS_LAKE_ENGINE is '{chosen}'. Use duckdb, or the address of a Spark Connect server: sc://host:15002.",
        )
    try:
        yield engine
    finally:
        engine.close()
