"""Writes of billing: make, approve, reject and issue a run; hold scopes and resolve exceptions.

A run goes computed -> approved -> issuing -> issued, or computed -> rejected. Issuing again is safe at any
time: it picks up what is still different, e.g. after a crash or after an exception was released.
"""

import json
import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational import warehouse
from operational.billing import issuing, queries
from operational.billing.deposits import settle_deposits
from operational.billing.exceptions import hold_scope, release_exception, resolve_exception
from operational.billing.limits import GUARDS, HOLD, read_limits
from operational.billing.summary import Summary, preview
from operational.kernel.calendar import civil_day, first_of_month
from operational.kernel.errors import DomainError
from operational.kernel.settings import get_settings

__all__ = [
    "IssueResult", "ReasonNeeded", "RunSummary", "WrongMonth", "WrongRunStatus", "approve_run", "create_run",
    "hold_scope", "issue_run", "reject_run", "release_exception", "resolve_exception",
]  # fmt: skip

_SELLER_KEYS: Final = (
    "name", "brand", "nip", "regon", "krs", "bdo", "street", "postal_code", "city", "phone", "email",
    "website", "bank_name",
)  # fmt: skip
_ISSUABLE: Final = ("approved", "issuing", "issued")
_WAIT_SECONDS: Final = 0.2
_IDLE_PASSES: Final = 3
# Most customers have no credit left, so most of a batch needs no allocation.
_WITH_CREDIT: Final = text("""
    select distinct i.customer_id
      from operational.open_items i
     where i.customer_id = any (:customers) and i.amount < 0
       and -i.amount > (select coalesce(sum(a.amount), 0) from operational.allocations a
                         where a.credit_item_id = i.id)
     order by 1""")


class WrongRunStatus(DomainError):
    """The run is not in a state that allows this step."""

    def __init__(self, run: queries.Run, needed: str) -> None:
        super().__init__(
            "wrong_run_status",
            f"Run {run.id} of {run.billing_month:%Y-%m} is {run.status}, but this step needs a run that is "
            f"{needed}. "
            "Make a new run or choose another one.",
        )


class WrongMonth(DomainError):
    """The proposals were computed for another month."""

    def __init__(self, month: date, through: date) -> None:
        super().__init__(
            "wrong_billing_month",
            f"The proposals reach to {through}, so they cannot be billed as {month:%Y-%m}. "
            "Compute the proposals up to the last day of the month first.",
        )


class ReasonNeeded(DomainError):
    """A safety bound is broken and no reason was given."""

    def __init__(self, run: queries.Run) -> None:
        broken = (
            " ".join(bound.message for bound in run.summary.bounds if not bound.is_kept)
            if run.summary
            else ""
        )
        super().__init__(
            "override_reason_needed",
            f"Run {run.id} is outside the safety bounds: {broken} "
            "Check the figures; if they are right, approve with a reason.",
        )


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A run that was made, with its figures."""

    run_id: int
    status: str
    billing_month: date
    billed_through: date
    issue_date: date
    computation_id: str
    summary: Summary


@dataclass(frozen=True, slots=True)
class IssueResult:
    """What one worker did: documents, parked scopes, batches and time; ``left`` scopes are another
    worker's.
    """

    run_id: int
    invoices: int = 0
    corrections: int = 0
    parked: int = 0
    batches: int = 0
    left: int = 0
    seconds: float = 0.0

    @property
    def documents(self) -> int:
        """Return the number of documents issued."""
        return self.invoices + self.corrections


def create_run(
    session: Session, *, billing_month: date, computation_id: str, issue_date: date, as_of: datetime
) -> RunSummary:
    """Make a run of a month from the proposals of one computation; the caller commits.

    Earlier runs of the month that nobody approved are rejected. What the warehouse could not compute joins
    the queue of exceptions. Raises ProposalsChanged, WrongMonth, NoProposals, ProposalsBusy.
    """
    found = warehouse.hold_proposals(session)
    if found.computation_id != computation_id:
        raise issuing.ProposalsChanged(approved=computation_id, found=found.computation_id)
    if first_of_month(found.billed_through) != billing_month:
        raise WrongMonth(billing_month, found.billed_through)
    issuing.check_month_open(session, issue_date)
    session.execute(
        text(
            "update operational.billing_runs set status = 'rejected', row_version = row_version + 1"
            " where billing_month = :month and status = 'computed'"
        ),
        {"month": billing_month},
    )
    run_id: int = session.execute(
        text(
            "insert into operational.billing_runs (billing_month, billed_through, known_at, issue_date, "
            "computation_id,"
            " created_at) values (:month, :through, :known_at, :issue_date, :computation, :as_of) returning "
            "id"
        ),
        {
            "month": billing_month, "through": found.billed_through, "known_at": found.known_at,
            "issue_date": issue_date, "computation": computation_id, "as_of": as_of,
        },
    ).scalar_one()  # fmt: skip
    # Months of fed-in energy whose price is known by now can pay the documents of this run.
    settle_deposits(session, as_of=as_of)
    issuing.run_sql(session, "settle_exceptions", as_of=as_of, kept=[*GUARDS, HOLD])
    issuing.run_sql(session, "sync_exceptions", run_id=run_id, as_of=as_of)
    issuing.run_sql(session, "expire_holds", as_of=as_of, today=civil_day(as_of))
    issuing.run_sql(session, "stake_findings")
    figures = preview(session, billing_month=billing_month, issue_date=issue_date)
    session.execute(
        text("update operational.billing_runs set summary = cast(:summary as jsonb) where id = :id"),
        {"id": run_id, "summary": json.dumps(figures.as_json())},
    )
    return RunSummary(
        run_id, "computed", billing_month, found.billed_through, issue_date, computation_id, figures
    )


def approve_run(session: Session, *, run_id: int, as_of: datetime, reason: str = "") -> None:
    """Approve a computed run, so that it may be issued; the caller commits.

    Raises WrongRunStatus, ProposalsChanged when the proposals are not those of the run any more, and
    ReasonNeeded when a safety bound is broken and no reason is given. The reason is kept with the run and in
    the audit trail.
    """
    run = _locked(session, run_id)
    if run.status != "computed":
        raise WrongRunStatus(run, "computed")
    found = warehouse.computation(session)
    if found.computation_id != run.computation_id:
        raise issuing.ProposalsChanged(approved=run.computation_id, found=found.computation_id)
    if run.summary is not None and not run.summary.is_within_bounds and not reason.strip():
        raise ReasonNeeded(run)
    _decide(session, run_id, "approved", {"override_reason": reason.strip()})
    session.execute(
        text(
            "update operational.billing_runs set approved_at = :as_of, approved_by = operational.actor()"
            " where id = :id"
        ),
        {"id": run_id, "as_of": as_of},
    )


def reject_run(session: Session, *, run_id: int, as_of: datetime, reason: str = "") -> None:
    """Reject a run that was not issued; the caller commits. Raises WrongRunStatus."""
    run = _locked(session, run_id)
    if run.status not in {"computed", "approved"}:
        raise WrongRunStatus(run, "computed or approved")
    _decide(
        session, run_id, "rejected", {"rejected_at": as_of.isoformat(), "rejected_because": reason.strip()}
    )


def issue_run(
    *,
    run_id: int,
    session_factory: sessionmaker[Session],
    as_of: datetime,
    batch_size: int = 2000,
    worker: int = 0,
    only: Collection[int] | None = None,
) -> IssueResult:
    """Issue an approved run in transactions of its own, about ``batch_size`` scopes each, and allocate
    credits.

    Safe to kill at any line and to run in several processes at once (``worker`` 1 starts from the other end).
    A run that is issued already is looked at again: nothing is due twice. ``only`` some customers: a partial
    rerun, which leaves the run open for the others. Raises WrongRunStatus and what
    ``issue_batch`` raises; batches committed before stay.
    """
    started = time.monotonic()
    order = _start(session_factory, run_id, as_of)
    done = IssueResult(run_id)
    idle = 0
    while (pending := _pending(session_factory, run_id, only)) and idle < _IDLE_PASSES:
        before = done.documents + done.parked
        for customers in _batches(pending, batch_size, backwards=worker % 2 == 1):
            with session_factory() as session, session.begin():
                result = issuing.issue_batch(session, order=order, customers=customers)
            _allocate(session_factory, result.customers, as_of)
            done = replace(
                done,
                invoices=done.invoices + result.invoices,
                corrections=done.corrections + result.corrections,
                parked=done.parked + result.parked,
                batches=done.batches + 1,
            )
        # What is left is in the hands of another worker: look again soon, but not for ever.
        idle = 0 if done.documents + done.parked > before else idle + 1
        time.sleep(_WAIT_SECONDS if idle else 0)
    left = sum(count for _, count in pending)
    if not left and only is None:
        _finish(session_factory, run_id, as_of)
    return replace(done, left=left, seconds=round(time.monotonic() - started, 3))


def _start(session_factory: sessionmaker[Session], run_id: int, as_of: datetime) -> issuing.Order:
    """Check that the run may be issued and return what all its batches have in common."""
    with session_factory() as session, session.begin():
        run = _locked(session, run_id)
        if run.status not in _ISSUABLE:
            raise WrongRunStatus(run, "approved")
        found = warehouse.computation(session)
        if found.computation_id != run.computation_id:
            raise issuing.ProposalsChanged(approved=run.computation_id, found=found.computation_id)
        if run.status == "approved":
            _set_status(session, run_id, "issuing")
        limits = read_limits(session)
    settings = get_settings()
    seller = {key: getattr(settings, f"seller_{key}") for key in _SELLER_KEYS}
    return issuing.Order(
        run_id, run.computation_id, run.issue_date, as_of, limits, json.dumps(seller), run.correction_form,
        run.correction_reason,
    )  # fmt: skip


def _finish(session_factory: sessionmaker[Session], run_id: int, as_of: datetime) -> None:
    with session_factory() as session, session.begin():
        session.execute(
            text(
                "update operational.billing_runs set status = 'issued', issued_at = coalesce(issued_at, "
                ":as_of),"
                " row_version = row_version + 1 where id = :id and status = 'issuing'"
            ),
            {"id": run_id, "as_of": as_of},
        )


def _pending(
    session_factory: sessionmaker[Session], run_id: int, only: Collection[int] | None
) -> list[tuple[int, int]]:
    with session_factory() as session, session.begin():
        pending = issuing.pending_customers(session, run_id=run_id)
    return pending if only is None else [row for row in pending if row[0] in set(only)]


def _batches(pending: list[tuple[int, int]], size: int, *, backwards: bool) -> list[list[int]]:
    """Cut customers into batches of about ``size`` scopes; a customer is never cut."""
    batches: list[list[int]] = []
    room = 0
    for customer_id, scopes in pending:
        if room < scopes or not batches:
            batches.append([])
            room = size
        batches[-1].append(customer_id)
        room -= scopes
    return batches[::-1] if backwards else batches


def _allocate(session_factory: sessionmaker[Session], customers: tuple[int, ...], as_of: datetime) -> None:
    """Use up open credits for the new debts. Its own transaction: a later run repeats it when it is lost."""
    from operational.finance import operations as finance

    if not customers:
        return
    with session_factory() as session, session.begin():
        found: Any = session.execute(_WITH_CREDIT, {"customers": list(customers)}).scalars()
        with_credit = [int(key) for key in found]
        if with_credit:
            finance.allocate(session, customer_ids=with_credit, as_of=as_of)


def _locked(session: Session, run_id: int) -> queries.Run:
    session.execute(text("select 1 from operational.billing_runs where id = :id for update"), {"id": run_id})
    return queries.run(session, run_id=run_id)


def _decide(session: Session, run_id: int, status: str, remarks: dict[str, str]) -> None:
    """Set the status and keep remarks with the figures of the run."""
    session.execute(
        text(
            "update operational.billing_runs set status = :status, row_version = row_version + 1,"
            " summary = summary || cast(:remarks as jsonb) where id = :id"
        ),
        {"id": run_id, "status": status, "remarks": json.dumps(remarks)},
    )


def _set_status(session: Session, run_id: int, status: str) -> None:
    session.execute(
        text(
            "update operational.billing_runs set status = :status, row_version = row_version + 1 where id = "
            ":id"
        ),
        {"id": run_id, "status": status},
    )
