"""Fixtures for every test: a real PostgreSQL, a database of one's own, sessions, shared data, a browser.

The server lives in memory (``/dev/shm``), where there is room, else under ``.iris/test``, or is the one of
IRIS_TEST_DATABASE_URL. It is shared by test runs that go on at the same time; the last one stops it and takes
what was in memory away. The migrated template is made anew when migrations or reference data have changed.
Most tests get a database of their own: in memory that takes a tenth of a second, on a disk half a second.
"""

import fcntl
import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parents[1]
_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own is made in it
_ROOM_NEEDED = 6 * 1024**3


def _test_home() -> Path:
    """Return where the test server lives: the same place for all test runs of this folder."""
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM_NEEDED:
        name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
        return _MEMORY / f"iris-test-{os.getuid()}-{name}"
    return ROOT / ".iris" / "test"


TEST_HOME = _test_home()
LOCKS = ROOT / ".iris"
IN_MEMORY = TEST_HOME.is_relative_to(_MEMORY)
REFERENCE_KNOWN_SINCE = datetime(2024, 1, 1, tzinfo=UTC)  # before every month that a test bills

os.environ["IRIS_HOME"] = str(TEST_HOME)
os.environ["IRIS_DATABASE_NAME"] = "iris"
os.environ.pop("IRIS_TODAY", None)
os.environ.update(
    DBT_SEND_ANONYMOUS_USAGE_STATS="false",
    DAGSTER_DISABLE_TELEMETRY="1",
    GX_ANALYTICS_ENABLED="false",
    STREAMLIT_BROWSER_GATHER_USAGE_STATS="false",
    IRIS_DATABASE_WAITS_FOR_DISK=str(not IN_MEMORY),  # processes are killed in tests, machines are not
)
if os.environ.get("IRIS_TEST_DATABASE_URL"):
    os.environ["IRIS_DATABASE_URL"] = os.environ["IRIS_TEST_DATABASE_URL"]
else:
    os.environ.pop("IRIS_DATABASE_URL", None)

from operational.kernel import db, roles, server, settings  # noqa: E402  the environment above comes first
from operational.migrations import migrate  # noqa: E402
from operational.reference.operations import load_reference_data  # noqa: E402

settings.Settings.model_config["env_file"] = None  # a developer's own .env must not change what tests see
settings.reset_settings()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first: two workers, each with whole files, end together only when the last are short."""
    long_files = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in long_files)


CHROMIUM_FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--lang=pl", "--hide-scrollbars",
)  # fmt: skip


def require(reason: str) -> NoReturn:
    """Skip a test that lacks something of its surroundings; in .ci/run nothing may be lacking."""
    if os.environ.get("IRIS_REQUIRE_ALL_TESTS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def server_info() -> Iterator[server.ServerInfo]:
    """Start the test server; the last of the test runs that go on at the same time stops it."""
    LOCKS.mkdir(exist_ok=True)
    with (LOCKS / "test-users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        TEST_HOME.mkdir(parents=True, exist_ok=True)
        yield server.ensure_running()
        db.dispose_engines()
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        _drop_leftovers(_template_name())
        server.stop()
        if IN_MEMORY:
            shutil.rmtree(TEST_HOME, ignore_errors=True)


def _fingerprint() -> str:
    """Hash what the template is made of: migrations, reference data and the code that loads it."""
    digest = hashlib.sha256()
    sources = [ROOT / "operational/kernel/roles.py"]
    for folder in ("operational/migrations", "operational/reference"):
        sources += sorted(
            path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".sql", ".csv"}
        )
    for path in sources:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _template_name() -> str:
    return f"template_{_fingerprint()}"


def _drop_leftovers(keep: str) -> None:
    """Drop templates of older code and databases of killed runs; nobody else is using the server now."""
    with roles.admin_connection(server.connection_info()) as connection:
        found = connection.execute(
            "select datname from pg_database where datname ~ '^(template|test)_'"
        ).fetchall()
    for (name,) in found:
        if name != keep:
            roles.drop_database(name)


@pytest.fixture(scope="session")
def template_database(server_info: server.ServerInfo) -> str:
    """Return the name of a migrated database with reference data that tests copy."""
    name = _template_name()
    with (LOCKS / "test-template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not roles.database_exists(name):
            draft = f"test_{uuid.uuid4().hex[:12]}"
            roles.create_database(draft)
            migrate(draft)
            _load_reference_data(draft)
            db.dispose_engines(draft)
            with roles.admin_connection(server_info) as connection:
                connection.execute(f"alter database {draft} rename to {name}")
    return name


def _load_reference_data(database: str) -> None:
    with db.open_session("app", actor="test:reference", database=database) as opened:
        load_reference_data(opened, as_of=REFERENCE_KNOWN_SINCE)


@pytest.fixture
def database(template_database: str) -> Iterator[str]:
    """Give the test a database of its own (migrated, with reference data); dropped afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    roles.create_database(name, template_database)
    yield name
    roles.drop_database(name)


@pytest.fixture
def session(database: str) -> Iterator[Session]:
    """Open a session of the role iris_app on the test's database; what is not committed is rolled back."""
    with db.session_factory("app", database, actor="test", request_id="test")() as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of sample files beside the project."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("The sample files ../shared/data are not on this machine.")
    return folder


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    """Open a headless Chromium with a fresh profile, 1280 x 900."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    if not program or not driver:
        require(
            "Chromium or chromedriver is missing. Install them: apt-get install chromium chromium-driver."
        )
    options = Options()
    options.binary_location = program
    for flag in (*CHROMIUM_FLAGS, f"--user-data-dir={tmp_path / 'chromium'}", "--window-size=1280,900"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield opened
    finally:
        opened.quit()
