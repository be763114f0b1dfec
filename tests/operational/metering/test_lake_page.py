"""The page of interval data: who may see it, and what it says of days that lack intervals."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.app.factory import create_app
from operational.kernel import db, settings
from operational.kernel.presentation.formatting import civil_date
from orchestration.intervals.determining import determine
from orchestration.intervals.landing import land_intervals_file
from tests.factories.staff import PASSWORD, create_users

AS_OF = datetime(2026, 7, 1, 12, tzinfo=UTC)
_POINT = text(
    """with place as (insert into operational.addresses (street, building, postal_code, city)
      values ('Lipowa', '1', '00-001', 'Warszawa') returning id)
    insert into operational.supply_points (code, medium, dso_code, address_id, created_by)
    select :code, 'electricity', :dso, id, 'test' from place"""
)
_SENT = (
    ("590310600000000301", "pge", ((10, 24), (11, 24))),
    ("590310600000000302", "pge", ((10, 24),)),  # nothing of its second day came
    ("590322000000000303", "tauron", ((10, 6),)),  # six hours of 24
)


def _land(session: Session, folder: Path) -> None:
    lines = ["supply_point_code,starts_at,minutes,import_kwh"]
    for code, dso, sent in _SENT:
        session.execute(_POINT, {"code": code, "dso": dso})
        for day, hours in sent:
            start = datetime(2026, 3, day - 1, 23, tzinfo=UTC)
            lines += [
                f"{code},{start + timedelta(hours=hour):%Y-%m-%dT%H:%M:%SZ},60,1.5" for hour in range(hours)
            ]
    path = folder / "three_points.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert land_intervals_file(session, path=path, as_of=AS_OF).rows_accepted == 78


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the lake in the test's folder."""
    monkeypatch.setenv("IRIS_LAKE_FOLDER", str(tmp_path / "lake"))
    settings.reset_settings()
    yield tmp_path
    monkeypatch.undo()
    settings.reset_settings()


def _text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_page_of_the_lake(database: str, lake: Path) -> None:
    with db.open_session("app", actor="test", database=database) as session:
        create_users(session)
        _land(session, lake)
    clients = {}
    app = create_app(database=database, config={"WTF_CSRF_ENABLED": False})
    for role in ("billing", "collections"):
        clients[role] = app.test_client()
        assert clients[role].post("/login", data={"login": role, "password": PASSWORD}).status_code == 303

    assert app.test_client().get("/metering/lake").status_code == 303
    assert clients["collections"].get("/metering/lake").status_code == 403
    page = _text(clients["billing"], "/metering/lake")
    assert _cell(page, 10) == []
    assert page.count("pill warn") == 2  # a Parquet file of each distributor waits

    with db.open_session("app", actor="test", database=database) as session:
        determine(session, as_of=AS_OF)
    page = _text(clients["billing"], "/metering/lake")
    assert _cell(page, 10) == ["100", "25"]
    assert _cell(page, 11) == ["50"]
    assert "pill warn" not in page
    assert _cell(_text(clients["billing"], "/metering/lake?month=2026-03&medium=gas"), 10) == []
    assert _cell(_text(clients["billing"], "/metering/lake?month=2026-13"), 10) == ["100", "25"]


def _cell(page: str, day: int) -> list[str]:
    """Return the percentages of a day of March, distributor by distributor."""
    title = re.escape(civil_date(date(2026, 3, day)))
    return re.findall(rf'<td class="c heat\d" title="{title}:[^"]*">(\d+)</td>', page)
