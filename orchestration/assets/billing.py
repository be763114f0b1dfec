"""Billing of a month: from proposals to an approved run, issued documents, and their delivery."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetSpec,
    Config,
    Failure,
    FreshnessPolicy,
    MaterializeResult,
    MetadataValue,
    RetryPolicy,
    multi_asset,
)
from pydantic import Field

from operational import warehouse as proposals
from operational.billing import operations, queries
from operational.billing.queries import Run
from operational.billing.summary import Summary
from operational.kernel.calendar import civil_day
from orchestration import delivering
from orchestration.partitions import monthly, one_by_one
from orchestration.resources import Iris, refusals_are_final

ACTOR = "system:billing"
PROPOSED = [
    AssetKey(["proposals", f"prop_{name}"]) for name in ("document_scopes", "document_lines", "computation")
]
PROPOSED_EXCEPTIONS = AssetKey(["proposals", "prop_billing_exceptions"])
RUNS = AssetKey(["operational", "billing_runs"])
EXCEPTIONS = AssetKey(["operational", "billing_exceptions"])
DOCUMENTS = AssetKey(["operational", "documents"])
LINES = AssetKey(["operational", "document_lines"])
VAT = AssetKey(["operational", "document_vat"])
SCOPES = AssetKey(["operational", "billing_scopes"])
OPEN_ITEMS = AssetKey(["operational", "open_items"])
LEDGER = AssetKey(["operational", "ledger_transfers"])
OUTBOX = AssetKey(["operational", "outbox"])
_FRESH = FreshnessPolicy.time_window(fail_window=timedelta(days=62), warn_window=timedelta(days=40))
_RETRIES = RetryPolicy(max_retries=1, delay=30)


class Approving(Config):
    """How a billing run is made and approved."""

    issue_date: str = Field(default="", description="Day the documents carry (ISO); empty: the business day.")
    approve: bool = Field(default=True, description="Approve by itself a run that keeps every safety bound.")
    override_reason: str = Field(default="", description="Approve a run outside the bounds, for this reason.")
    actor: str = Field(default=ACTOR, description="Who makes the run, as the audit trail will say.")
    approver: str = Field(default=ACTOR, description="Who approves it.")


class Issuing(Config):
    """Who issues."""

    actor: str = Field(default=ACTOR, description="Who issues, as the audit trail will say.")


def _spec(key: AssetKey, description: str, *deps: AssetKey, group: str = "billing", **more: Any) -> AssetSpec:
    return AssetSpec(
        key, deps=deps, description=description, group_name=group, owners=[f"team:{group}"],
        kinds={"python", "postgres"}, tags={"domain": group}, **more,
    )  # fmt: skip


@multi_asset(
    name="billing_run",
    specs=[
        _spec(RUNS, "Runs of a month: figures, safety bounds, who approved.", *PROPOSED),
        _spec(EXCEPTIONS, "What a person must look at before it is billed.", PROPOSED_EXCEPTIONS),
    ],
    check_specs=[
        AssetCheckSpec(
            "approved_within_bounds", asset=RUNS, blocking=True,
            description="The run keeps every safety bound, or a person has approved it; "
            "otherwise nothing is issued.",
        )
    ],
    partitions_def=monthly,
    backfill_policy=one_by_one,
    pool="billing",
)  # fmt: skip
def billing_run(context: AssetExecutionContext, config: Approving, iris: Iris) -> Iterator[Any]:
    """Make the run of the month from the proposals that stand, and approve it when it keeps the bounds."""
    month, moment = date.fromisoformat(context.partition_key), iris.moment()
    issue_date = date.fromisoformat(config.issue_date) if config.issue_date else civil_day(moment)
    with refusals_are_final():
        run = _standing_run(iris, month=month, issue_date=issue_date, config=config)
        if run.status == "computed" and config.approve:
            within = run.summary is None or run.summary.is_within_bounds
            if within or config.override_reason:
                with iris.session(config.approver) as session:
                    operations.approve_run(
                        session, run_id=run.id, as_of=moment, reason="" if within else config.override_reason
                    )
    with iris.session(config.actor) as session:
        run = queries.latest_run(session, billing_month=month) or run
    yield MaterializeResult(asset_key=RUNS, metadata=_figures(run))
    yield MaterializeResult(
        asset_key=EXCEPTIONS,
        metadata={"not_billable": run.summary.not_billable, "parked": run.summary.parked}
        if run.summary
        else {},
    )
    yield AssetCheckResult(
        check_name="approved_within_bounds", asset_key=RUNS,
        passed=run.status in {"approved", "issuing", "issued"},
        metadata={
            "status": run.status,
            "cure": "Look at the run in the staff app, approve or reject it there, "
            "then materialise the documents.",
        },
    )  # fmt: skip


def _standing_run(iris: Iris, *, month: date, issue_date: date, config: Approving) -> Run:
    """Return the run of the computation that stands, the issued one when nothing new is due, or a new one."""
    with iris.session(config.actor) as session:
        run = queries.latest_run(session, billing_month=month)
        found = proposals.computation(session)
        if (
            run is not None
            and run.computation_id == found.computation_id
            and run.status not in {"computed", "rejected"}
        ):
            return run
        if run is not None and run.status == "issued" and run.summary is not None:
            figures = queries.preview(session, billing_month=month, issue_date=issue_date)
            if not _brings_anything(figures, run.summary):
                return run
        operations.create_run(
            session, billing_month=month, computation_id=found.computation_id, issue_date=issue_date,
            as_of=iris.moment(),
        )  # fmt: skip
        made = queries.latest_run(session, billing_month=month)
    assert made is not None  # noqa: S101  it was made four lines above
    return made


def _brings_anything(new: Summary, old: Summary) -> bool:
    """Tell whether a new run would issue anything, or leave out other scopes than the issued one."""
    left_out = (new.not_billable_by_code, new.parked_by_code) != (
        old.not_billable_by_code,
        old.parked_by_code,
    )
    return bool(new.invoices or new.corrections) or left_out


def _figures(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = {"run": run.id, "status": run.status, "computation": run.computation_id}
    if run.summary:
        figures = run.summary
        told |= {
            "dagster/row_count": figures.scopes_due, "invoices": figures.invoices,
            "corrections": figures.corrections,
            "net_pln": MetadataValue.text(str(figures.net_amount)),
            "gross_pln": MetadataValue.text(str(figures.gross_amount)),
            "energy_kwh": MetadataValue.text(str(figures.energy_kwh)),
            "bounds": MetadataValue.json([str(bound) for bound in figures.bounds]),
        }  # fmt: skip
    return told


@multi_asset(
    name="issue",
    specs=[
        _spec(
            DOCUMENTS,
            "Invoices and corrections: numbered, final.",
            RUNS,
            group="documents",
            freshness_policy=_FRESH,
        ),
        _spec(LINES, "Lines of documents with their calculation.", RUNS, group="documents"),
        _spec(VAT, "VAT per rate of each document.", RUNS, group="documents"),
        _spec(SCOPES, "What has been billed of contract, point and cycle.", RUNS),
        _spec(OPEN_ITEMS, "Debts and credits on customers' accounts.", DOCUMENTS, group="finance"),
        _spec(LEDGER, "Movements of money between accounts.", DOCUMENTS, group="finance"),
    ],
    partitions_def=monthly,
    backfill_policy=one_by_one,
    retry_policy=_RETRIES,
    pool="billing",
)
def issue(context: AssetExecutionContext, config: Issuing, iris: Iris) -> Iterator[Any]:
    """Issue the approved run of the month; what a broken run has left is issued, nothing twice."""
    month = date.fromisoformat(context.partition_key)
    with iris.session(config.actor) as session:
        run = queries.latest_run(session, billing_month=month)
        found = proposals.computation(session)
    if run is None:
        raise Failure(
            f"The month {month:%Y-%m} has no billing run. Materialise billing_runs first.",
            allow_retries=False,
        )
    if run.status == "issued" and run.computation_id != found.computation_id:
        done = operations.IssueResult(run.id)  # a later computation in which nothing is due
    else:
        with refusals_are_final():
            done = operations.issue_run(
                run_id=run.id, session_factory=iris.sessions(config.actor), as_of=iris.moment()
            )
    told = {
        "run": run.id, "invoices": done.invoices, "corrections": done.corrections, "parked": done.parked,
        "seconds": done.seconds, "left": done.left,
    }  # fmt: skip
    yield MaterializeResult(asset_key=DOCUMENTS, metadata={"dagster/row_count": done.documents, **told})
    for key in (LINES, VAT, SCOPES, OPEN_ITEMS, LEDGER):
        yield MaterializeResult(asset_key=key, metadata={"run": run.id})


@multi_asset(
    name="deliver",
    specs=[
        _spec(
            OUTBOX,
            "Messages of issued documents: EBOK, e-mail with PDF, letters.",
            DOCUMENTS,
            group="messaging",
        )
    ],
    partitions_def=monthly,
    backfill_policy=one_by_one,
    retry_policy=_RETRIES,
    pool="delivery",
)
def deliver(iris: Iris) -> Iterator[Any]:
    """Deliver what waits in the outbox, whatever month it is of; nothing is sent twice."""
    with refusals_are_final():
        done = delivering.deliver(session_factory=iris.sessions("system:deliver"), as_of=iris.moment())
    told = {
        "ebok": done.portal, "emails": done.emails, "letters": done.letters, "retried": done.retried,
        "failed": done.failed, "held": done.held,
    }  # fmt: skip
    yield MaterializeResult(asset_key=OUTBOX, metadata=told)
