"""dbt in the lineage: proposals of a month, and marts; run in this process, told model by model."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from graphlib import TopologicalSorter
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
)
from dagster_dbt import dbt_assets

from operational.kernel.calendar import civil_day, first_of_next_month
from orchestration import warehouse
from orchestration.dbt_project import IrisTranslator, manifest_path
from orchestration.partitions import monthly, one_by_one
from orchestration.resources import Iris, refusals_are_final
from orchestration.warehouse import MARTS, PROPOSALS, NodeResult

MANIFEST = manifest_path()
_RETRIES = RetryPolicy(max_retries=1, delay=30)


@dbt_assets(
    manifest=MANIFEST,
    name="proposals",
    select=" ".join(PROPOSALS),
    dagster_dbt_translator=IrisTranslator(),
    partitions_def=monthly,
    backfill_policy=one_by_one,
    retry_policy=_RETRIES,
    pool="warehouse",
)
def proposals(context: AssetExecutionContext, iris: Iris) -> Iterator[Any]:
    """Compute what is due through the month; facts that have not changed are not computed again."""
    month = date.fromisoformat(context.partition_key)
    with refusals_are_final():
        found = warehouse.compute_proposals(
            database=iris.database_name(), billed_through=first_of_next_month(month) - timedelta(days=1)
        )
    told = {
        "computation": found.id,
        "known_at": found.known_at.isoformat(),
        "billed_through": found.billed_through.isoformat(),
        "facts_unchanged": found.skipped,
        "build_seconds": found.seconds,
    }
    yield from results_of(
        context.assets_def, found.nodes, told, selected=context.selected_asset_keys, unchanged=found.skipped
    )


@dbt_assets(
    manifest=MANIFEST,
    name="marts",
    select=" ".join(MARTS),
    exclude=" ".join(PROPOSALS),
    dagster_dbt_translator=IrisTranslator(),
    retry_policy=_RETRIES,
    pool="warehouse",
)
def marts(context: AssetExecutionContext, iris: Iris) -> Iterator[Any]:
    """Build the marts of E-BI from facts, proposals and documents, with their tests."""
    with refusals_are_final():
        built = warehouse.build_marts(database=iris.database_name(), business_day=civil_day(iris.moment()))
    told = {"invocation": built.invocation_id, "build_seconds": built.seconds}
    yield from results_of(context.assets_def, built.nodes, told, selected=context.selected_asset_keys)


def results_of(
    made: AssetsDefinition,
    nodes: Iterable[NodeResult],
    told: dict[str, Any],
    *,
    selected: Iterable[AssetKey],
    unchanged: bool = False,
) -> Iterator[Any]:
    """Yield one materialisation per selected model and one check per test that dbt has run.

    ``unchanged``: dbt was not run because the facts are those of a computation that has passed all its tests.
    """
    by_name, chosen = {node.name: node for node in nodes}, set(selected)
    order = TopologicalSorter({key: made.asset_deps[key] & chosen for key in chosen})
    for key in order.static_order():
        node = by_name.get(key.path[-1])
        metadata = told | ({"dagster/execution_seconds": node.seconds, "dbt": node.message} if node else {})
        yield MaterializeResult(asset_key=key, metadata=metadata)
    for spec in made.check_specs:
        node = by_name.get(spec.name) or (
            NodeResult(spec.name, "pass", 0, "facts unchanged") if unchanged else None
        )
        if node is not None and spec.asset_key in chosen:
            yield AssetCheckResult(
                check_name=spec.name, asset_key=spec.asset_key, passed=node.status in {"pass", "success"},
                metadata={"status": node.status, "message": MetadataValue.text(node.message)},
            )  # fmt: skip
