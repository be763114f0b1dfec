"""Files in the inbox start a run; the cursor remembers what was asked for, so a run that failed is not
repeated."""

import hashlib
import json
from collections.abc import Callable

from dagster import (
    DefaultSensorStatus,
    RunConfig,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from operational.billing.simulation.queries import waiting
from operational.kernel import clock
from operational.metering import lake
from orchestration import inbox, jobs, partitions
from orchestration.assets.files import Taking
from orchestration.resources import Iris


def _inbox_sensor(kind: str, op: str, job: UnresolvedAssetJobDefinition) -> SensorDefinition:
    @sensor(
        name=f"inbox_{kind}",
        job=job,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
        description=f"Start {job.name} when files stand in inbox/{kind}. A file still being written waits.",
    )
    def watch(context: SensorEvaluationContext, iris: Iris) -> RunRequest | SkipReason:
        found = inbox.waiting(iris.inbox(kind), settled_seconds=inbox.SETTLED_SECONDS)
        asked = set(json.loads(context.cursor)) if context.cursor else set()
        present = {file.mark for file in found}
        new = [file for file in found if file.mark not in asked]
        context.update_cursor(json.dumps(sorted(present)))
        if not new:
            waits = f"{len(found)} files were asked for before and stand there still" if found else "no files"
            return SkipReason(f"inbox/{kind}: {waits}.")
        names = [file.name for file in new]
        digest = hashlib.sha256("\n".join(file.mark for file in new).encode()).hexdigest()[:16]
        return RunRequest(
            run_key=f"{kind}:{digest}",
            partition_key=clock.today().isoformat(),
            run_config=RunConfig(ops={op: Taking(names=names)}),
            tags={"iris/files": str(len(names))},
        )

    return watch


@sensor(
    name="lake_changes",
    job=jobs.determine_intervals,
    minimum_interval_seconds=60,
    default_status=DefaultSensorStatus.RUNNING,
    description="Compute the delivery months for which new interval files or corrections wait.",
)
def lake_changes(context: SensorEvaluationContext, iris: Iris) -> list[RunRequest] | SkipReason:
    """Ask for a run per month with waiting files; the run key is what waits, so nothing is asked twice."""
    with iris.session("system:lake") as session:
        waiting = lake.waiting_months(session)
    known = {*partitions.monthly.get_partition_keys()}
    found = [(month.isoformat(), newest) for month, newest in waiting if month.isoformat() in known]
    if not found:
        return SkipReason("No interval file waits for its determinants.")
    return [RunRequest(run_key=f"lake:{month}:{newest}", partition_key=month) for month, newest in found]


_MAKE: Callable[[str, str, UnresolvedAssetJobDefinition], SensorDefinition] = _inbox_sensor


@sensor(
    name="asked_simulations",
    job=jobs.simulate,
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    description="Compute the simulations that people asked for in the staff app.",
)
def asked_simulations(iris: Iris) -> RunRequest | SkipReason:
    """Ask for one run when simulations wait; the run key is the newest, so nothing is asked twice."""
    with iris.session("system:simulation") as session:
        found = waiting(session)
    if not found:
        return SkipReason("Nobody asked for a simulation.")
    return RunRequest(run_key=f"simulation:{found[-1]}")


SENSORS = [
    _MAKE("readings", "meter_files", jobs.ingest_readings),
    _MAKE("intervals", "lake_files", jobs.ingest_intervals),
    _MAKE("prices", "lake_files", jobs.ingest_intervals),
    _MAKE("factors", "lake_files", jobs.ingest_intervals),
    _MAKE("bank", "bank_files", jobs.import_bank),
    _MAKE("switching", "switching_files", jobs.take_switching),
    lake_changes,
    asked_simulations,
]
