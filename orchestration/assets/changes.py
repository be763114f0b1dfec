"""Changes of contracts that come by themselves: ends of fixed terms, debit notes, notices of new prices."""

from dataclasses import asdict
from typing import Any

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, asset

from operational.kernel.calendar import civil_day
from orchestration.assets.files import RETRIES
from orchestration.contract_changes import run_night
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:contracts"
CHANGES = AssetKey(["operational", "contract_changes"])


@asset(
    key=CHANGES,
    description="Contracts whose fixed term is over go on or end by rule; debit notes of early ends; notices "
    "of indexations.",
    group_name="crm",
    owners=["team:sales"],
    kinds={"python", "postgres"},
    tags={"domain": "crm"},
    retry_policy=RETRIES,
)
def contract_changes(context: AssetExecutionContext, iris: Iris) -> MaterializeResult[Any]:
    """Do what is due on the business day; a second run does nothing twice."""
    moment = iris.moment()
    with refusals_are_final():
        done = run_night(session_factory=iris.sessions(ACTOR), day=civil_day(moment), as_of=moment)
    context.log.info("%s went on, %s ended, %s debit notes", done.continued, done.ended, done.debit_notes)
    return MaterializeResult(metadata=asdict(done))
