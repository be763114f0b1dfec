"""Files of distributors: from the inbox through the gate to raw rows, facts and quarantine.

The partition of a file is the Warsaw day on which it was taken from the inbox. A partition that runs again
takes its own files from the archive once more: they are known by their content, so nothing is written twice.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Backoff,
    Config,
    FreshnessPolicy,
    Jitter,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    multi_asset,
)
from pydantic import Field

from operational.kernel.calendar import civil_day
from operational.metering.operations import IngestResult, RetryResult, land_readings_file, retry_rejected_rows
from orchestration import inbox
from orchestration.expectations.gate import FilesReport, GateReport, MeterContent, check_meter_files
from orchestration.partitions import daily, one_by_one
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:ingest"
INBOX = AssetKey(["inbox", "readings"])
RAW_READINGS = AssetKey(["raw", "register_readings"])
RAW_VOLUMES = AssetKey(["raw", "billed_volumes"])
QUARANTINE = AssetKey(["raw", "rejected_rows"])
READINGS = AssetKey(["operational", "readings"])
VOLUMES = AssetKey(["operational", "billed_volumes"])
RETRIES = RetryPolicy(max_retries=2, delay=20, backoff=Backoff.EXPONENTIAL, jitter=Jitter.PLUS_MINUS)
_FRESH = FreshnessPolicy.time_window(fail_window=timedelta(days=70), warn_window=timedelta(days=35))
_SHOWN = 20


class Taking(Config):
    """Which files of the inbox a run takes."""

    names: list[str] = Field(default_factory=list, description="File names; empty: everything in the inbox.")
    received_at: dict[str, str] = Field(
        default_factory=dict, description="Instant (ISO) at which a file came, by name; default: the run's."
    )
    run_expectations: bool = Field(default=True, description="Let Great Expectations judge the rows first.")


def _spec(
    key: AssetKey, description: str, *deps: AssetKey, group: str = "metering", **more: Any
) -> AssetSpec:
    return AssetSpec(
        key, deps=deps, description=description, group_name=group, owners=["team:metering"],
        kinds={"python", "postgres"}, tags={"domain": "metering"}, **more,
    )  # fmt: skip


@multi_asset(
    name="meter_files",
    specs=[
        _spec(RAW_READINGS, "Register readings as distributors sent them, accepted or repeated.", INBOX),
        _spec(RAW_VOLUMES, "Volumes billed by distributors as they sent them.", INBOX),
        _spec(QUARANTINE, "Rows that did not pass the gate, with reason and cure (docs/formats.md).", INBOX),
        _spec(
            READINGS,
            "Facts: register values at the end of a day, by version.",
            RAW_READINGS,
            freshness_policy=_FRESH,
        ),
        _spec(VOLUMES, "Facts: volumes of periods, by version.", RAW_VOLUMES),
    ],
    check_specs=[
        AssetCheckSpec(
            "rows_as_expected",
            asset=RAW_READINGS,
            description="Great Expectations: the suite of the file's kind.",
        ),
        AssetCheckSpec(
            "nothing_refused", asset=QUARANTINE, description="No row and no file of this run was refused."
        ),
    ],
    partitions_def=daily,
    backfill_policy=one_by_one,
    retry_policy=RETRIES,
    pool="landing",
)
def meter_files(context: AssetExecutionContext, config: Taking, iris: Iris) -> Iterator[Any]:
    """Land every file of distributors that waits in the inbox; a broken one stops no other."""
    taken = [
        (file, MeterContent(file.name, file.path.read_bytes()), received_at)
        for file, received_at in taken_files(context, config, iris, "readings")
    ]
    results: list[IngestResult] = []
    with refusals_are_final():
        report = _expectations(taken) if config.run_expectations else FilesReport((), {})
        for file, found, received_at in taken:
            with iris.session(ACTOR) as session:
                result = land_readings_file(
                    session, content=found.content, name=file.name, as_of=received_at,
                    refusals=report.refusals.get(file.name, {}),
                )  # fmt: skip
            context.log.info("%s: %s, %s rows", file.name, result.status, result.rows_read)
            refused = result.status == "refused"
            put_away(context, iris, file, kind="readings", refused=refused)
            results.append(result)
        with iris.session(ACTOR) as session:
            retried = retry_rejected_rows(session, as_of=iris.moment())
    yield from _told(results, retried)
    yield from _checked(results, report.reports)


def _expectations(taken: list[tuple[inbox.InboxFile, MeterContent, datetime]]) -> FilesReport:
    """Check the rows of all files, as of the day on which the last one came."""
    if not taken:
        return FilesReport((), {})
    last = max(received_at for _, _, received_at in taken)
    return check_meter_files([found for _, found, _ in taken], day=civil_day(last))


def taken_files(
    context: AssetExecutionContext, config: Taking, iris: Iris, kind: str
) -> list[tuple[inbox.InboxFile, datetime]]:
    """Return the files of a run with the instant each came: the inbox's, then those its partition took
    before."""
    found = inbox.waiting(iris.inbox(kind), names=config.names)
    if not config.names:
        found += inbox.waiting(iris.archive(kind) / context.partition_key)
    moment = iris.moment()
    came = {name: datetime.fromisoformat(text) for name, text in config.received_at.items()}
    return sorted(
        ((file, came.get(file.name, moment)) for file in found), key=lambda pair: (pair[1], pair[0].name)
    )


def put_away(
    context: AssetExecutionContext,
    iris: Iris,
    file: inbox.InboxFile,
    *,
    kind: str,
    refused: bool,
) -> None:
    """Move a taken file to the archive of its partition; refused ones stand in a folder of their own."""
    folder = iris.archive(kind) / context.partition_key
    inbox.archive(file, folder / "refused" if refused else folder)


def _told(results: list[IngestResult], retried: RetryResult) -> Iterator[MaterializeResult[Any]]:
    files = MetadataValue.md(_table(results))
    for raw, fact in ((RAW_READINGS, READINGS), (RAW_VOLUMES, VOLUMES)):
        mine = [result for result in results if result.kind == raw.path[-1]]
        accepted = sum(result.rows_accepted for result in mine)
        told: dict[str, Any] = {
            "files": len(mine),
            "dagster/row_count": sum(result.rows_accepted + result.rows_duplicate for result in mine),
            "rows_accepted": accepted,
            "rows_duplicate": sum(result.rows_duplicate for result in mine),
            "sha256": MetadataValue.text(", ".join(result.sha256[:12] for result in mine[:_SHOWN])),
        }
        yield MaterializeResult(asset_key=raw, metadata=told | {"taken": files})
        yield MaterializeResult(asset_key=fact, metadata={"rows_accepted": accepted})
    quarantined: dict[str, Any] = {
        "rows_rejected": sum(result.rows_rejected for result in results),
        "rows_tried_again": retried.rows_tried,
        "rows_accepted_now": retried.rows_accepted,
        "still_waiting": len(retried.rejected),
    }
    yield MaterializeResult(asset_key=QUARANTINE, metadata=quarantined)


def _checked(results: list[IngestResult], reports: Sequence[GateReport]) -> Iterator[AssetCheckResult]:
    failing = {
        f"{report.suite} {found.rule}": found.failing
        for report in reports
        for found in report.results
        if found.failing
    }
    yield AssetCheckResult(
        check_name="rows_as_expected", asset_key=RAW_READINGS, passed=not failing,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "rows_checked": sum(report.rows for report in reports), "failing": MetadataValue.json(failing)
        },
    )  # fmt: skip
    refused = [f"{result.name}: {result.message}" for result in results if result.status == "refused"]
    rejected = [(result.name, row) for result in results for row in result.rejected]
    refused += [f"{name}, line {row.row_no}: {row.reason} {row.cure}" for name, row in rejected]
    yield AssetCheckResult(
        check_name="nothing_refused", asset_key=QUARANTINE, passed=not refused,
        severity=AssetCheckSeverity.WARN,
        metadata={
            "refused": len(refused),
            "first": MetadataValue.md("\n".join(f"- {line}" for line in refused[:_SHOWN])),
        },
    )  # fmt: skip


def _table(results: list[IngestResult]) -> str:
    rows = [
        f"| {result.name} | {result.status} | {result.rows_accepted} | {result.rows_duplicate} "
        f"| {result.rows_rejected} |"
        for result in results[:_SHOWN]
    ]
    return "\n".join(["| File | Status | Accepted | Repeated | Refused |", "|---|---|---:|---:|---:|", *rows])
