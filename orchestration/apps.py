"""The long-running apps of an installation: how each is started, checked and stopped.

Each app is a process group of its own. Its pid and log stand in ``.iris/run``; a pid counts only together
with the time the process was made, since numbers are reused after a crash.
"""

import json
import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from operational.kernel import db, postgres, state
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings, project_root

_HEALTH_PATIENCE_SECONDS = 120
_STOP_PATIENCE_SECONDS = 15
_LOG_TAIL_CHARACTERS = 800


# Processes that this process started: kept so that they are reaped when they end.
_children: dict[int, subprocess.Popen[bytes]] = {}


class AppError(DomainError):
    """An app could not be started."""


@dataclass(frozen=True, slots=True)
class App:
    """One app: its port, the command that serves it and the page that tells its health."""

    name: str
    port: int
    command: tuple[str, ...]
    health_path: str
    environment: dict[str, str]


@dataclass(frozen=True, slots=True)
class AppState:
    """What is known of an app now."""

    name: str
    url: str
    pid: int | None
    healthy: bool
    log: str


def known_apps() -> list[App]:
    """Return the four apps with their commands; the database server must run, for their log-ins."""
    settings = get_settings()
    dashboards = project_root() / "dashboards" / "app.py"
    streamlit = (
        f"run {shlex.quote(str(dashboards))} --server.address {settings.host} "
        f"--server.port {settings.dashboards_port} --server.headless true "
        "--server.fileWatcherType none --browser.gatherUsageStats false"
    )
    return [
        _flask_app("staff", settings.staff_port, "operational.app.wsgi:app"),
        _flask_app("ebok", settings.ebok_port, "ebok.wsgi:app"),
        App(
            name="dashboards",
            port=settings.dashboards_port,
            command=_module("streamlit", streamlit),
            health_path="/_stcore/health",
            environment={
                "IRIS_BI_DSN": db.dsn("bi"),
                "IRIS_BI_TICKET_KEY": state.derived_key("dashboards"),
                "IRIS_STAFF_URL": f"http://{settings.host}:{settings.staff_port}",
            },
        ),
        App(
            name="dagster",
            port=settings.dagster_port,
            command=_module("orchestration.dagster_server", ""),
            health_path="/server_info",
            environment={"DAGSTER_HOME": str(dagster_home())},
        ),
    ]


def _flask_app(name: str, port: int, module: str) -> App:
    arguments = f"{module} --bind {get_settings().host}:{port} --workers 2 --threads 4 --timeout 60"
    return App(
        name, port, _module("gunicorn", f"{arguments} --access-logfile - --no-control-socket"), "/healthz", {}
    )


def _module(name: str, arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *shlex.split(arguments))


def dagster_home() -> Path:
    """Return Dagster's folder under ``.iris``, with our settings (telemetry off, one run at a time)."""
    folder = state.home() / "dagster"
    folder.mkdir(exist_ok=True)
    configuration = folder / "dagster.yaml"
    if not configuration.exists():
        ours = Path(__file__).parent / "workspace" / "dagster.yaml"
        configuration.write_text(ours.read_text(encoding="utf-8"), encoding="utf-8")
    return folder


def start(app: App) -> AppState:
    """Start an app unless it runs, and wait until it answers; raise AppError with the end of its log."""
    if (process := _process(app.name)) is None:
        if postgres.accepts_connections(app.port):
            raise AppError(
                "port_taken",
                f"The port {app.port} of the app '{app.name}' is used by another program. "
                f"Stop that, or choose another port with IRIS_{app.name.upper()}_PORT.",
            )
        process = _spawn(app)
    deadline = time.monotonic() + _HEALTH_PATIENCE_SECONDS
    while not _is_healthy(app):
        if (
            not process.is_running()
            or process.status() == psutil.STATUS_ZOMBIE
            or time.monotonic() > deadline
        ):
            stop(app.name)
            tail = (
                _log(app.name).read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL_CHARACTERS:].strip()
            )
            raise AppError(
                "app_did_not_start", f"The app '{app.name}' did not start. The end of its log: {tail}"
            )
        time.sleep(0.3)
    return app_state(app)


def stop(name: str) -> bool:
    """Stop an app with all its processes; False when it did not run."""
    process = _process(name)
    if process is not None:
        family = [process, *process.children(recursive=True)]
        _signal(family, psutil.Process.terminate)
        _, alive = psutil.wait_procs(family, timeout=_STOP_PATIENCE_SECONDS)
        _signal(alive, psutil.Process.kill)
        psutil.wait_procs(alive, timeout=_STOP_PATIENCE_SECONDS)
        if child := _children.pop(process.pid, None):
            child.wait()
    _record(name).unlink(missing_ok=True)
    return process is not None


def stop_all() -> list[str]:
    """Stop every app that has a record; return the names of those that ran."""
    names = sorted(path.stem for path in get_settings().run_directory.glob("*.json"))
    return [name for name in names if stop(name)]


def app_state(app: App) -> AppState:
    """Return what is known of an app now."""
    process = _process(app.name)
    url = f"http://{get_settings().host}:{app.port}"
    pid = process.pid if process else None
    return AppState(app.name, url, pid, bool(pid) and _is_healthy(app), str(_log(app.name)))


def _spawn(app: App) -> psutil.Process:
    folder = get_settings().run_directory
    folder.mkdir(parents=True, exist_ok=True)
    # Logs may name customers, so only we can read them.
    descriptor = os.open(_log(app.name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab") as log:
        started = subprocess.Popen(
            app.command,
            cwd=project_root(),
            env=os.environ | {"IRIS_HOME": str(get_settings().home)} | app.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _children[started.pid] = started
    process = psutil.Process(started.pid)
    record = {"pid": process.pid, "created": process.create_time(), "port": app.port}
    state.write_private(_record(app.name), json.dumps(record))
    return process


def _process(name: str) -> psutil.Process | None:
    """Return the live process of an app, None when it ended or the number now belongs to another program."""
    try:
        record = json.loads(_record(name).read_text(encoding="utf-8"))
        process = psutil.Process(int(record["pid"]))
        same = abs(process.create_time() - float(record["created"])) < 1
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (FileNotFoundError, psutil.NoSuchProcess):
        return None


def _signal(processes: Sequence[psutil.Process], send: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        try:
            send(process)
        except psutil.NoSuchProcess:
            continue


def _is_healthy(app: App) -> bool:
    url = f"http://{get_settings().host}:{app.port}{app.health_path}"
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def _record(name: str) -> Path:
    return get_settings().run_directory / f"{name}.json"


def _log(name: str) -> Path:
    return get_settings().run_directory / f"{name}.log"
