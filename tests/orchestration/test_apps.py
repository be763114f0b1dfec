"""Starting, finding and stopping long-running apps, with small real web servers."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from operational.kernel import postgres, settings
from orchestration import apps

SERVE = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"well")
    def log_message(self, *arguments): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""


@pytest.fixture(autouse=True)
def run_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """Give the test a state folder of its own and stop what it started."""
    monkeypatch.setenv("IRIS_HOME", str(tmp_path))
    settings.reset_settings()
    yield tmp_path / "run"
    apps.stop_all()
    monkeypatch.undo()
    settings.reset_settings()


def web_app(program: str = SERVE) -> apps.App:
    port = postgres.free_port()
    return apps.App("staff", port, (sys.executable, "-c", program, str(port)), "/healthz", {})


def test_an_app_is_started_checked_and_stopped() -> None:
    app = web_app()
    started = apps.start(app)
    assert started.healthy
    assert started.pid is not None
    assert Path(started.log).stat().st_mode & 0o077 == 0
    assert apps.start(app).pid == started.pid
    assert apps.stop_all() == ["staff"]
    assert not psutil.pid_exists(started.pid) or psutil.Process(started.pid).status() == psutil.STATUS_ZOMBIE
    assert apps.app_state(app).pid is None
    assert apps.stop("staff") is False


def test_an_app_that_ends_at_once_is_reported_with_the_end_of_its_log() -> None:
    with pytest.raises(apps.AppError, match="no such colour"):
        apps.start(web_app("raise SystemExit('no such colour')"))


def test_a_port_of_another_program_is_named_with_the_cure() -> None:
    app = web_app()
    apps.start(app)
    other = apps.App("ebok", app.port, app.command, app.health_path, {})
    with pytest.raises(apps.AppError, match="IRIS_EBOK_PORT"):
        apps.start(other)


def test_a_pid_that_now_belongs_to_another_program_is_never_stopped(run_directory: Path) -> None:
    run_directory.mkdir()
    record = {"pid": os.getpid(), "created": psutil.Process().create_time() - 1000, "port": 1}
    (run_directory / "staff.json").write_text(json.dumps(record), encoding="utf-8")
    assert apps.stop("staff") is False
    assert psutil.pid_exists(os.getpid())
