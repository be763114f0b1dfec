"""`iris products`: what is sold, and a year on a sample profile, from the command line."""

import json

import pytest

from operational.kernel.settings import reset_settings
from orchestration.cli import program as cli


def test_the_list_and_the_preview_answer(
    book: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IRIS_DATABASE_NAME", book)
    reset_settings()
    try:
        assert cli.run(["products", "list", "--json"]) == 0
        listed = {row["code"]: row for row in json.loads(capsys.readouterr().out)}
        assert listed["DOM"]["on_sale"] == 3 and listed["GAZ"]["kind"] == "gas"
        asked = ["products", "preview", "DOM", "--group", "G12", "--kwh", "3000", "--from", "2026-07-15"]
        assert cli.run([*asked, "--json"]) == 0
        cost = json.loads(capsys.readouterr().out)
        assert (float(cost["energy_kwh"]), cost["projected_from"]) == (3000, "2027-01-01")
        assert cli.run(["products", "preview", "NIEMA"]) == 1
        assert "There is no price list NIEMA" in capsys.readouterr().err
    finally:
        monkeypatch.undo()
        reset_settings()
