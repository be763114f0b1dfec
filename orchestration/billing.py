"""A month billed from facts to documents: compute the proposals, make a run, approve it, issue it.

For the command line, schedules and the demonstration. No rule of billing lives here: what is due says
``dbt``, what is issued says ``operational/billing``.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from operational.billing import operations, queries
from operational.billing.operations import IssueResult
from operational.billing.summary import Summary
from operational.kernel import db
from operational.kernel.calendar import first_of_next_month
from orchestration import warehouse


@dataclass(frozen=True, slots=True)
class MonthResult:
    """What billing a month came to. ``run_id`` is None in a dry run; ``issued`` is None without approval."""

    month: date
    run_id: int | None
    computation_id: str
    summary: Summary
    issued: IssueResult | None


def bill_month(
    *,
    database: str,
    month: date,
    issue_date: date,
    as_of: datetime,
    actor: str,
    is_dry: bool = False,
    is_approved: bool = False,
    reason: str = "",
    workers: int = 1,
) -> MonthResult:
    """Bill the month that begins on ``month``, in transactions of its own.

    A run of the same computation that is approved already is issued again instead of a new one, which is how
    an interrupted run is completed. Raises what the steps raise; each error says what to do.
    """
    found = warehouse.compute_proposals(
        database=database, billed_through=first_of_next_month(month) - timedelta(days=1)
    )
    if is_dry:
        with db.open_session("app", actor=actor, database=database) as session:
            figures = queries.preview(session, billing_month=month, issue_date=issue_date)
        return MonthResult(month, None, found.id, figures, None)
    with db.open_session("app", actor=actor, database=database) as session:
        run = queries.latest_run(session, billing_month=month)
        if run is None or run.status == "computed" or run.computation_id != found.id or run.summary is None:
            made = operations.create_run(
                session, billing_month=month, computation_id=found.id, issue_date=issue_date, as_of=as_of
            )
            run_id, figures, is_new = made.run_id, made.summary, True
        else:
            run_id, figures, is_new = run.id, run.summary, False
    if not is_approved:
        return MonthResult(month, run_id, found.id, figures, None)
    # A transaction of its own: a run that cannot be approved stays, for a person to look at.
    if is_new:
        with db.open_session("app", actor=actor, database=database) as session:
            operations.approve_run(session, run_id=run_id, as_of=as_of, reason=reason)
    issued = issue(database=database, run_id=run_id, as_of=as_of, actor=actor, workers=workers)
    return MonthResult(month, run_id, found.id, figures, issued)


def issue(*, database: str, run_id: int, as_of: datetime, actor: str, workers: int = 1) -> IssueResult:
    """Issue an approved run with several workers at once and return their sum; ``seconds`` is the time of
    all.

    Two workers keep two cores of the database busy; more than cores bring nothing. Raises what a worker
    raises, after the others have finished.
    """
    started = time.monotonic()
    factory = db.session_factory("app", database, actor=actor)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        running = [
            pool.submit(
                operations.issue_run, run_id=run_id, session_factory=factory, as_of=as_of, worker=number
            )
            for number in range(workers)
        ]
    done = [one.result() for one in running]
    return IssueResult(
        run_id=run_id,
        invoices=sum(one.invoices for one in done),
        corrections=sum(one.corrections for one in done),
        parked=sum(one.parked for one in done),
        batches=sum(one.batches for one in done),
        left=min(one.left for one in done),
        seconds=round(time.monotonic() - started, 3),
    )
