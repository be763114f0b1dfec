"""Validation of what came: reported readings are taken, rules V1 to V13 look at the points that changed."""

from typing import Any

from dagster import AssetExecutionContext, AssetKey, Config, MaterializeResult, asset
from pydantic import Field

from operational.metering.operations import take_reports, validate
from orchestration.assets.files import READINGS, RETRIES, VOLUMES
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:validation"
FINDINGS = AssetKey(["operational", "validation_findings"])


class Looking(Config):
    """How far a pass looks."""

    is_full: bool = Field(default=False, description="Look at every point, not only at those that changed.")


@asset(
    key=FINDINGS, deps=[READINGS, VOLUMES], group_name="metering", owners=["team:metering"],
    kinds={"python", "postgres"}, tags={"domain": "metering"}, retry_policy=RETRIES, pool="metering",
    description="Findings of the rules V1 to V13 in the exceptions queue; those that hold, hold their days.",
)  # fmt: skip
def validation_findings(
    context: AssetExecutionContext, config: Looking, iris: Iris
) -> MaterializeResult[Any]:
    """Take reported readings, then run a pass; a second pass over the same data changes nothing."""
    moment = iris.moment()
    with refusals_are_final(), iris.sessions(ACTOR)() as session, session.begin():
        taken = take_reports(session, as_of=moment)
        result = validate(session, as_of=moment, is_full=config.is_full)
    context.log.info("%s points, %s findings, %s settled", result.points, result.opened, result.settled)
    return MaterializeResult(
        metadata={
            "points": result.points, "opened": result.opened, "settled": result.settled,
            "automatic": result.automatic, "reports_taken": taken.taken, "reports_not_taken": taken.not_taken,
        }
    )  # fmt: skip
