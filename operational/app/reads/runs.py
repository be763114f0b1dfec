"""Reads of the billing-run monitor: runs with their steps and counts, parked scopes, the exceptions queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class RunRow:
    """A billing run with what it issued and what it parked."""

    id: int
    public_id: str
    billing_month: date
    billed_through: date
    status: str
    known_at: datetime
    issue_date: date
    computation_id: str
    summary: Mapping[str, Any]
    created_at: datetime
    created_by: str
    approved_at: datetime | None
    approved_by: str | None
    issued_at: datetime | None
    row_version: int
    invoices: int
    corrections: int
    energy_kwh: Decimal
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    parked: int
    parked_open: int
    rendered: int
    outbox_sent: int
    outbox_waiting: int
    outbox_failed: int
    correction_form: str
    correction_reason: str


@dataclass(frozen=True, slots=True)
class ExceptionRow:
    """An entry of the exceptions queue with its customer and supply point, where it has them."""

    public_id: str
    code: str
    severity: str
    message: str
    cure: str
    scope_key: str | None
    amount_at_stake: Decimal | None
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: str | None
    row_version: int
    customer_public_id: str | None
    customer_name: str | None
    point_public_id: str | None
    point_code: str | None
    medium: str | None
    run_public_id: str | None
    billing_month: date | None
    rule_code: str | None
    suggestion: str | None
    period_from: date | None
    period_to: date | None
    hold_until: date | None
    resolution_reason: str


@dataclass(frozen=True, slots=True)
class ExceptionCount:
    """How many entries of one kind wait, and the money concerned (PLN)."""

    code: str
    severity: str
    count: int
    amount: Decimal | None


_RUNS = """
  select r.id, r.public_id::text, r.billing_month, r.billed_through, r.status, r.known_at, r.issue_date,
    r.computation_id, r.summary, r.created_at, r.created_by, r.approved_at, r.approved_by, r.issued_at,
    r.row_version,
    coalesce(d.invoices, 0), coalesce(d.corrections, 0), coalesce(d.kwh, 0), coalesce(d.net, 0),
    coalesce(d.vat, 0),
    coalesce(d.gross, 0), coalesce(e.parked, 0), coalesce(e.waiting, 0), coalesce(d.rendered, 0),
    coalesce(o.sent, 0),
    coalesce(o.waiting, 0), coalesce(o.failed, 0), r.correction_form, r.correction_reason
  from operational.billing_runs r
  left join lateral (
    select count(*) filter (where x.kind = 'invoice') as invoices,
      count(*) filter (where x.kind = 'correction') as corrections, sum(x.energy_kwh) as kwh,
        sum(x.net_amount) as net,
      sum(x.vat_amount) as vat, sum(x.gross_amount) as gross,
      count(*) filter (where exists (select 1 from operational.document_renditions n where n.document_id =
        x.id))
        as rendered
    from operational.documents x where x.run_id = r.id) d on true
  left join lateral (
    select count(*) as parked, count(*) filter (where resolved_at is null) as waiting
    from operational.billing_exceptions x where x.run_id = r.id) e on true
  left join lateral (
    select count(*) filter (where b.sent_at is not null) as sent,
      count(*) filter (where b.failed_at is not null) as failed,
      count(*) filter (where b.sent_at is null and b.failed_at is null) as waiting
    from operational.documents x join operational.outbox b on b.payload ->> 'document_id' = x.id::text
    where x.run_id = r.id and :with_outbox) o on true
  where (:id = '' or r.public_id::text = :id)
  order by r.billing_month desc, r.id desc offset :offset limit :limit"""

_EXCEPTIONS = """
  select e.public_id::text, e.code, e.severity, e.message, e.cure, e.scope_key, e.amount_at_stake,
    e.opened_at,
    e.resolved_at, e.resolved_by, e.resolution, e.row_version, c.public_id::text, c.name,
    p.public_id::text, p.code,
    p.medium, r.public_id::text, r.billing_month, e.rule_code, e.suggestion, e.period_from, e.period_to,
    e.hold_until, e.resolution_reason
  from operational.billing_exceptions e left join operational.customers c on c.id = e.customer_id
  left join operational.supply_points p on p.id = e.supply_point_id
  left join operational.billing_runs r on r.id = e.run_id
  where (:code = '' or e.code = :code) and (:severity = '' or e.severity = :severity)
    and (:run = '' or r.public_id::text = :run) and (:with_resolved or e.resolved_at is null)
    and (:id = '' or e.public_id::text = :id)
  order by e.resolved_at is not null, e.severity, e.amount_at_stake desc nulls last, e.opened_at, e.id
  offset :offset limit :limit"""


def runs(session: Session, *, offset: int = 0, limit: int = 51) -> list[RunRow]:
    """Return billing runs, the newest month first (without the state of messages)."""
    given = {"id": "", "offset": offset, "limit": limit, "with_outbox": False}
    return [RunRow(*row) for row in rows(session, _RUNS, given)]


def run(session: Session, *, public_id: str) -> RunRow | None:
    """Return one run with the state of its messages, or None."""
    given = {"id": public_id, "offset": 0, "limit": 1, "with_outbox": True}
    row = first(session, _RUNS, given)
    return RunRow(*row) if row else None


def exceptions(
    session: Session,
    *,
    code: str = "",
    severity: str = "",
    run_public_id: str = "",
    with_resolved: bool = False,
    public_id: str = "",
    offset: int = 0,
    limit: int = 51,
) -> list[ExceptionRow]:
    """Return entries of the exceptions queue, waiting ones first, the largest amounts on top."""
    given = {
        "code": code,
        "severity": severity,
        "run": run_public_id,
        "with_resolved": with_resolved,
        "id": public_id,
        "offset": offset,
        "limit": limit,
    }
    return [ExceptionRow(*row) for row in rows(session, _EXCEPTIONS, given)]


def exception_counts(session: Session) -> list[ExceptionCount]:
    """Return how many entries of each kind wait."""
    found = rows(
        session,
        "select code, severity, count(*), sum(amount_at_stake) from operational.billing_exceptions"
        " where resolved_at is null group by 1, 2 order by 2, 3 desc, 1",
    )
    return [ExceptionCount(*row) for row in found]
