"""A small market that was really played, with the staff app and the portal served on loopback."""

import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from werkzeug.serving import make_server

from ebok.factory import create_app as create_portal
from operational.app.factory import create_app as create_staff_app
from operational.kernel import db, roles, settings
from operational.kernel.calendar import WARSAW, add_months
from orchestration import demo
from orchestration.billing import bill_month

SUPPLY_POINTS = 40
MONTHS = 2


@dataclass(frozen=True, slots=True)
class Town:
    """Addresses of both apps and the month whose run waits for a person."""

    database: str
    staff: str
    portal: str
    waiting_month: date


@dataclass(frozen=True, slots=True)
class _Built:
    """A town and the settings under which it lives."""

    town: Town
    settings: dict[str, str]


@pytest.fixture
def town(built_town: _Built, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Live in the town on its day; other tests of this process keep theirs."""
    for name, value in built_town.settings.items():
        monkeypatch.setenv(name, value)
    settings.reset_settings()
    yield built_town.town
    monkeypatch.undo()
    settings.reset_settings()


@pytest.fixture(scope="session")
def built_town(template_database: str) -> Iterator[_Built]:
    """Play two months, compute the third without approving it, and serve both apps on the day after."""
    database = f"test_{uuid.uuid4().hex[:12]}"
    roles.create_database(database, template_database)
    waiting = add_months(demo.FIRST_MONTH, MONTHS)
    today = add_months(waiting, 1) + timedelta(days=14)
    patch = pytest.MonkeyPatch()
    given = {"IRIS_TODAY": today.isoformat(), "IRIS_DATABASE_NAME": database}
    for name, value in given.items():
        patch.setenv(name, value)
    settings.reset_settings()
    servers = []
    try:
        demo.run_demo(demo.Options(supply_points=SUPPLY_POINTS, months=MONTHS), database=database)
        bill_month(
            database=database,
            month=waiting,
            issue_date=today,
            as_of=datetime.combine(today, time(9), tzinfo=WARSAW),
            actor="system:journey",
        )
        servers = [_serve(create_staff_app(database=database)), _serve(create_portal(database=database))]
        staff, portal = (f"http://127.0.0.1:{server.server_port}" for server in servers)
        patch.undo()
        settings.reset_settings()
        yield _Built(Town(database, staff, portal, waiting), given)
    finally:
        for server in servers:
            server.shutdown()
        patch.undo()
        settings.reset_settings()
        db.dispose_engines(database)
        roles.drop_database(database)


def _serve(app: Flask):  # type: ignore[no-untyped-def]  # werkzeug's servers share no public type
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
