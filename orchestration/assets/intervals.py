"""Interval data and market prices: from the inbox into the lake, and determinants per delivery month.

The partition of a file is the Warsaw day on which it was taken; the partition of determinants is the delivery
month. A month that runs again computes only what changed in it.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Config,
    MaterializeResult,
    MetadataValue,
    multi_asset,
)
from pydantic import Field

from operational.metering import lake as lake_reads
from orchestration.assets.files import RETRIES, Taking, put_away, taken_files
from orchestration.intervals.determining import determine
from orchestration.intervals.landing import land_intervals_file
from orchestration.intervals.prices import land_factors_file, land_prices_file
from orchestration.intervals.results import LakeResult
from orchestration.partitions import daily, monthly, one_by_one
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:lake"
LAKE = AssetKey(["lake", "intervals"])
PRICES = AssetKey(["lake", "market_prices"])
FACTORS = AssetKey(["lake", "conversion_factors"])
DETERMINANTS = AssetKey(["lake", "interval_determinants"])
_SHOWN = 20
_Land = Callable[..., LakeResult]
KINDS: dict[str, tuple[AssetKey, _Land]] = {
    "intervals": (LAKE, land_intervals_file),
    "prices": (PRICES, land_prices_file),
    "factors": (FACTORS, land_factors_file),
}


def _spec(key: AssetKey, description: str, *deps: AssetKey) -> AssetSpec:
    return AssetSpec(
        key, deps=deps, description=description, group_name="metering", owners=["team:metering"],
        kinds={"python", "duckdb", "parquet"}, tags={"domain": "metering"},
    )  # fmt: skip


@multi_asset(
    name="lake_files",
    specs=[
        _spec(
            LAKE, "Intervals as Parquet by medium, delivery month and DSO.", AssetKey(["inbox", "intervals"])
        ),
        _spec(PRICES, "Day-ahead prices, RCE and RCEm by their start in UTC.", AssetKey(["inbox", "prices"])),
        _spec(FACTORS, "Gas conversion factors by area and month.", AssetKey(["inbox", "factors"])),
    ],
    check_specs=[
        AssetCheckSpec(
            "nothing_refused", asset=LAKE, description="No row and no file of this run was refused."
        )
    ],
    partitions_def=daily,
    backfill_policy=one_by_one,
    retry_policy=RETRIES,
    pool="landing",
)
def lake_files(context: AssetExecutionContext, config: Taking, iris: Iris) -> Iterator[Any]:
    """Land every file of intervals, prices and factors that waits; a broken one stops no other."""
    results: dict[str, list[LakeResult]] = {kind: [] for kind in KINDS}
    with refusals_are_final():
        for kind, (_, land) in KINDS.items():
            for file, received_at in taken_files(context, config, iris, kind):
                with iris.session(ACTOR) as session:
                    result = land(session, path=file.path, as_of=received_at)
                context.log.info("%s: %s, %s rows", file.name, result.status, result.rows_read)
                refused = result.status == "refused"
                put_away(context, iris, file, kind=kind, refused=refused)
                results[kind].append(result)
    for kind, (key, _) in KINDS.items():
        yield MaterializeResult(asset_key=key, metadata=_told(results[kind]))
    lines = [
        f"{one.name}: {one.message or f'{len(one.entries)} entries in quarantine'}"
        for found in results.values()
        for one in found
        if not one.is_clean
    ]
    first = "\n".join(f"- {line}" for line in lines[:_SHOWN])
    yield AssetCheckResult(
        check_name="nothing_refused",
        asset_key=LAKE,
        passed=not lines,
        severity=AssetCheckSeverity.WARN,
        metadata={"refused": len(lines), "first": MetadataValue.md(first)},
    )


def _told(found: list[LakeResult]) -> dict[str, Any]:
    return {
        "files": len(found),
        "dagster/row_count": sum(one.rows_accepted for one in found),
        "rows_duplicate": sum(one.rows_duplicate for one in found),
        "rows_rejected": sum(one.rows_rejected for one in found),
        "sha256": MetadataValue.text(", ".join(one.sha256[:12] for one in found[:_SHOWN])),
    }


class Computing(Config):
    """How far determinants are computed."""

    full: bool = Field(default=False, description="Compute everything of the month, not only what changed.")


@multi_asset(
    name="interval_determinants",
    specs=[
        AssetSpec(
            DETERMINANTS,
            deps=[LAKE, PRICES],
            group_name="metering",
            owners=["team:metering"],
            kinds={"python", "ibis", "postgres"},
            tags={"domain": "metering"},
            description="Determinants per supply point and day; a changed value is a new version.",
        )
    ],
    partitions_def=monthly,
    backfill_policy=one_by_one,
    retry_policy=RETRIES,
    pool="landing",
)
def interval_determinants(
    context: AssetExecutionContext, config: Computing, iris: Iris
) -> Iterator[MaterializeResult[Any]]:
    """Compute what changed in a delivery month; a second run writes nothing."""
    month = date.fromisoformat(context.partition_key)
    with refusals_are_final(), iris.session(ACTOR) as session:
        found = determine(session, as_of=iris.moment(), full=config.full, month=month)
        complete = lake_reads.completeness(session, month=month)
    there, wanted = sum(one.intervals for one in complete), sum(one.expected for one in complete)
    seconds = {name: round(value, 2) for name, value in found.seconds.items()}
    yield MaterializeResult(
        asset_key=DETERMINANTS,
        metadata={
            "dagster/row_count": found.written.inserted,
            "rows_superseded": found.written.superseded,
            "rows_unchanged": found.written.unchanged,
            "intervals": found.intervals,
            "engine": found.engine,
            "completeness": round(there / wanted, 6) if wanted else 1.0,
            "seconds": MetadataValue.json(seconds),
        },
    )
