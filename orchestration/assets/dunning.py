"""The dunning night: what is overdue becomes steps, messages and orders to distributors."""

from collections.abc import Iterator
from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetSpec, MaterializeResult, MetadataValue, multi_asset

from operational.dunning.operations import run_night
from operational.kernel.calendar import civil_day
from orchestration.assets.bank import ALLOCATIONS
from orchestration.assets.billing import OPEN_ITEMS
from orchestration.assets.files import RETRIES
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:dunning"
CASES = AssetKey(["operational", "dunning_cases"])
ACTIONS = AssetKey(["operational", "dunning_actions"])
ORDERS = AssetKey(["operational", "dso_orders"])


def _spec(key: AssetKey, description: str, *deps: AssetKey) -> AssetSpec:
    return AssetSpec(
        key, deps=deps, description=description, group_name="dunning", owners=["team:dunning"],
        kinds={"python", "postgres"}, tags={"domain": "dunning"},
    )  # fmt: skip


@multi_asset(
    name="dunning_night",
    specs=[
        _spec(
            CASES, "Cases: the overdue debts of a payer and how far they have come.", OPEN_ITEMS, ALLOCATIONS
        ),
        _spec(ACTIONS, "Steps that fired, each once per case, with its debts.", CASES),
        _spec(ORDERS, "Orders to distributors: suspension, withdrawal, resumption.", ACTIONS),
    ],
    retry_policy=RETRIES,
    pool="dunning",
)
def dunning_night(context: AssetExecutionContext, iris: Iris) -> Iterator[Any]:
    """Run the night of the business day; a second run on the same day fires nothing twice."""
    moment = iris.moment()
    with refusals_are_final():
        result = run_night(session_factory=iris.sessions(ACTOR), as_of=civil_day(moment), moment=moment)
    context.log.info("%s payers, %s steps, %s cases opened", result.payers, result.fired, result.opened)
    yield MaterializeResult(asset_key=CASES, metadata={"opened": result.opened, "closed": result.closed})
    yield MaterializeResult(
        asset_key=ACTIONS,
        metadata={
            "steps": result.fired,
            "by_step": MetadataValue.json(result.steps),
            "messages": result.messages,
        },
    )
    yield MaterializeResult(asset_key=ORDERS, metadata={"made": result.orders, "ended": result.ended_orders})
