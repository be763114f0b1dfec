"""`iris ingest`: exit codes, reasons and cures, JSON."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text

from operational.kernel import db
from operational.kernel.settings import reset_settings
from orchestration.cli import program as cli
from tests.operational.metering.landing.market import Place, make_place, reading, readings_file


@pytest.fixture
def live(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Make the test's database the one of the command line."""
    monkeypatch.setenv("IRIS_DATABASE_NAME", database)
    reset_settings()
    yield database
    monkeypatch.undo()
    reset_settings()


def _place(database: str, ordinal: int) -> Place:
    with db.open_session("app", actor="test", database=database) as session:
        return make_place(session, ordinal)


def test_good_files_are_taken_and_the_same_again_changes_nothing(
    live: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "march.csv"
    path.write_bytes(readings_file([reading(_place(live, 1), date(2026, 3, 31), "12")]))
    assert cli.run(["ingest", "readings", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["rows_accepted"] == 1
    assert cli.run(["ingest", "readings", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["status"] == "already_loaded"


def test_a_refused_row_is_told_with_file_line_reason_and_cure_and_can_be_tried_again(
    live: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = _place(live, 1)
    with db.open_session("app", actor="test", database=live) as session:
        unknown = make_place(session, 2)
        session.rollback()
    path = tmp_path / "march.csv"
    path.write_bytes(readings_file([reading(place, date(2026, 3, 31), "12") for place in (known, unknown)]))
    assert cli.run(["ingest", "readings", str(path), "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    (row,) = found["rejected"]
    assert (found["name"], row["row_no"], row["code"]) == ("march.csv", 3, "unknown_supply_point")
    assert unknown.code in row["reason"] and row["cure"]
    assert cli.run(["ingest", "readings", str(path)]) == 1  # its row is refused still
    assert "already_loaded" in "".join(capsys.readouterr().out.split())
    assert cli.run(["ingest", "retry"]) == 1
    assert _place(live, 2).code == unknown.code
    assert cli.run(["ingest", "retry", "--json"]) == 0
    with db.open_session("app", actor="test", database=live) as session:
        assert session.execute(text("select count(*) from operational.readings")).scalar_one() == 2


def test_a_broken_bank_file_is_refused_with_exit_code_1(
    live: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bank.sta"
    path.write_text("this is no statement", encoding="utf-8")
    assert cli.run(["ingest", "bank", str(path), "--json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert found["status"] == "rejected" and found["rejection"]["cure"]
