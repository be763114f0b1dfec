"""The embedded server: permissions, crashes, two callers. Each test has an installation of its own."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from operational.kernel import db, postgres, postgres_files, roles, server, settings, state
from operational.kernel.errors import DomainError

pytestmark = pytest.mark.slow

Permissions = dict[str, tuple[int, int, int]]
in_open_and_private_homes = pytest.mark.parametrize("home", ["open", "private"], indirect=True)


@pytest.fixture
def home(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Make an installation in a folder that everybody, or only we, can enter; clean it away afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="iris-server-test-"))
    parent.chmod(0o700 if getattr(request, "param", "open") == "private" else 0o755)
    monkeypatch.setenv("IRIS_HOME", str(parent / "project" / ".iris"))
    monkeypatch.delenv("IRIS_DATABASE_URL", raising=False)
    monkeypatch.delenv("IRIS_DATABASE_WAITS_FOR_DISK", raising=False)  # as users have it
    db.dispose_engines()
    settings.reset_settings()
    yield parent
    db.dispose_engines()
    server.stop()
    outside = postgres_files.SYSTEM_ROOT / settings.get_settings().home_hash
    shutil.rmtree(parent)
    shutil.rmtree(outside, ignore_errors=True)
    monkeypatch.undo()
    settings.reset_settings()


def permissions(*paths: Path) -> Permissions:
    """Return owner, group and mode of every path and of all folders above it."""
    found: Permissions = {}
    for path in {above for given in paths for above in (given, *given.parents)}:
        status = path.lstat()
        found[str(path)] = (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode))
    return found


@in_open_and_private_homes
def test_no_permission_outside_the_data_directory_changes(home: Path) -> None:
    (home / "project").mkdir()
    neighbour = home / "project" / "letter.txt"
    neighbour.write_text("private", encoding="utf-8")
    neighbour.chmod(0o600)
    wheel = postgres_files.wheel_programs()
    samples = [neighbour, *wheel.rglob("*"), postgres_files.SYSTEM_ROOT.parent]
    before = permissions(*samples)

    info = server.start()

    assert permissions(*samples) == before
    assert info.data_directory is not None
    data = Path(info.data_directory)
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    server.stop()
    assert permissions(*samples) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root switches to another system user")
@in_open_and_private_homes
def test_data_of_a_private_home_lie_outside_of_it(home: Path) -> None:
    private = stat.S_IMODE(home.stat().st_mode) == 0o700
    info = server.start()
    assert info.data_directory is not None
    assert Path(info.data_directory).is_relative_to(home) is not private
    assert info.pid is not None
    assert psutil.Process(info.pid).uids().effective != 0


def test_starting_twice_gives_the_same_server(home: Path) -> None:
    first = server.start()
    assert server.start() == first
    assert server.ensure_running() == first
    assert server.status() == first


def test_it_listens_on_the_loop_back_address_only(home: Path) -> None:
    info = server.start()
    assert info.pid is not None
    listening = [found for found in psutil.Process(info.pid).net_connections() if found.status == "LISTEN"]
    assert {found.laddr.ip for found in listening} == {"127.0.0.1"}
    with db.engine("admin", "postgres").connect() as connection:
        shown = connection.execute(
            text(
                "select name || '=' || setting from pg_settings"
                " where name in ('fsync', 'synchronous_commit', 'jit')"
            )
        )
        assert set(shown.scalars()) == {"fsync=on", "synchronous_commit=on", "jit=off"}


def test_committed_rows_survive_kill_9_of_the_postmaster(home: Path) -> None:
    info = server.start()
    roles.create_database("crash")
    with db.open_session("admin", actor="test", database="crash") as session:
        session.execute(text("create table public.kept as select generate_series(1, 1000) as id"))
    assert info.pid is not None
    assert info.data_directory is not None
    busy = db.engine("admin", "crash").connect()
    busy.execute(text("insert into public.kept values (-1)"))  # never committed

    postmaster = psutil.Process(info.pid)
    os.kill(info.pid, signal.SIGKILL)
    psutil.wait_procs([postmaster], timeout=10)
    again = server.ensure_running()

    assert again.pid != info.pid
    with db.open_session("admin", actor="test", database="crash") as session:
        assert session.execute(text("select count(*), min(id) from public.kept")).one() == (1000, 1)
    busy.invalidate()
    busy.close()


def test_a_pid_file_that_names_another_program_does_no_harm(home: Path) -> None:
    info = server.start()
    assert info.data_directory is not None
    db.dispose_engines()
    server.stop()
    pid_file = Path(info.data_directory) / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{info.data_directory}\n", encoding="utf-8")
    assert server.status() is None
    assert server.ensure_running().pid not in (None, os.getpid())


def test_a_half_made_data_directory_of_a_killed_run_is_made_anew(home: Path) -> None:
    data = postgres_files.locate().data
    (data.with_name("postgres.partial") / "base").mkdir(parents=True)
    assert server.start().data_directory == str(data)


def test_the_port_moves_when_another_program_took_it(home: Path) -> None:
    import socket

    first = server.start()
    db.dispose_engines()
    server.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((first.host, first.port))
        other.listen()
        assert server.start().port != first.port


def test_two_processes_that_start_at_once_get_one_server(home: Path) -> None:
    program = (
        "from operational.kernel import server\n"
        "info = server.ensure_running()\n"
        "import sys; sys.stdout.write(f'{info.port} {info.pid}')\n"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=settings.project_root(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], answers
    assert answers[0][0] == answers[1][0]


def test_stopping_is_clean_and_can_be_repeated(home: Path) -> None:
    info = server.start()
    db.dispose_engines()
    assert server.stop() is True
    assert server.stop() is False
    assert server.status() is None
    deadline = time.monotonic() + 5
    while postgres.accepts_connections(info.port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not postgres.accepts_connections(info.port)


def test_a_connection_before_the_first_start_is_refused_with_the_cure(home: Path) -> None:
    with pytest.raises(server.ServerNotRunning, match="iris up"):
        db.engine("app")


def test_an_address_that_is_not_understood_is_refused_with_an_example(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as changed:
        changed.setenv("IRIS_DATABASE_URL", "mysql://somewhere")
        settings.reset_settings()
        with pytest.raises(DomainError, match="postgresql://admin"):
            server.status()
    settings.reset_settings()


def test_an_external_server_is_used_and_never_stopped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = server.start()
    password = state.password(postgres.ADMIN_LOGIN)
    address = f"postgresql://{ours.admin_login}:{password}@{ours.host}:{ours.port}/postgres"
    with monkeypatch.context() as changed:
        changed.setenv("IRIS_DATABASE_URL", address)
        changed.setenv("IRIS_DATABASE_NAME", "elsewhere")
        settings.reset_settings()
        info = server.ensure_running()
        assert (info.embedded, info.port, server.stop()) == (False, ours.port, False)
        roles.ensure_roles(info)
        roles.ensure_database(info, "elsewhere")
        with db.engine("app").connect() as connection:
            assert connection.execute(text("select current_database()")).scalar_one() == "elsewhere"
        db.dispose_engines()
    settings.reset_settings()
