"""Simulations that people asked for: the portfolio of a month under other prices."""

from typing import Any

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, asset

from operational.billing.simulation.queries import waiting
from orchestration.resources import Iris, refusals_are_final
from orchestration.simulation import run_simulation

RESULTS = AssetKey(["operational", "simulation_results"])


@asset(
    key=RESULTS,
    deps=[AssetKey(["proposals", "prop_document_lines"])],
    description="Bills of a month as they would be under other prices, beside those that count.",
    group_name="billing",
    owners=["team:billing"],
    kinds={"python", "postgres"},
    tags={"domain": "billing"},
    pool="warehouse",
)
def simulation_results(context: AssetExecutionContext, iris: Iris) -> MaterializeResult[Any]:
    """Compute every simulation that waits, one after the other."""
    with iris.session("system:simulation") as session:
        asked = waiting(session)
    compared = 0
    for simulation_id in asked:
        with refusals_are_final():
            scopes, seconds = run_simulation(
                database=iris.database_name(), simulation_id=simulation_id, as_of=iris.moment()
            )
        compared += scopes
        context.log.info("simulation %s: %s bills in %.1f s", simulation_id, scopes, seconds)
    return MaterializeResult(metadata={"simulations": len(asked), "bills": compared})
