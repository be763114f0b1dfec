"""Start, stop and find the PostgreSQL server of this installation.

The default is an embedded server under ``.iris/postgres``; with ``IRIS_DATABASE_URL`` set it is that server,
which we never start or stop. Every function may be called by several processes at once and any number of
times.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from operational.kernel import postgres, state
from operational.kernel.errors import DomainError
from operational.kernel.postgres_files import ServerFiles, locate
from operational.kernel.settings import get_settings

_STATE_FILE = "server.json"


class ServerNotRunning(DomainError):
    """Nobody has started the server yet."""

    def __init__(self) -> None:
        super().__init__("server_not_running", "The database server is not running. Start it with: iris up.")


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """Where a server is and who administers it; ``pid`` is None for a server that is not ours."""

    host: str
    port: int
    admin_login: str
    admin_password: str
    admin_database: str
    embedded: bool
    pid: int | None
    data_directory: str | None
    query: str = ""

    def __repr__(self) -> str:
        """Show the place without the password."""
        place = f"{self.admin_login}@{self.host}:{self.port}"
        return f"ServerInfo({place}, embedded={self.embedded}, pid={self.pid})"


def start() -> ServerInfo:
    """Start the embedded server unless it runs, make roles and the default database, return where it is."""
    from operational.kernel import roles

    external = _external()
    with state.locked("server"):
        info = external or _start_embedded()
        roles.ensure_roles(info)
        roles.ensure_database(info, get_settings().database_name)
    return info


def ensure_running() -> ServerInfo:
    """Return the running server, starting it only when needed; quick when it runs."""
    return _running() or start()


def stop() -> bool:
    """Stop the embedded server; False when it did not run or is not ours."""
    if _external():
        return False
    with state.locked("server"):
        return postgres.stop(locate())


def status() -> ServerInfo | None:
    """Return the running server, or None."""
    return _external() or _running()


def connection_info() -> ServerInfo:
    """Return the server for a connection; raise ServerNotRunning when nobody started it."""
    info = _external() or _recorded()
    if info is None:
        raise ServerNotRunning
    return info


def _start_embedded() -> ServerInfo:
    files = locate()
    postgres.initialise(files, state.password(postgres.ADMIN_LOGIN))
    recorded = state.read_json(_STATE_FILE)
    port = int(recorded.get("port", 0))
    pid = postgres.running_pid(files.data)
    if pid is None or not postgres.accepts_connections(port):
        if not port or postgres.accepts_connections(
            port
        ):  # the old port is kept unless another program took it
            port = postgres.free_port()
        postgres.start(files, port)
        pid = postgres.running_pid(files.data)
    state.write_json(_STATE_FILE, {"port": port, "data_directory": str(files.data), "prepared": True})
    return _embedded_info(files, port, pid)


def _embedded_info(files: ServerFiles, port: int, pid: int | None) -> ServerInfo:
    return ServerInfo(
        host=postgres.HOST,
        port=port,
        admin_login=postgres.ADMIN_LOGIN,
        admin_password=state.password(postgres.ADMIN_LOGIN),
        admin_database="postgres",
        embedded=True,
        pid=pid,
        data_directory=str(files.data),
    )


def _recorded() -> ServerInfo | None:
    recorded = state.read_json(_STATE_FILE)
    return _embedded_info(locate(), int(recorded["port"]), None) if recorded else None


def _running() -> ServerInfo | None:
    recorded = state.read_json(_STATE_FILE)
    if not recorded or _external():
        return None
    files = locate()
    port = int(recorded["port"])
    pid = postgres.running_pid(files.data)
    return _embedded_info(files, port, pid) if pid and postgres.accepts_connections(port) else None


def _external() -> ServerInfo | None:
    """Read ``IRIS_DATABASE_URL``: postgresql://admin:password@host:port/database?sslmode=..."""
    secret = get_settings().database_url
    if secret is None:
        return None
    parts = urlsplit(secret.get_secret_value())
    if parts.scheme not in ("postgresql", "postgres") or not parts.hostname or not parts.username:
        raise DomainError(
            "invalid_database_url",
            "IRIS_DATABASE_URL is not understood. Write postgresql://admin:password@host:5432/postgres.",
        )
    return ServerInfo(
        host=parts.hostname,
        port=parts.port or 5432,
        admin_login=unquote(parts.username),
        admin_password=unquote(parts.password or ""),
        admin_database=parts.path.lstrip("/") or "postgres",
        embedded=False,
        pid=None,
        data_directory=None,
        query=parts.query,
    )
