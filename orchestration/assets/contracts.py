"""Starts of supply that need no distributor: direct ones, takeovers, new connections, each on its day."""

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, MetadataValue, asset

from operational.crm.contracts.activation import activate_due
from operational.kernel.calendar import civil_day
from orchestration.assets.files import RETRIES
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:contracts"
ACTIVATIONS = AssetKey(["operational", "contract_starts"])


@asset(
    key=ACTIVATIONS,
    description="Requested starts whose day has come and that wait for nobody, now supplied under their "
    "contract.",
    group_name="crm",
    owners=["team:sales"],
    kinds={"python", "postgres"},
    tags={"domain": "crm"},
    retry_policy=RETRIES,
)
def contract_starts(context: AssetExecutionContext, iris: Iris) -> MaterializeResult[None]:
    """Activate what is due on the business day; a second run activates nothing twice."""
    moment = iris.moment()
    with refusals_are_final(), iris.sessions(ACTOR)() as session:
        done = activate_due(session, day=civil_day(moment), as_of=moment)
        session.commit()
    context.log.info("%s points started, %s refused", done.started, len(done.refused))
    return MaterializeResult(
        metadata={
            "started": done.started,
            "refused": MetadataValue.json(
                [f"{row.contract_number} {row.supply_point_code}: {row.message}" for row in done.refused]
            ),
        }
    )
