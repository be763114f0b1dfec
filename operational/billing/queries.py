"""Reads of billing: runs with their summary, and the queue of exceptions."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.billing.summary import Summary, preview, summary_from_json
from operational.kernel.errors import DomainError
from operational.kernel.rows import first

__all__ = [
    "BillingException", "ExceptionNotFound", "Run", "RunNotFound", "exception", "exception_by_public_id",
    "exceptions", "latest_run", "preview", "run", "runs",
]  # fmt: skip

_RUN = """select id, public_id, billing_month, billed_through, status, known_at, issue_date, computation_id,
         summary, created_at,
                 created_by, approved_at, approved_by, issued_at, row_version,
                 correction_form, correction_reason from operational.billing_runs"""
_EXCEPTION = """select id, public_id, run_id, scope_key, supply_point_id, customer_id, code, severity,
               message, cure,
                       amount_at_stake, opened_at, resolved_at, resolved_by, resolution, row_version,
                         rule_code, hold_until
                  from operational.billing_exceptions"""


class RunNotFound(DomainError):
    """No such billing run."""

    def __init__(self, run_id: int) -> None:
        super().__init__(
            "run_not_found", f"There is no billing run {run_id}. Choose one from the list of runs."
        )


class ExceptionNotFound(DomainError):
    """No such exception."""

    def __init__(self, exception_id: int | str) -> None:
        super().__init__(
            "exception_not_found", f"There is no exception {exception_id}. Reload the queue of exceptions."
        )


@dataclass(frozen=True, slots=True)
class Run:
    """A billing run; ``override_reason`` says why it was approved outside the safety bounds."""

    id: int
    public_id: UUID
    billing_month: date
    billed_through: date
    status: str
    known_at: datetime
    issue_date: date
    computation_id: str
    summary: Summary | None
    override_reason: str
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    issued_at: datetime | None
    row_version: int
    correction_form: str
    correction_reason: str


@dataclass(frozen=True, slots=True)
class BillingException:
    """Something that a person must look at; ``blocking`` ones keep the scope from being billed while open."""

    id: int
    public_id: UUID
    run_id: int | None
    scope_key: str | None
    supply_point_id: int | None
    customer_id: int | None
    code: str
    severity: str
    message: str
    cure: str
    amount_at_stake: Decimal | None
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    row_version: int
    rule_code: str | None
    hold_until: date | None


def run(session: Session, *, run_id: int) -> Run:
    """Return a run; raises RunNotFound."""
    row = session.execute(text(f"{_RUN} where id = :id"), {"id": run_id}).mappings().one_or_none()
    if row is None:
        raise RunNotFound(run_id)
    return _run(row)


def runs(session: Session, *, limit: int = 50) -> list[Run]:
    """Return runs, the newest first."""
    found = session.execute(text(f"{_RUN} order by id desc limit :limit"), {"limit": limit}).mappings()
    return [_run(row) for row in found]


def latest_run(session: Session, *, billing_month: date) -> Run | None:
    """Return the newest run of a month that was not rejected."""
    row = session.execute(
        text(f"{_RUN} where billing_month = :month and status <> 'rejected' order by id desc limit 1"),
        {"month": billing_month},
    ).mappings().one_or_none()  # fmt: skip
    return None if row is None else _run(row)


def exceptions(
    session: Session, *, run_id: int | None = None, is_open: bool | None = True, limit: int = 500
) -> list[BillingException]:
    """Return exceptions, the largest amount at stake first; ``is_open=None`` gives the resolved ones too."""
    found = session.execute(
        text(
            f"{_EXCEPTION} where (cast(:run_id as bigint) is null or run_id = :run_id)"
            " and (cast(:is_open as boolean) is null or (resolved_at is null) = :is_open)"
            " order by severity, abs(amount_at_stake) desc nulls last, id limit :limit"
        ),
        {"run_id": run_id, "is_open": is_open, "limit": limit},
    ).mappings()
    return [BillingException(**row) for row in found]


def exception(session: Session, *, exception_id: int) -> BillingException:
    """Return one exception; raises ExceptionNotFound."""
    row = session.execute(text(f"{_EXCEPTION} where id = :id"), {"id": exception_id}).mappings().one_or_none()
    if row is None:
        raise ExceptionNotFound(exception_id)
    return BillingException(**row)


def exception_by_public_id(session: Session, *, public_id: str) -> BillingException:
    """Return one exception by the id that stands in addresses; raises ExceptionNotFound."""
    found = session.execute(
        text(f"{_EXCEPTION} where public_id = cast(:id as uuid)"), {"id": public_id}
    ).mappings()
    row = found.one_or_none()
    if row is None:
        raise ExceptionNotFound(public_id)
    return BillingException(**row)


def _run(row: Any) -> Run:
    values = dict(row)
    stored = values.pop("summary")
    return Run(**values, summary=summary_from_json(stored), override_reason=stored.get("override_reason", ""))


@dataclass(frozen=True, slots=True)
class HoldTarget:
    """Whose billing a hold would stop: a customer or one supply point."""

    customer_id: int | None
    supply_point_id: int | None
    name: str


def hold_target(session: Session, *, number: str) -> HoldTarget | None:
    """Return the customer or the supply point with exactly this number, or None."""
    row = first(
        session,
        "select id, null::bigint, name from operational.customers where customer_number = :number "
        "union all select null, id, code from operational.supply_points where code = :code limit 1",
        {"number": number.upper(), "code": "".join(number.split())},
    )
    return HoldTarget(*row) if row else None
