"""The watch from signature to bill: billed pairs leave it, late and lost ones are counted each day."""

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, asset

from operational.crm.service import watch
from operational.kernel.calendar import civil_day
from orchestration.assets.billing import DOCUMENTS
from orchestration.assets.files import RETRIES
from orchestration.resources import Iris

WATCH = AssetKey(["operational", "watch_points"])


@asset(
    key=WATCH,
    deps=[DOCUMENTS],
    description="Contracts x points without a sent first bill: what is late or lost, and the zloty at stake.",
    group_name="crm",
    owners=["team:crm"],
    kinds={"python", "postgres"},
    tags={"domain": "crm"},
    retry_policy=RETRIES,
)
def sign_to_bill(context: AssetExecutionContext, iris: Iris) -> MaterializeResult[None]:
    """Refresh the watch of the business day; a second run on the same day only counts again."""
    with iris.session("system:assurance") as session:
        made = watch.refresh(session, as_of=civil_day(iris.moment()))
        session.commit()
    context.log.info("%s open, %s late, %s lost", made.open_count, made.late_count, made.lost_count)
    return MaterializeResult(
        metadata={
            "open": made.open_count, "late": made.late_count, "lost": made.lost_count,
            "at_stake_pln": float(made.stake), "finished": made.finished,
        }
    )  # fmt: skip
