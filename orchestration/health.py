"""The examinations behind ``iris doctor``: each looks at one thing and says the cure when it is not well."""

import importlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Literal

import psutil
from packaging.requirements import Requirement

from operational.kernel import db, postgres, server
from operational.kernel.errors import DomainError
from operational.kernel.postgres_files import locate
from operational.kernel.roles import database_exists
from operational.kernel.settings import get_settings, project_root
from orchestration import apps

_GIGABYTE = 1024**3
_DISK_WANTED_GIGABYTES = 2
_MEMORY_WANTED_GIGABYTES = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one examination."""

    name: str
    state: Literal["ok", "warning", "broken"]
    detail: str
    cure: str = ""


def examine() -> Iterator[tuple[str, Callable[[], Finding]]]:
    """Yield the examinations by name, in the order in which one explains the next."""
    looks = {
        "Python": _python,
        "packages": _packages,
        "memory": _memory,
        "state folder": _state_folder,
        "disk": _disk,
        "PostgreSQL": _postgresql,
        "database": _database,
        "ports": _ports,
        "dbt": _dbt,
        "browser": _browser,
    }
    for name, look in looks.items():
        yield name, _guarded(name, look)


def _guarded(name: str, look: Callable[[str], Finding]) -> Callable[[], Finding]:
    """Turn an error of an examination into a finding, so that the others still run."""

    def run() -> Finding:
        try:
            return look(name)
        except DomainError as error:
            return Finding(name, "broken", error.message)
        except Exception as error:  # any failure here is exactly what the person wants to know
            return Finding(name, "broken", f"{type(error).__name__}: {error}", "Run: iris doctor --debug.")

    return run


def _python(name: str) -> Finding:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < (3, 11):  # noqa: UP036  the doctor may be run by an old interpreter on purpose
        return Finding(
            name, "broken", found, "Install Python 3.11 or newer, then: make setup PYTHON=/path/to/it."
        )
    return Finding(name, "ok", f"{found}, {sys.executable}")


def _packages(name: str) -> Finding:
    wrong = []
    for line in requires("iris-cis") or []:
        requirement = Requirement(line)
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            wrong.append(f"{requirement.name} is missing")
            continue
        if not requirement.specifier.contains(found, prereleases=True):
            wrong.append(f"{requirement.name} is {found}, wanted {requirement.specifier}")
    if wrong:
        return Finding(name, "broken", "; ".join(wrong), "Delete .venv/.iris-installed and run: make setup.")
    return Finding(name, "ok", "all that IRIS needs, in the versions it needs")


def _memory(name: str) -> Finding:
    size = psutil.virtual_memory().total / _GIGABYTE
    detail = f"{size:.1f} GB, {os.cpu_count()} processors"
    if size < _MEMORY_WANTED_GIGABYTES:
        return Finding(
            name, "warning", detail, f"{_MEMORY_WANTED_GIGABYTES} GB are advised; use fewer supply points."
        )
    return Finding(name, "ok", detail)


def _state_folder(name: str) -> Finding:
    folder = get_settings().home
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
    return Finding(name, "ok", f"{folder} can be written")


def _disk(name: str) -> Finding:
    folder = get_settings().home
    free = shutil.disk_usage(folder).free / _GIGABYTE
    if free < _DISK_WANTED_GIGABYTES:
        cure = f"Make room ({_DISK_WANTED_GIGABYTES} GB), or set IRIS_HOME to a folder on another disk."
        return Finding(name, "broken", f"{free:.1f} GB free at {folder}", cure)
    return Finding(name, "ok", f"{free:.0f} GB free at {folder}")


def _postgresql(name: str) -> Finding:
    info = server.ensure_running()
    with db.engine("admin", info.admin_database).connect() as connection:
        found = str(connection.exec_driver_sql("show server_version").scalar_one())
        fsync = str(connection.exec_driver_sql("show fsync").scalar_one())
    place = f"{found} on {info.host}:{info.port}"
    if int(re.split(r"\D", found)[0]) < 15:
        return Finding(
            name, "broken", place, "IRIS needs PostgreSQL 15 or newer; take IRIS_DATABASE_URL away."
        )
    if fsync != "on":
        return Finding(
            name, "broken", f"{place}, fsync is off", "Set fsync = on, or a power cut loses documents."
        )
    if not info.embedded:
        return Finding(name, "ok", f"{place}, from IRIS_DATABASE_URL")
    files = locate()
    user = f", as the system user {files.run_as.name}" if files.run_as else ""
    return Finding(name, "ok", f"{place}, data in {files.data}{user}")


def _database(name: str) -> Finding:
    from operational.migrations import current_revision, newest_revision

    wanted = newest_revision()
    found = current_revision() if database_exists(get_settings().database_name) else None
    if found != wanted:
        return Finding(name, "warning", f"at revision {found}, the newest is {wanted}", "Run: iris up.")
    return Finding(name, "ok", f"{get_settings().database_name} at the newest revision {wanted}")


def _ports(name: str) -> Finding:
    taken = [
        f"{app.port} ({app.name})"
        for app in apps.known_apps()
        if apps.app_state(app).pid is None and postgres.accepts_connections(app.port)
    ]
    if taken:
        cure = (
            "Stop the other programs, or choose other ports with IRIS_STAFF_PORT and the like (.env.example)."
        )
        return Finding(name, "broken", f"used by another program: {', '.join(taken)}", cure)
    return Finding(name, "ok", "free, or used by our own apps")


def _dbt(name: str) -> Finding:
    if (project_root() / "dbt" / "__init__.py").exists():
        return Finding(name, "broken", "dbt/__init__.py hides the package dbt", "Delete dbt/__init__.py.")
    importlib.import_module("dbt.cli.main")
    return Finding(name, "ok", f"dbt-core {version('dbt-core')}, dbt-postgres {version('dbt-postgres')}")


def _browser(name: str) -> Finding:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    missing = [
        what
        for what, path in (("chromium", program), ("chromedriver", shutil.which("chromedriver")))
        if not path
    ]
    if missing:
        cure = "Only the browser tests need it: apt-get install chromium chromium-driver."
        return Finding(name, "warning", f"{' and '.join(missing)} not found", cure)
    return Finding(name, "ok", str(program))
