"""Interest for delay from end to end: compute it in the warehouse, end plans that are over, issue the
notes."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from operational.finance.instalments import check_plans
from operational.finance.interest.issuing import InterestRun, gather, issue_interest, preview_totals
from operational.kernel import db
from orchestration import warehouse

ACTOR = "system:interest"


@dataclass(frozen=True, slots=True)
class InterestNight:
    """What a night did: plans that ended, and notes issued (nothing when it was only a preview), PLN."""

    through: date
    plans_completed: int
    plans_breached: int
    notes: int
    interest: Decimal
    compensations: int
    compensation: Decimal
    waiting: Decimal
    issued: bool


def run_interest(
    *, database: str, through: date, issue_date: date, as_of: datetime, issue: bool = True
) -> InterestNight:
    """Compute interest up to and with ``through`` and issue the notes that are due; again it issues nothing.

    Without ``issue`` the proposals are computed and told, and nothing is written. Raises WarehouseError,
    InterestError.
    """
    with db.open_session("app", actor=ACTOR, database=database) as session:
        ended = check_plans(session, on=issue_date, as_of=as_of) if issue else None
    warehouse.compute_interest(database=database, through=through)
    with db.open_session("app", actor=ACTOR, database=database) as session:
        if issue:
            made = issue_interest(session, through=through, issue_date=issue_date, as_of=as_of)
            gather(session, issue_date=issue_date)
            waiting = preview_totals(session)["waiting"]
        else:
            gather(session, issue_date=issue_date)
            totals = preview_totals(session)
            waiting = totals["waiting"]
            made = InterestRun(through, totals["notes"], totals["amount"], 0, Decimal("0.00"))
    return InterestNight(
        through, ended.completed if ended else 0, ended.breached if ended else 0, made.notes, made.interest,
        made.compensations, made.compensation, waiting, issue,
    )  # fmt: skip
