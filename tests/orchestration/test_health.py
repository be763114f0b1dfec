"""The examinations of ``iris doctor``."""

import pytest

from operational.kernel.errors import DomainError
from operational.kernel.server import ServerInfo
from operational.kernel.settings import get_settings
from orchestration import health


def test_this_machine_can_run_iris(server_info: ServerInfo) -> None:
    findings = [look() for _, look in health.examine()]
    broken = [(found.name, "fsync is off" in found.detail) for found in findings if found.state == "broken"]
    # A test server in memory does not wait for a disk, and the examination must say so.
    assert broken == ([] if get_settings().database_waits_for_disk else [("PostgreSQL", True)])
    assert all(found.cure for found in findings if found.state != "ok")


def test_an_examination_that_fails_becomes_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> ServerInfo:
        raise DomainError("no", "PostgreSQL has no room. Make some.")

    monkeypatch.setattr(health.server, "ensure_running", refuse)
    found = dict(health.examine())["PostgreSQL"]()
    assert (found.state, found.detail) == ("broken", "PostgreSQL has no room. Make some.")


def test_a_full_disk_is_told_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_DISK_WANTED_GIGABYTES", 10**9)
    found = dict(health.examine())["disk"]()
    assert found.state == "broken"
    assert "IRIS_HOME" in found.cure


def test_a_package_in_the_wrong_version_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        health, "requires", lambda _name: ["rich>=99", "no-such-package-of-ours", "x>9; extra == 'dev'"]
    )
    found = dict(health.examine())["packages"]()
    assert found.state == "broken"
    assert "rich is" in found.detail
    assert "no-such-package-of-ours is missing" in found.detail
