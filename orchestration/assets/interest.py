"""Interest notes: proposed by dbt, issued for every customer that owes them."""

from typing import Any

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, MetadataValue, asset

from operational.kernel.calendar import civil_day
from orchestration.assets.bank import ALLOCATIONS
from orchestration.assets.files import RETRIES
from orchestration.interest import run_interest
from orchestration.resources import Iris, refusals_are_final

NOTES = AssetKey(["operational", "interest_notes"])


@asset(
    key=NOTES,
    deps=[ALLOCATIONS],
    description="Interest and compensation notes, each line asked for once.",
    group_name="finance",
    owners=["team:finance"],
    kinds={"python", "postgres"},
    tags={"domain": "finance"},
    retry_policy=RETRIES,
    pool="warehouse",
)
def interest_notes(context: AssetExecutionContext, iris: Iris) -> MaterializeResult[Any]:
    """End plans that are over, compute interest up to today and issue the notes that are due."""
    moment = iris.moment()
    day = civil_day(moment)
    with refusals_are_final():
        done = run_interest(database=iris.database_name(), through=day, issue_date=day, as_of=moment)
    context.log.info("%s notes, %s PLN", done.notes, done.interest)
    return MaterializeResult(
        metadata={
            "through": day.isoformat(),
            "notes": done.notes,
            "interest_pln": MetadataValue.text(str(done.interest)),
            "compensations": done.compensations,
            "compensation_pln": MetadataValue.text(str(done.compensation)),
            "waiting_pln": MetadataValue.text(str(done.waiting)),
            "plans_completed": done.plans_completed,
            "plans_breached": done.plans_breached,
        }
    )
