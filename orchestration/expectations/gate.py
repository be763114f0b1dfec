"""Run a suite over the rows of one file; rows that fail a critical rule are named with reason and cure."""

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from operational.kernel.errors import DomainError
from operational.metering.formats.detect import read_meter_file
from operational.metering.formats.readings import (
    BilledVolumeRow,
    MeterFileError,
    RecordKind,
    RegisterReadingRow,
    RejectedRow,
)
from orchestration.expectations.suites import Rule, Suite, readings_suite, volumes_suite

_EXAMPLES = 5


class _EveryCode:
    """Wrong check digits are judged when the file is landed, where the register of points is known."""

    def __contains__(self, code: object) -> bool:
        return True


class GateBroken(DomainError):
    """A rule that could not be checked: nothing is known of the rows, so the file waits."""

    def __init__(self, rule: str, told: str) -> None:
        lines = told.replace("\\n", "\n").strip().splitlines()
        super().__init__(
            "gate_broken",
            f"The expectation {rule} could not be checked: {' '.join(lines[-1:])[:400]} "
            "Correct the suite, or land the file without expectations (iris ingest readings).",
        )


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule found: how many rows fail it, and a few of their values."""

    rule: str
    column: str
    severity: str
    failing: int
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateReport:
    """What a suite found in the rows of a file; ``refusals`` are the rows for the quarantine, by line."""

    suite: str
    rows: int
    results: tuple[RuleResult, ...]
    refusals: dict[int, RejectedRow]

    @property
    def passes(self) -> bool:
        """Return whether every row keeps every rule."""
        return not any(result.failing for result in self.results)


@dataclass(frozen=True, slots=True)
class MeterContent:
    """A file of a distributor: its name and bytes."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FilesReport:
    """What the suites found in several files; ``refusals`` by file name and line."""

    reports: tuple[GateReport, ...]
    refusals: dict[str, dict[int, RejectedRow]]


def check_meter_files(files: Sequence[MeterContent], *, day: date) -> FilesReport:
    """Check the readable rows of distributors' files, all of one kind at once: a suite costs more than rows.

    Files that cannot be read as a whole have no rows here; landing them says why.
    """
    rows: dict[RecordKind, list[dict[str, Any]]] = {kind: [] for kind in RecordKind}
    origins: dict[RecordKind, list[tuple[str, int]]] = {kind: [] for kind in RecordKind}
    for file in files:
        try:
            read = read_meter_file(file.content, file_name=file.name, confirmed_codes=_EveryCode())
        except MeterFileError:
            continue
        for row in read.rows:
            if not isinstance(row, RejectedRow):
                origins[read.record].append((file.name, row.row_no))
                number = len(origins[read.record])
                rows[read.record].append(_plain(row) | {"row_no": number, "file_name": file.name})
    suites = {RecordKind.READINGS: readings_suite(day), RecordKind.VOLUMES: volumes_suite(day)}
    reports = {kind: check_rows(suite, rows[kind]) for kind, suite in suites.items() if rows[kind]}
    refusals: dict[str, dict[int, RejectedRow]] = {}
    for kind, report in reports.items():
        for number, refusal in report.refusals.items():
            name, row_no = origins[kind][number - 1]
            refusals.setdefault(name, {})[row_no] = replace(refusal, row_no=row_no)
    return FilesReport(tuple(reports.values()), refusals)


def check_rows(suite: Suite, rows: Sequence[dict[str, Any]]) -> GateReport:
    """Check rows; each has ``row_no`` and the columns that the suite names."""
    if not rows:
        return GateReport(suite.name, 0, (), {})
    results: list[RuleResult] = []
    refusals: dict[int, RejectedRow] = {}
    for rule, found in zip(suite.rules, _validated(suite, rows), strict=True):
        failing = _failing_rows(found)
        column = str(rule.arguments.get("column") or ", ".join(rule.arguments.get("column_list", ())))
        examples = tuple(
            str(value) for value in found["result"].get("partial_unexpected_list", ())[:_EXAMPLES]
        )
        results.append(RuleResult(rule.code, column, rule.severity, len(failing), examples))
        if rule.severity == "critical":
            for row_no in failing:
                refusals.setdefault(row_no, RejectedRow(row_no, "", rule.code, rule.reason, rule.cure))
    return GateReport(suite.name, len(rows), tuple(results), refusals)


def _plain(row: RegisterReadingRow | BilledVolumeRow) -> dict[str, Any]:
    values = asdict(row)
    if isinstance(row, BilledVolumeRow):
        values["quantity"], values["days"] = float(row.quantity), (row.period_to - row.period_from).days
        values["unit"], values["quality"] = row.unit.value, row.quality.value
    else:
        values["value"], values["kind"], values["reason"] = float(row.value), row.kind.value, row.reason.value
    return values


@contextmanager
def _spark_unseen() -> Iterator[None]:
    """Keep Great Expectations from loading the Spark client, which it does not need here.

    The client takes a process whose main module has no file (``python -c``, a worker of a test run) for its
    own doctests, looks for a Spark installation and ends the process when there is none (pyspark 4.2,
    ``sql/connect/utils.py``, ``check_dependencies``). A client that is loaded already is left alone.
    """
    if "pyspark" in sys.modules:
        yield
        return
    sys.modules["pyspark"] = None  # type: ignore[assignment]  # importing it raises ImportError
    try:
        yield
    finally:
        del sys.modules["pyspark"]


def _validated(suite: Suite, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Let Great Expectations judge the rows; one result per rule, in their order."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    with _spark_unseen():
        import great_expectations as gx
        import pandas as pd
        from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    frame = pd.DataFrame(list(rows))
    for column, value in rows[0].items():
        if isinstance(value, date):
            frame[column] = frame[column].astype("datetime64[s]")
    source = context.data_sources.add_pandas("gate").add_dataframe_asset("rows")
    batch = source.add_batch_definition_whole_dataframe("all").get_batch({"dataframe": frame})
    made = gx.ExpectationSuite(suite.name, expectations=[_expectation(gx, rule) for rule in suite.rules])
    wanted = {"result_format": "COMPLETE", "unexpected_index_column_names": ["row_no"]}
    outcome = batch.validate(made, result_format=wanted)
    documents: list[dict[str, Any]] = [found.to_json_dict() for found in outcome.results]
    by_key = {document["expectation_config"]["meta"]["key"]: document for document in documents}
    return [by_key[_key(rule)] for rule in suite.rules]


def _expectation(gx: Any, rule: Rule) -> Any:
    kind = getattr(gx.expectations, rule.expectation)
    return kind(**rule.arguments, severity=rule.severity, meta={"key": _key(rule)})


def _key(rule: Rule) -> str:
    return f"{rule.code}:{rule.expectation}"


def _failing_rows(found: dict[str, Any]) -> list[int]:
    """Return lines of the failing rows; raise GateBroken when the rule itself broke down."""
    if found["success"]:
        return []
    if not found["result"]:
        raise GateBroken(found["expectation_config"]["type"], str(found["exception_info"]))
    listed: Iterable[dict[str, Any]] = found["result"].get("unexpected_index_list") or ()
    return sorted({int(entry["row_no"]) for entry in listed})
