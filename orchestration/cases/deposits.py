"""What the deposit of a prosumer does in a case: lots of fed-in energy, the document of a step, its use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational import warehouse
from operational.billing import issuing, operations
from operational.billing.limits import read_limits
from operational.kernel.calendar import first_of_month
from orchestration.cases.format import Expectation


@dataclass(frozen=True, slots=True)
class DepositFound:
    """What a document of a step took from the deposit, by month of feed-in, and what was left, PLN."""

    used: Mapping[date, Decimal]
    to_pay: Decimal
    left: Decimal


def issue_case(session: Session, *, customer_number: str, issue_date: date) -> None:
    """Issue what is due to the case's customer, as a run of the month would on that day."""
    found = warehouse.computation(session)
    as_of = datetime.combine(issue_date, time(12), UTC)
    run = operations.create_run(
        session, billing_month=first_of_month(found.billed_through), computation_id=found.computation_id,
        issue_date=issue_date, as_of=as_of,
    )  # fmt: skip
    operations.approve_run(session, run_id=run.run_id, as_of=as_of, reason="case")
    customer: int = session.execute(
        text("select id from operational.customers where customer_number = :number"),
        {"number": customer_number},
    ).scalar_one()
    order = issuing.Order(run.run_id, found.computation_id, issue_date, as_of, read_limits(session), "{}")
    issuing.issue_batch(session, order=order, customers=[customer])


def deposit_found(session: Session, *, customer_number: str) -> DepositFound | None:
    """Return what the customer's last document says about the deposit, or None when there is no document."""
    row = session.execute(
        text(
            "select d.content -> 'deposit' as deposit, d.gross_amount from operational.documents d"
            " join operational.customers c on c.id = d.customer_id where c.customer_number = :number"
            " order by d.id desc limit 1"
        ),
        {"number": customer_number},
    ).one_or_none()
    if row is None:
        return None
    deposit: Mapping[str, Any] = row.deposit or {"entries": [], "to_pay": row.gross_amount, "left": 0}
    signs = {"use": 1, "return": -1}
    return DepositFound(
        {date.fromisoformat(one["month"]): signs[one["kind"]] * Decimal(str(one["amount"]))
         for one in deposit["entries"]},
        Decimal(str(deposit["to_pay"])),
        Decimal(str(deposit["left"])),
    )  # fmt: skip


def compare_lots(expect: Expectation, lots: Sequence[Any]) -> list[str]:
    """Return the differences between the expected and the proposed lots, one sentence each."""
    if expect.lots is None:
        return []
    differences = []
    found = {lot.feed_in_month: lot for lot in lots}
    differences += [
        f"lot {month} was not expected" for month in sorted(found.keys() - {one.month for one in expect.lots})
    ]
    for one in expect.lots:
        lot = found.get(one.month)
        if lot is None:
            differences.append(f"lot {one.month} is missing")
            continue
        for name, wanted, value in (
            ("status", one.status, lot.status), ("kWh", one.fed_kwh, lot.fed_kwh),
            ("value", one.value, lot.fed_value), ("credit", one.credited, lot.credited),
        ):  # fmt: skip
            if wanted is not None and wanted != value:
                differences.append(f"lot {one.month} {name}: expected {wanted}, computed {value}")
    return differences


def compare_deposit(expect: Expectation, found: DepositFound | None) -> list[str]:
    """Return the differences between the expected and the actual use of the deposit."""
    if expect.deposit is None:
        return []
    if found is None:
        return ["no document was issued, so the deposit paid nothing"]
    wanted = expect.deposit
    return [
        f"deposit {name}: expected {expected}, found {value}"
        for name, expected, value in (
            ("used", dict(wanted.used), dict(found.used)),
            ("to pay", wanted.to_pay, found.to_pay),
            ("left", wanted.left, found.left),
        )
        if expected is not None and expected != value
    ]
