"""Change of supplier: answers from the inbox, the night, files into the outbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)

from operational.kernel import state
from operational.kernel.calendar import civil_day
from operational.switching.operations import Received, limits_on, receive_file, release, run_night
from orchestration.assets.files import RETRIES, Taking, put_away, taken_files
from orchestration.partitions import daily, one_by_one
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:switching"
INBOX = AssetKey(["inbox", "switching"])
MESSAGES = AssetKey(["operational", "switching_messages"])
CASES = AssetKey(["operational", "switching_cases"])
FILES = AssetKey(["operational", "switching_files"])


def _spec(key: AssetKey, description: str, *deps: AssetKey) -> AssetSpec:
    return AssetSpec(
        key, deps=deps, description=description, group_name="switching", owners=["team:switching"],
        kinds={"python", "postgres"}, tags={"domain": "switching"},
    )  # fmt: skip


@multi_asset(
    name="switching_files",
    specs=[_spec(MESSAGES, "Answers of distributors and the hub, each once by its number.", INBOX)],
    check_specs=[
        AssetCheckSpec("nothing_refused", asset=MESSAGES, description="No file of this run was refused.")
    ],
    partitions_def=daily,
    backfill_policy=one_by_one,
    retry_policy=RETRIES,
    pool="switching",
)
def switching_files(context: AssetExecutionContext, config: Taking, iris: Iris) -> Iterator[Any]:
    """Take every file of answers that waits in the inbox, one transaction for each."""
    results: list[Received] = []
    for file, received_at in taken_files(context, config, iris, "switching"):
        with refusals_are_final(), iris.session(ACTOR) as session:
            limits = limits_on(session, civil_day(received_at), received_at)
            result = receive_file(session, content=file.path.read_bytes(), name=file.name, limits=limits)
        context.log.info("%s: %s, %s messages", file.name, result.status, result.messages)
        put_away(context, iris, file, kind="switching", refused=result.status == "rejected")
        results.append(result)
    yield MaterializeResult(
        asset_key=MESSAGES,
        metadata={"files": len(results), "messages": sum(result.messages for result in results)},
    )
    refused = [
        f"- {result.name}: {result.reason} {result.cure}" for result in results if result.status == "rejected"
    ]
    yield AssetCheckResult(
        check_name="nothing_refused", asset_key=MESSAGES, passed=not refused,
        severity=AssetCheckSeverity.WARN,
        metadata={"refused": len(refused), "first": MetadataValue.md("\n".join(refused))},
    )  # fmt: skip


@multi_asset(
    name="switching_night",
    specs=[
        _spec(CASES, "Cases of a change of supplier, one for each point and contract.", MESSAGES),
        _spec(FILES, "Files of notifications, each once in the outbox.", CASES),
    ],
    retry_policy=RETRIES,
    pool="switching",
)
def switching_night(context: AssetExecutionContext, iris: Iris) -> Iterator[Any]:
    """Run the night of the business day and put the files that wait into ``outbox/switching``."""
    moment, sessions = iris.moment(), iris.sessions(ACTOR)
    with refusals_are_final():
        result = run_night(session_factory=sessions, as_of=civil_day(moment), moment=moment)
        with sessions() as session, session.begin():
            places = release(
                session, folder=Path(iris.files or state.home()) / "outbox" / "switching", moment=moment
            )
    context.log.info("%s", dict(result.counts))
    yield MaterializeResult(asset_key=CASES, metadata=dict(result.counts))
    yield MaterializeResult(asset_key=FILES, metadata={"files": len(places)})
