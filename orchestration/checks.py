"""The invariants of ``iris check`` as asset checks: each promise beside the table it is about."""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckKey,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    MetadataValue,
    multi_asset_check,
)

from operational.app import invariants
from orchestration.assets import bank, billing, dunning, files
from orchestration.resources import Iris

# The table that a promise is about, by words of its name; the first that fits counts.
_ABOUT: tuple[tuple[tuple[str, ...], AssetKey], ...] = (
    (("bank", "statement"), bank.LINES),
    (("file", "rows_accounted"), files.RAW_READINGS),
    (("allocation",), bank.ALLOCATIONS),
    (("balance", "ledger", "reversal"), billing.LEDGER),
    (("dunning",), dunning.ACTIONS),
    (("outbox", "message", "letter"), billing.OUTBOX),
    (("run_",), billing.RUNS),
    (("scope", "double", "hole", "contract", "energy"), billing.SCOPES),
)


def about(name: str) -> AssetKey:
    """Return the asset that an invariant is shown with."""
    return next((key for words, key in _ABOUT if any(word in name for word in words)), billing.DOCUMENTS)


_SPECS = [
    AssetCheckSpec(check.name, asset=about(check.name), description=f"{check.code}: {check.promise}")
    for check in invariants.checks()
]


@multi_asset_check(name="invariants", specs=_SPECS, can_subset=True)
def promises(context: AssetCheckExecutionContext, iris: Iris) -> Iterator[AssetCheckResult]:
    """Check every promise about documents, money and energy on the live database, without writing."""
    with iris.session("system:check") as session:
        for result in invariants.check_all(session, as_of=iris.moment()):
            key = AssetCheckKey(about(result.check.name), result.check.name)
            if key in context.selected_asset_check_keys:
                yield _told(result)


def _told(result: invariants.CheckResult) -> AssetCheckResult:
    metadata: dict[str, Any] = {"violations": result.violations}
    if result.skipped:
        metadata["not_checked"] = result.skipped
    if result.examples:
        metadata["examples"] = MetadataValue.md(
            "\n".join(f"- {found.record}: {found.detail}" for found in result.examples)
        )
    return AssetCheckResult(
        check_name=result.check.name, asset_key=about(result.check.name),
        passed=not result.violations and not result.skipped,
        severity=AssetCheckSeverity.WARN if result.skipped else AssetCheckSeverity.ERROR, metadata=metadata,
    )  # fmt: skip
