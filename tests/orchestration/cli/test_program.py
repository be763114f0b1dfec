"""The frame of the command line: exit codes, errors in one sentence, JSON everywhere."""

import json

import pytest
import typer

from operational.kernel.errors import DomainError
from orchestration.cli import program as cli
from orchestration.cli.output import plain


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Replace the commands by three that fail in different ways."""

    def build() -> typer.Typer:
        app = typer.Typer()

        @app.callback()
        def common(
            as_json: bool = typer.Option(False, "--json"), debug: bool = typer.Option(False, "--debug")
        ) -> None:
            assert as_json in (True, False)
            assert debug in (True, False)

        @app.command()
        def refuse() -> None:
            raise DomainError("too_late", "The month [2026-03] is closed. Book into the next one.")

        @app.command()
        def break_down() -> None:
            raise ZeroDivisionError("division by zero")

        @app.command()
        def interrupt() -> None:
            raise KeyboardInterrupt

        return app

    monkeypatch.setattr(cli, "build", build)
    return monkeypatch


def test_a_refusal_is_one_sentence_without_a_traceback(
    failing: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["refuse"]) == 1
    shown = capsys.readouterr()
    assert shown.err == "Error: The month [2026-03] is closed. Book into the next one.\n"
    assert shown.out == ""


def test_json_may_stand_anywhere_and_errors_are_json_too(
    failing: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["refuse", "--json"]) == 1
    content = json.loads(capsys.readouterr().out)
    assert content == {
        "error": {"code": "too_late", "message": "The month [2026-03] is closed. Book into the next one."}
    }


def test_an_unforeseen_error_names_itself_and_the_way_to_see_more(
    failing: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["break-down"]) == 3
    shown = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in shown
    assert "--debug" in shown
    assert "Traceback" not in shown


def test_debug_shows_the_traceback(failing: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        cli.run(["break-down", "--debug"])
    with pytest.raises(DomainError):
        cli.run(["--debug", "refuse"])


def test_ctrl_c_has_its_own_exit_code(
    failing: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["interrupt"]) == 130
    assert "continues where it was" in capsys.readouterr().err


def test_wrong_usage_is_told_apart_from_a_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["no-such-command"]) == 2
    assert "no-such-command" in capsys.readouterr().err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("doctor", "up", "down", "status"))


def test_results_become_plain_json_values() -> None:
    from datetime import date
    from decimal import Decimal

    from orchestration.health import Finding

    content = {"day": date(2026, 3, 1), "amounts": (Decimal("1.50"),), "finding": Finding("x", "ok", "y")}
    assert plain(content) == {
        "day": "2026-03-01",
        "amounts": ["1.50"],
        "finding": {"name": "x", "state": "ok", "detail": "y", "cure": ""},
    }
