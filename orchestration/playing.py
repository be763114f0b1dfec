"""Run the lineage's jobs in this process, so that their runs stand in Dagster's UI without a daemon.

For the demonstration, tests and whoever plays a month by hand. A job costs about a second of its own besides
the work.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from dagster import DagsterInstance, ExecuteInProcessResult, RunConfig

from operational.kernel.calendar import civil_day, first_of_month
from operational.kernel.errors import DomainError
from orchestration.apps import dagster_home
from orchestration.assets.billing import ACTOR, Approving, Issuing
from orchestration.assets.files import Taking
from orchestration.definitions import defs
from orchestration.resources import Iris
from orchestration.run_history import open_instance

# What a run says stands in the instance; what went wrong is raised.
_QUIET: dict[str, Any] = {"console": {"config": {"log_level": "CRITICAL"}}}


class RunFailed(DomainError):
    """A run of Dagster that failed; the message is that of the step."""


@dataclass(frozen=True, slots=True)
class Played:
    """A finished run: its id in Dagster, the job, and whether every asset check passed."""

    run_id: str
    job: str
    checks_failed: tuple[str, ...]


def instance() -> DagsterInstance:
    """Return the instance that the UI of this installation shows; one per process."""
    home = dagster_home()
    os.environ.setdefault("DAGSTER_HOME", str(home))
    return _open(home)


@cache
def _open(home: Path) -> DagsterInstance:
    return open_instance(home)


def take_readings(
    iris: Iris,
    *,
    instance: DagsterInstance | None = None,
    received_at: Mapping[str, datetime] | None = None,
    run_expectations: bool = True,
) -> Played:
    """Land what waits in inbox/readings; the partition is the day of the resource's instant."""
    taking = _taking(received_at, run_expectations=run_expectations)
    return _run("ingest_readings", iris, instance, partition=_day(iris), ops={"meter_files": taking})


def take_intervals(
    iris: Iris,
    *,
    instance: DagsterInstance | None = None,
    received_at: Mapping[str, datetime] | None = None,
) -> Played:
    """Land what waits in inbox/intervals, inbox/prices and inbox/factors in the lake."""
    taking = _taking(received_at, run_expectations=False)
    return _run("ingest_intervals", iris, instance, partition=_day(iris), ops={"lake_files": taking})


def determine_intervals(iris: Iris, *, month: date, instance: DagsterInstance | None = None) -> Played:
    """Compute the determinants that changed in the delivery month that begins on ``month``."""
    return _run("determine_intervals", iris, instance, partition=first_of_month(month).isoformat())


def take_bank(
    iris: Iris,
    *,
    instance: DagsterInstance | None = None,
    received_at: Mapping[str, datetime] | None = None,
    run_expectations: bool = True,
) -> Played:
    """Import what waits in inbox/bank; the partition is the day of the resource's instant."""
    taking = _taking(received_at, run_expectations=run_expectations)
    return _run("import_bank", iris, instance, partition=_day(iris), ops={"bank_files": taking})


def bill(
    iris: Iris,
    *,
    month: date,
    issue_date: date,
    instance: DagsterInstance | None = None,
    actor: str = ACTOR,
    approver: str = ACTOR,
    override_reason: str = "",
) -> Played:
    """Compute, approve, issue and deliver the month that begins on ``month``; nothing is done twice.

    Raises RunFailed when the run keeps not within the safety bounds and no ``override_reason`` is given.
    """
    config = {
        "billing_run": Approving(
            issue_date=issue_date.isoformat(), override_reason=override_reason, actor=actor, approver=approver
        ),
        "issue": Issuing(actor=actor),
    }
    return _run("bill_month", iris, instance, partition=first_of_month(month).isoformat(), ops=config)


def issue_interest(iris: Iris, *, instance: DagsterInstance | None = None) -> Played:
    """Compute interest up to the day of the resource's instant and issue the notes that are due."""
    return _run("issue_interest", iris, instance)


def run_dunning(iris: Iris, *, instance: DagsterInstance | None = None) -> Played:
    """Run the dunning night of the day of the resource's instant; a second run fires nothing twice."""
    return _run("run_dunning", iris, instance)


def build_marts(iris: Iris, *, instance: DagsterInstance | None = None) -> Played:
    """Build the marts for the day of the resource's instant."""
    return _run("build_marts", iris, instance)


def check_promises(iris: Iris, *, instance: DagsterInstance | None = None) -> Played:
    """Check every invariant; a broken one is named in the result and raises nothing."""
    return _run("check_promises", iris, instance, may_fail=True)


def run_month(
    *,
    database: str,
    month: date,
    as_of: datetime,
    instance: DagsterInstance | None = None,
    issue_date: date | None = None,
    files: str = "",
    received_at: Mapping[str, datetime] | None = None,
    override_reason: str = "",
    with_marts: bool = True,
) -> list[Played]:
    """Run a month as the schedules would: files, billing, bank, marts, checks. Raises RunFailed.

    ``as_of`` is the instant at which it happens and ``issue_date`` (default: its day) what documents carry;
    ``received_at`` tells by name when a file came; ``files`` is the folder that holds inbox/ (default: the
    home of IRIS).
    """
    iris = Iris(database=database, files=files, as_of=as_of.isoformat())
    played = [
        take_readings(iris, instance=instance, received_at=received_at),
        bill(
            iris, month=month, issue_date=issue_date or civil_day(as_of), instance=instance,
            override_reason=override_reason,
        ),
        take_bank(iris, instance=instance, received_at=received_at),
    ]  # fmt: skip
    if with_marts:
        played += [build_marts(iris, instance=instance), check_promises(iris, instance=instance)]
    return played


def _taking(received_at: Mapping[str, datetime] | None, *, run_expectations: bool) -> Taking:
    came = {name: moment.isoformat() for name, moment in (received_at or {}).items()}
    return Taking(received_at=came, run_expectations=run_expectations)


def _day(iris: Iris) -> str:
    return civil_day(iris.moment()).isoformat()


def _run(
    job: str,
    iris: Iris,
    instance: DagsterInstance | None,
    *,
    partition: str | None = None,
    ops: Mapping[str, Any] | None = None,
    may_fail: bool = False,
) -> Played:
    found = defs.resolve_job_def(job)
    result = found.execute_in_process(
        run_config=RunConfig(ops=dict(ops or {}), loggers=_QUIET), instance=instance, partition_key=partition,
        resources={"iris": iris}, raise_on_error=False,
    )  # fmt: skip
    if not result.success and not may_fail:
        raise RunFailed("dagster_run_failed", _why(job, partition, result))
    evaluations = result.get_asset_check_evaluations()
    failed = tuple(sorted({found.check_name for found in evaluations if not found.passed}))
    return Played(result.run_id, job, failed)


def _why(job: str, partition: str | None, result: ExecuteInProcessResult) -> str:
    """Return what the failed steps said, or which blocking checks stopped them."""
    told: list[str] = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            said = data.user_failure_data.description if data.user_failure_data else None
            told.append(said or (data.error.message.strip() if data.error else str(event.message)))
    return f"{job} {partition or ''}: {' '.join(_once(told)) or 'the run failed'}"


def _once(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))
