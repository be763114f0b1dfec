"""Where runs played in this process write their events: Dagster's own SQLite files, with connections kept
open.

Dagster opens a connection, and waits for the disk, several times per event; a month has some hundred events.
The files are the same, so the UI shows these runs like any other. Losing the last events of a run when the
machine loses power costs nothing: the data are in PostgreSQL.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import DagsterInstance
from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event

_BUSY_SECONDS = 30


class OpenHistory(SqliteEventLogStorage):
    """Dagster's event log that keeps its connections."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "OpenHistory":
        """Make it from the instance's configuration."""
        return cls(config_value["base_dir"], inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = _engine(self.conn_string_for_shard(shard))
            engine = self._engines[shard]
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def dispose(self) -> None:
        """Close the connections."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()
        super().dispose()


def open_instance(home: Path) -> DagsterInstance:
    """Return the instance whose history stands in ``home``, quick to write to."""
    history = {
        "module": OpenHistory.__module__,
        "class": OpenHistory.__name__,
        "config": {"base_dir": str(home / "history" / "runs")},
    }
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(home), overrides={"event_log_storage": history}))


def _engine(address: str) -> Engine:
    engine = create_engine(address, connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _quick(connection: Any, _record: Any) -> None:
        connection.execute("pragma synchronous = off")

    return engine
