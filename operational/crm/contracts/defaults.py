"""Rules of contracts by date: proposals for the terms, days of withdrawal, days a start needs."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from operational.kernel.calendar import first_of_next_month
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class Proposal:
    """Terms that the wizard proposes for a kind of customer; `period_months` None is an indefinite period."""

    period_months: int | None
    notice_months: int
    continuation: str
    cycle_months: int
    payment_term_days: int
    invoicing_rule: str


def proposal(session: Session, *, customer_kind: str, on: date) -> Proposal:
    """Return the terms to propose; raise DomainError when no rule covers the day."""
    row = first(
        session,
        "select period_months, notice_months, continuation, cycle_months, payment_term_days, invoicing_rule"
        " from operational.contract_defaults where customer_kind = :kind and superseded_at is null"
        " and valid_from <= :day and (valid_to is null or valid_to > :day)",
        {"kind": customer_kind, "day": on},
    )
    if row is None:
        raise DomainError(
            "no_contract_default",
            f"No terms are proposed for {customer_kind} on {on}. Add a row to contract_defaults.",
        )
    return Proposal(*row)


def withdrawal_days(session: Session, *, channel: str, customer_kind: str, on: date) -> int | None:
    """Return the days in which a contract signed on a day may be withdrawn from,
    None when there is no such right.

    Consumer Rights Act art. 27: 14 days at a distance or off premises; 30 after an unsolicited visit at home.
    """
    row = first(
        session,
        "select days from operational.withdrawal_rules where channel = :channel and customer_kind = :kind"
        " and superseded_at is null and valid_from <= :day and (valid_to is null or valid_to > :day)",
        {"channel": channel, "kind": customer_kind, "day": on},
    )
    return None if row is None else int(row.days)


def lead_days(session: Session, *, on: date) -> dict[str, int]:
    """Return the days each kind of start needs after the signature."""
    found = rows(
        session,
        "select kind, lead_days from operational.start_rules where superseded_at is null"
        " and valid_from <= :day and (valid_to is null or valid_to > :day)",
        {"day": on},
    )
    return {str(row.kind): int(row.lead_days) for row in found}


def proposed_start(session: Session, *, kind: str, on: date) -> date:
    """Return the first of a month that a start of a kind, signed on a day, can keep."""
    return first_of_next_month(on + timedelta(days=lead_days(session, on=on).get(kind, 0)))
