"""The lineage as people see it: one graph from inbox to marts, who owns what, when things run."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dagster import AssetKey, build_schedule_context, build_sensor_context
from dagster._core.definitions.assets.graph.base_asset_graph import BaseAssetGraph

from operational.app import invariants
from orchestration import inbox
from orchestration.checks import about
from orchestration.definitions import defs
from orchestration.jobs import JOBS
from orchestration.partitions import daily, monthly
from orchestration.resources import Iris
from orchestration.schedules import SCHEDULES, billing_on_the_sixth, readings_every_morning
from orchestration.sensors import SENSORS


@pytest.fixture(scope="module")
def graph() -> BaseAssetGraph:
    return defs.get_repository_def().asset_graph


def _ancestors(graph: BaseAssetGraph, key: AssetKey) -> set[AssetKey]:
    found: set[AssetKey] = set()
    waiting = [key]
    while waiting:
        for parent in graph.get(waiting.pop()).parent_keys - found:
            found.add(parent)
            waiting.append(parent)
    return found


_LOAD = """
from orchestration.definitions import defs
print(len(list(defs.get_repository_def().get_all_jobs())))
"""


def test_definitions_load_without_a_database_or_network(tmp_path: Path) -> None:
    nowhere = {
        **os.environ, "IRIS_HOME": str(tmp_path),
        "IRIS_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nowhere",
        "http_proxy": "http://127.0.0.1:1", "https_proxy": "http://127.0.0.1:1",
    }  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-c", _LOAD],
        env=nowhere, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr[-2000:]
    assert int(told.stdout.split()[-1]) >= len(JOBS)


def test_one_graph_leads_from_the_inbox_through_proposals_and_documents_to_marts(
    graph: BaseAssetGraph,
) -> None:
    documents = _ancestors(graph, AssetKey(["marts", "fct_documents"]))
    for path in (
        ["inbox", "readings"], ["raw", "register_readings"], ["operational", "readings"],
        ["proposals", "prop_document_lines"], ["operational", "billing_runs"], ["operational", "documents"],
    ):  # fmt: skip
        assert AssetKey(path) in documents, path
    payments = _ancestors(graph, AssetKey(["marts", "fct_payments"]))
    assert {
        AssetKey(["inbox", "bank"]),
        AssetKey(["raw", "bank_lines"]),
        AssetKey(["operational", "payments"]),
    } <= payments


def test_proposals_do_not_stand_on_what_was_issued(graph: BaseAssetGraph) -> None:
    proposals = _ancestors(graph, AssetKey(["proposals", "prop_document_lines"]))
    assert (
        not {AssetKey(["operational", name]) for name in ("documents", "document_lines", "billing_runs")}
        & proposals
    )


def test_every_asset_has_a_room_an_owner_kinds_and_a_description(graph: BaseAssetGraph) -> None:
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.group_name not in (None, "default"), key
        assert node.owners, key
        assert node.kinds, key
        assert node.description, key


def test_every_invariant_is_a_check_beside_its_table(graph: BaseAssetGraph) -> None:
    shown = {(key.asset_key, key.name) for key in graph.asset_check_keys}
    assert {(about(check.name), check.name) for check in invariants.checks()} <= shown


def test_dbt_tests_are_checks(graph: BaseAssetGraph) -> None:
    assert [key for key in graph.asset_check_keys if key.asset_key.path[0] == "marts"]


def test_a_partition_is_a_warsaw_day_also_when_the_clock_changes() -> None:
    window = daily.time_window_for_partition_key("2025-10-26")
    start, end = (moment.astimezone(UTC) for moment in (window.start, window.end))
    assert end - start == timedelta(hours=25)
    assert start.hour == 22
    assert "2026-07-01" in monthly.get_partition_keys()


def test_schedules_run_in_warsaw_time_and_are_off_until_switched_on() -> None:
    for found in SCHEDULES:
        assert found.execution_timezone == "Europe/Warsaw", found.name
        assert found.default_status.value == "STOPPED", found.name


def test_the_schedules_ask_for_the_day_and_for_the_month_that_ended() -> None:
    at = datetime(2026, 3, 6, 7, tzinfo=ZoneInfo("Europe/Warsaw"))
    context = build_schedule_context(scheduled_execution_time=at)
    assert billing_on_the_sixth(context).partition_key == "2026-02-01"
    assert readings_every_morning(context).partition_key == "2026-03-06"


def _put(folder: Path, name: str, content: str, *, seconds_ago: float = 60.0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content, encoding="utf-8")
    moment = datetime.now().timestamp() - seconds_ago  # noqa: DTZ005  the file system's own clock
    os.utime(folder / name, (moment, moment))


@pytest.mark.parametrize("kind", ["readings", "intervals", "prices", "factors", "bank"])
def test_a_file_in_the_inbox_asks_for_one_run_and_the_cursor_remembers_it(tmp_path: Path, kind: str) -> None:
    sensor = next(one for one in SENSORS if one.name == f"inbox_{kind}")
    iris = Iris(files=str(tmp_path))
    context = build_sensor_context(resources={"iris": iris}, definitions=defs)
    assert not sensor.evaluate_tick(context).run_requests
    _put(tmp_path / "inbox" / kind, "a.txt", "one")
    _put(tmp_path / "inbox" / kind, "growing.txt", "half", seconds_ago=0)
    _put(tmp_path / "inbox" / kind, ".hidden", "no")
    _put(tmp_path / "inbox" / kind, "b.txt.part", "no")
    tick = sensor.evaluate_tick(context)
    (request,) = tick.run_requests
    assert "a.txt" in json.dumps(request.run_config) and "growing" not in json.dumps(request.run_config)
    assert request.partition_key in daily.get_partition_keys()
    later = build_sensor_context(resources={"iris": iris}, cursor=tick.cursor, definitions=defs)
    assert not sensor.evaluate_tick(later).run_requests
    _put(tmp_path / "inbox" / kind, "a.txt", "changed", seconds_ago=30)
    changed = build_sensor_context(resources={"iris": iris}, cursor=tick.cursor, definitions=defs)
    assert sensor.evaluate_tick(changed).run_requests


def test_two_files_of_one_name_are_both_kept_in_the_archive(tmp_path: Path) -> None:
    for content in ("one", "two", "two"):
        _put(tmp_path / "inbox", "a.csv", content)
        (file,) = inbox.waiting(tmp_path / "inbox")
        inbox.archive(file, tmp_path / "archive")
    assert sorted(path.read_text() for path in (tmp_path / "archive").iterdir()) == ["one", "two"]
