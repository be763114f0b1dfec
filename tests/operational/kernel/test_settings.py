"""Settings, the business day and the state folder."""

import stat
from collections.abc import Iterator
from datetime import UTC, date
from pathlib import Path

import pytest

from operational.kernel import clock, settings, state


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    """Give the test an environment and a state folder of its own."""
    monkeypatch.setenv("IRIS_HOME", str(tmp_path / "state"))
    settings.reset_settings()
    yield monkeypatch
    monkeypatch.undo()
    settings.reset_settings()


def test_the_business_day_can_be_fixed(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("IRIS_TODAY", "2026-07-15")
    settings.reset_settings()
    assert clock.today() == date(2026, 7, 15)


def test_without_a_fixed_day_it_is_the_warsaw_day(fresh: pytest.MonkeyPatch) -> None:
    assert abs((clock.today() - clock.now().date()).days) <= 1
    assert clock.now().tzinfo is UTC


def test_settings_cannot_be_changed(fresh: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings.get_settings().staff_port = 1


def test_an_empty_variable_means_the_default(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("IRIS_TODAY", "")
    fresh.setenv("IRIS_STAFF_PORT", "")
    settings.reset_settings()
    assert settings.get_settings().today is None
    assert settings.get_settings().staff_port == 8000


def test_a_relative_home_is_inside_the_project(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("IRIS_HOME", "elsewhere")
    settings.reset_settings()
    assert settings.get_settings().home == settings.project_root() / "elsewhere"


def test_secrets_do_not_show_when_settings_are_printed(fresh: pytest.MonkeyPatch) -> None:
    fresh.setenv("IRIS_SMTP_PASSWORD", "hush-hush")
    fresh.setenv("IRIS_DATABASE_URL", "postgresql://admin:hush-hush@db.example/postgres")
    settings.reset_settings()
    assert "hush-hush" not in repr(settings.get_settings())


def test_a_password_is_made_once_and_readable_by_the_owner_only(fresh: pytest.MonkeyPatch) -> None:
    first = state.password("iris_app")
    assert len(first) >= 24
    assert state.password("iris_app") == first
    assert state.password("iris_bi") != first
    mode = (state.home() / "credentials.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_an_existing_file_that_others_can_read_becomes_private(fresh: pytest.MonkeyPatch) -> None:
    path = state.home() / "note"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    state.write_private(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
