"""A billing clerk for tests: short ways to make, approve and issue runs, and to ask the database."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.billing import operations
from operational.kernel import db
from operational.kernel.calendar import add_months
from tests.factories import billing_market

AS_OF = datetime(2026, 7, 1, 8, 0, tzinfo=UTC)


class Desk:
    """A billing clerk in a database: makes, approves and issues runs, and asks questions in SQL."""

    def __init__(self, database: str) -> None:
        self.database = database

    @property
    def factory(self) -> sessionmaker[Session]:
        """Return sessions of the issue job."""
        return db.session_factory("app", self.database, actor="job:issue")

    def make(
        self, *, months: int, issue_date: date | None = None, computation: str | None = None
    ) -> operations.RunSummary:
        """Make a run for the last of the first ``months`` months."""
        month = add_months(billing_market.FIRST_MONTH, months - 1)
        with db.open_session("app", actor="staff:anna", database=self.database) as session:
            return operations.create_run(
                session, billing_month=month, as_of=AS_OF,
                computation_id=computation or billing_market.COMPUTATION,
                issue_date=issue_date or add_months(month, 1).replace(day=5),
            )  # fmt: skip

    def approve(self, run_id: int, reason: str = "figures checked") -> None:
        """Approve a run with a reason."""
        with db.open_session("app", actor="staff:anna", database=self.database) as session:
            operations.approve_run(session, run_id=run_id, as_of=AS_OF, reason=reason)

    def issue(self, run_id: int, **options: Any) -> operations.IssueResult:
        """Issue a run."""
        return operations.issue_run(run_id=run_id, session_factory=self.factory, as_of=AS_OF, **options)

    def bill(self, *, months: int, **options: Any) -> operations.IssueResult:
        """Make, approve and issue a run."""
        run = self.make(months=months, **options)
        self.approve(run.run_id)
        return self.issue(run.run_id)

    def ask(self, sql: str, **parameters: Any) -> list[Any]:
        """Return the rows of a question."""
        with db.open_session("app", actor="test", database=self.database) as session:
            return list(session.execute(text(sql), parameters).all())

    def do(self, sql: str, **parameters: Any) -> None:
        """Write facts as the application."""
        with db.open_session("app", actor="test", database=self.database) as session:
            session.execute(text(sql), parameters)
