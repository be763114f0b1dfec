"""The issue step: compare targets with what was issued and act on the difference, one transaction per batch.

A batch takes whole customers, so no invoice group and no chain of corrections is ever split between two
workers. All of its work is prepared in temporary tables; only then are the counters of the number series
moved, because that lock makes other workers wait until the commit. A process killed at any line leaves whole
batches or nothing, and the next run picks up what is still different. Rules: VAT Act art. 106e and 106j;
numbers without gaps in each series.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational import warehouse
from operational.billing.limits import GUARDS, Limits
from operational.kernel.errors import DomainError

SQL: Final = Path(__file__).parent / "sql"
_TEMPORARY: Final = (
    """create temp table batch_ids (id bigint, position int, version_no int, number text,
         collective_id bigint, due_date date) on commit drop""",
    "create temp table batch_scope_ids (id bigint, n int, document_id bigint) on commit drop",
)
# Temporary tables whose size the planner must know, because they are joined by later steps.
_ANALYZED: Final = ("batch_scopes", "batch_lines", "batch_members")


class ProposalsChanged(DomainError):
    """The proposals are not the ones that were approved."""

    def __init__(self, *, approved: str, found: str) -> None:
        super().__init__(
            "proposals_changed",
            f"The proposals were computed again since this run was made (computation {found} instead of "
            f"{approved}). "
            "Nothing was issued from the new ones. Make and approve a new run.",
        )


class ProposalsInconsistent(DomainError):
    """Lines and scopes of the proposals do not belong together."""

    def __init__(self, scope_key: str) -> None:
        super().__init__(
            "proposals_inconsistent",
            f"The lines of scope {scope_key} do not add up to the scope. The batch was not issued. "
            "Compute the proposals again and make a new run.",
        )


class IssueDateTooEarly(DomainError):
    """A later document exists in the number series."""

    def __init__(self, *, series: str, issue_date: date, last: date) -> None:
        super().__init__(
            "issue_date_too_early",
            f"Series {series} holds a document of {last}, so nothing can be issued in it on {issue_date}. "
            f"Make a run with the issue date {last} or later.",
        )


class IssueMonthClosed(DomainError):
    """The month of the day of issue is closed in the ledger."""

    def __init__(self, issue_date: date, first_open: date) -> None:
        super().__init__(
            "accounting_month_closed",
            f"The month {issue_date:%Y-%m} is closed in the ledger, so nothing can be issued on "
            f"{issue_date}. Make a run with an issue date from {first_open} on, or have finance reopen "
            "the month.",
        )


def check_month_open(session: Session, issue_date: date) -> None:
    """Refuse a day of issue whose month is closed in the ledger (raises IssueMonthClosed)."""
    first_open: date = session.execute(
        text("select operational.posting_day(:day)"), {"day": issue_date}
    ).scalar_one()
    if first_open != issue_date:
        raise IssueMonthClosed(issue_date, first_open)


class ScopeTaken(DomainError):
    """A scope was billed by someone else in between; the locks of the step make this impossible."""

    def __init__(self, expected: int, saved: int) -> None:
        super().__init__(
            "scope_taken",
            f"{expected - saved} of {expected} scopes of the batch have got another invoice meanwhile. "
            "The batch was undone. Start the run again.",
        )


@dataclass(frozen=True, slots=True)
class Order:
    """What every batch of a run has in common; ``seller`` is the JSON of the seller's data on the
    documents.
    """

    run_id: int
    computation_id: str
    issue_date: date
    as_of: datetime
    limits: Limits
    seller: str
    correction_form: str = "rule"
    correction_reason: str = ""

    @property
    def invoice_series(self) -> str:
        """Return the number series of invoices, e.g. FV/2026/04."""
        return f"FV/{self.issue_date:%Y/%m}"

    @property
    def correction_series(self) -> str:
        """Return the number series of corrections, e.g. FK/2026/04."""
        return f"FK/{self.issue_date:%Y/%m}"

    @property
    def forecast_series(self) -> str:
        """Return the number series of forecasts, e.g. FP/2026/04."""
        return f"FP/{self.issue_date:%Y/%m}"

    @property
    def collective_series(self) -> str:
        """Return the number series of collective corrections, e.g. FKZ/2026/04."""
        return f"FKZ/{self.issue_date:%Y/%m}"


@dataclass(frozen=True, slots=True)
class BatchResult:
    """Counts of one batch; ``customers`` are those who got a document."""

    invoices: int = 0
    corrections: int = 0
    parked: int = 0
    customers: tuple[int, ...] = ()


def run_sql(session: Session, name: str, **parameters: Any) -> Any:
    """Run ``sql/<name>.sql`` with those of the parameters that it names."""
    statement = warehouse.statement(SQL / f"{name}.sql")
    return session.execute(statement, {key: parameters[key] for key in warehouse.parameters_of(statement)})


def pending_customers(session: Session, *, run_id: int | None) -> list[tuple[int, int]]:
    """Return (customer_id, number of scopes) with something to issue, in the order of issue."""
    source = (SQL / "pending.sql").read_text(encoding="utf-8")
    found = session.execute(
        text(warehouse.fill(f"select p.customer_id, count(*) from ({source}) p group by 1 order by 1")),
        {"guards": list(GUARDS), "run_id": run_id, "customers": None},
    )
    return [(row[0], row[1]) for row in found]


def issue_batch(session: Session, *, order: Order, customers: list[int]) -> BatchResult:
    """Issue everything due for these customers in the transaction of the session, which the caller commits.

    Customers whom another worker is busy with are left out. Raises ProposalsChanged, ProposalsInconsistent,
    IssueDateTooEarly, ScopeTaken; then nothing of the batch stands.
    """
    # A batch touches a small part of each table. The planner, which knows little of temporary tables, would
    # rather read whole tables, once per batch: indexes keep the time per document the same at any size.
    session.execute(text("set local enable_seqscan = off; set local enable_mergejoin = off"))
    found = warehouse.hold_proposals(session)
    if found.computation_id != order.computation_id:
        raise ProposalsChanged(approved=order.computation_id, found=found.computation_id)
    check_month_open(session, order.issue_date)
    mine = _lock(session, customers)
    if not mine or not collect(session, run_id=order.run_id, customers=mine):
        return BatchResult()
    parked = _park(session, order)
    run_sql(session, "settle_scopes")
    run_sql(session, "batch_documents")
    session.execute(text("analyze batch_members (n, scope_key, position, customer_id, invoice_id)"))
    if not _has_rows(session, "batch_members"):
        return BatchResult(parked=parked)
    return _issue(session, order, parked)


def _has_rows(session: Session, table: str) -> bool:
    found: bool = session.execute(text(f"select exists (select from {table})")).scalar_one()
    return found


def _lock(session: Session, customers: list[int]) -> list[int]:
    """Lock the customers that nobody else is billing; a statement of its own, so that the next sees fresh
    rows.
    """
    return list(
        session.execute(
            text(
                "select id from operational.customers where id = any (:ids) order by id for no key update "
                "skip locked"
            ),
            {"ids": customers},
        ).scalars()
    )


def collect(session: Session, *, run_id: int | None, customers: list[int] | None) -> bool:
    """Make the temporary table of what is due; False when there is nothing."""
    pending = (SQL / "pending.sql").read_text(encoding="utf-8")
    session.execute(
        text(warehouse.fill(f"create temp table batch_scopes on commit drop as {pending}")),
        {"guards": list(GUARDS), "run_id": run_id, "customers": customers},
    )
    session.execute(text("analyze batch_scopes (n, scope_key, customer_id, supply_point_id, invoice_id)"))
    return _has_rows(session, "batch_scopes")


def sum_up(session: Session, *, with_new_lines: bool) -> None:
    """Make the temporary tables of what each scope would change, with or without the lines of new scopes."""
    run_sql(session, "batch_lines", with_new_lines=with_new_lines)
    session.execute(text("analyze batch_lines (n)"))
    run_sql(session, "batch_rates", with_new_lines=with_new_lines)
    run_sql(session, "batch_sums")


def _park(session: Session, order: Order) -> int:
    """Put scopes that a guard refuses into the queue of exceptions and out of the batch; return how many."""
    sum_up(session, with_new_lines=True)
    _check_sums(session)
    parameters = {
        "issue_date": order.issue_date,
        "run_id": order.run_id,
        "as_of": order.as_of,
        "guards": list(GUARDS),
    }
    run_sql(session, "guards", **parameters, **order.limits.of_guards)
    run_sql(session, "unpark", **parameters)
    if not run_sql(session, "park", **parameters).rowcount:
        return 0
    result: Any = None
    for table in ("batch_lines", "batch_scopes"):
        result = session.execute(
            text(
                f"delete from {table} b using batch_sums m, batch_parked p where m.scope_key = p.scope_key "
                f"and b.n = m.n"
            )
        )
    return int(result.rowcount)


def _check_sums(session: Session) -> None:
    """Compare new scopes with their lines, in case dbt was stopped between its tables."""
    wrong = session.execute(
        text(
            warehouse.fill(
                "select s.scope_key from batch_scopes s left join batch_sums m on m.scope_key = s.scope_key"
                " where s.invoice_id is null and coalesce(m.net, 0) <> s.net_amount"
                " union all select s.scope_key from batch_scopes s left join lateral (select "
                "sum(t.net_amount) as net"
                " from $target_lines t where t.scope_key = s.scope_key) t on true"
                " where s.invoice_id is not null and not s.is_vanished and coalesce(t.net, 0) <> s.net_amount"
                " order by 1 limit 1"
            )
        )
    ).scalar()
    if wrong is not None:
        raise ProposalsInconsistent(wrong)


def _issue(session: Session, order: Order, parked: int) -> BatchResult:
    shared = {"issue_date": order.issue_date, "run_id": order.run_id, "seller": order.seller}
    run_sql(session, "batch_deductions")
    run_sql(session, "deduct_lines")
    run_sql(session, "batch_pairs")
    session.execute(text("analyze batch_pairs"))
    chosen = {"correction_form": order.correction_form, "correction_reason": order.correction_reason}
    for name in (
        "batch_vat",
        "batch_heads",
        "batch_collectives",
        "batch_deposits",
        "batch_deposit_sums",
        "batch_instalments",
        "forecast_due_dates",
        "batch_forecast_contents",
        "batch_contents",
        "batch_places",
        "batch_digests",
    ):
        run_sql(session, name, **shared, **chosen)
    session.execute(text("analyze batch_places (line_id, position)"))
    for statement in _TEMPORARY:
        session.execute(text(statement))
    found = session.execute(
        text(
            "select case when kind = 'invoice' and is_forecast then 'forecast' else kind end, count(*)"
            " from batch_heads group by 1"
        )
    )
    counts: dict[str, int] = {row[0]: row[1] for row in found}
    invoices, corrections = counts.get("invoice", 0), counts.get("correction", 0)
    forecasts = counts.get("forecast", 0)
    collectives, parts = _collectives(session)
    # Always in this order, so that two workers never wait for each other crosswise.
    before = {
        "collectives_before": _take_numbers(
            session, order.collective_series, collectives, order.issue_date, "collective_corrections"
        ),
        "corrections_before": _take_numbers(
            session, order.correction_series, corrections - parts, order.issue_date
        ),
        "forecasts_before": _take_numbers(session, order.forecast_series, forecasts, order.issue_date),
        "invoices_before": _take_numbers(session, order.invoice_series, invoices, order.issue_date),
    }
    series = {
        "invoice_series": order.invoice_series,
        "forecast_series": order.forecast_series,
        "correction_series": order.correction_series,
        "collective_series": order.collective_series,
    }
    if collectives:
        run_sql(session, "issue_collectives", **shared, **series, **before, **chosen)
    run_sql(session, "issue_documents", **shared, **series, **before)
    session.execute(text("analyze batch_ids"))
    run_sql(session, "issue_scopes")
    _check_scopes(session)
    run_sql(session, "issue_lines")
    run_sql(session, "issue_effects", **shared)
    if _has_rows(session, "batch_deposits"):
        run_sql(session, "issue_deposits", **shared)
    if _has_rows(session, "batch_instalments") or _has_rows(session, "batch_deductions"):
        run_sql(session, "issue_instalments", **shared)
    customers: Any = session.execute(
        text("select distinct customer_id from batch_heads order by 1")
    ).scalars()
    return BatchResult(invoices + forecasts, corrections, parked, tuple(customers))


def _collectives(session: Session) -> tuple[int, int]:
    """Return how many collective corrections the batch makes and how many corrections are parts of them."""
    found = session.execute(text("select count(*), coalesce(sum(parts), 0) from batch_collectives")).one()
    return found[0], int(found[1])


def _take_numbers(
    session: Session, series: str, count: int, issue_date: date, table: str = "documents"
) -> int:
    """Move the counter of a series by ``count`` and return where it stood; locked until the commit."""
    if not count:
        return 0
    session.execute(
        text("insert into operational.number_series (code) values (:code) on conflict do nothing"),
        {"code": series},
    )
    last: int = session.execute(
        text(
            "update operational.number_series set last_number = last_number + :count where code = :code"
            " returning last_number - :count"
        ),
        {"code": series, "count": count},
    ).scalar_one()
    newest = session.execute(
        text(
            f"select issue_date from operational.{table} where series = :code order by sequence desc limit 1"
        ),
        {"code": series},
    ).scalar()
    if newest is not None and newest > issue_date:
        raise IssueDateTooEarly(series=series, issue_date=issue_date, last=newest)
    return last


def _check_scopes(session: Session) -> None:
    found = session.execute(
        text(
            "select (select count(*) from batch_members) as expected,"
            " (select count(*) from batch_scope_ids) as saved"
        )
    ).one()
    if found.expected != found.saved:
        raise ScopeTaken(found.expected, found.saved)
