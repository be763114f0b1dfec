"""Who does the supplier's work while a market is played: the operations directly, or the runs of the lineage.

Both do the same to the database. Tests use ``ByOperations``, which is quicker; the demonstration uses
``ByLineage``, so that every month stands in Dagster's UI with its checks and figures.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.billing.operations import approve_run, create_run, issue_run
from operational.billing.queries import latest_run
from operational.finance.operations import import_bank_file
from operational.kernel import db
from operational.metering.operations import IngestResult, land_readings_file
from orchestration.intervals.results import LakeResult
from orchestration.simulator.dso import Delivery
from orchestration.warehouse import compute_proposals

# Who did it, as the audit trail will say.
MARKET, BILLING, CONTROLLER, BANK = "system:demo", "staff:bartek", "staff:celina", "system:bank"
REASON = "The demonstration shows its whole story."
READINGS = "readings"
_HAS_LAKE = "select exists (select from raw.interval_partitions)"


@dataclass(frozen=True, slots=True)
class Bill:
    """A month to be billed: everything due through ``billed_through``, with documents of ``issue_date``."""

    month: date
    billed_through: date
    issue_date: date
    issued_at: datetime


class Hands(Protocol):
    """What is done with files that arrived and a month that is due; the result counts what happened."""

    def land(self, files: Sequence[Delivery]) -> Counter[str]:
        """Take distributors' files, each at the instant it came."""

    def bill(self, bill: Bill) -> None:
        """Compute, approve and issue."""

    def bank(self, files: Sequence[Delivery]) -> None:
        """Take bank statements, each at the instant it came."""


@dataclass(frozen=True, slots=True)
class ByOperations:
    """Call the operations of the rooms, each in a transaction of its own; files stay in ``inbox``."""

    database: str
    inbox: Path

    def land(self, files: Sequence[Delivery]) -> Counter[str]:
        """Take distributors' files, each at the instant it came."""
        counted: Counter[str] = Counter()
        for file in files:
            put_into(self.inbox / file.kind, file)
            with db.open_session("app", actor=MARKET, database=self.database) as session:
                result = self._landed(session, file)
            counted["rows accepted"] += result.rows_accepted
            counted["rows in quarantine"] += result.rows_rejected
            counted["rows repeated"] += result.rows_duplicate
        return counted

    def _landed(self, session: Session, file: Delivery) -> IngestResult | LakeResult:
        if file.kind == READINGS:
            return land_readings_file(session, content=file.content, name=file.name, as_of=file.received_at)
        from orchestration.assets.intervals import KINDS

        _, land = KINDS[file.kind]
        path = self.inbox / file.kind / file.name
        return land(session, path=path, name=file.name, as_of=file.received_at)

    def _determine(self, as_of: datetime) -> None:
        """Compute the determinants that changed, where there is a lake at all."""
        from orchestration.intervals.determining import determine

        with db.open_session("app", actor=MARKET, database=self.database) as session:
            has_lake: bool = session.execute(text(_HAS_LAKE)).scalar_one()
            if has_lake:
                determine(session, as_of=as_of)

    def bill(self, bill: Bill) -> None:
        """Make, approve and issue the run of a month; a run that a killed play left behind is finished."""
        self._determine(bill.issued_at)
        computed = compute_proposals(database=self.database, billed_through=bill.billed_through)
        with db.open_session("app", actor=BILLING, database=self.database) as session:
            run = latest_run(session, billing_month=bill.month)
            # A run that was left over from other proposals is not gone on with: a new one takes what is due.
            is_standing = (
                run is not None
                and run.issue_date == bill.issue_date
                and run.status != "rejected"
                and run.computation_id == computed.id
            )
            if run is None or not is_standing or run.status == "computed":
                made = create_run(
                    session, billing_month=bill.month, computation_id=computed.id, issue_date=bill.issue_date,
                    as_of=bill.issued_at,
                )  # fmt: skip
                run_id, is_approved, within = made.run_id, False, made.summary.is_within_bounds
            else:
                run_id, is_approved, within = run.id, True, True
        if not is_approved:
            with db.open_session("app", actor=CONTROLLER, database=self.database) as session:
                approve_run(session, run_id=run_id, as_of=bill.issued_at, reason="" if within else REASON)
        factory = db.session_factory("app", self.database, actor=BILLING)
        issue_run(run_id=run_id, session_factory=factory, as_of=bill.issued_at)

    def bank(self, files: Sequence[Delivery]) -> None:
        """Take bank statements, each at the instant it came."""
        for file in files:
            put_into(self.inbox / "bank", file)
            with db.open_session("app", actor=BANK, database=self.database) as session:
                import_bank_file(session, content=file.content, name=file.name, as_of=file.received_at)


@dataclass(frozen=True, slots=True)
class ByLineage:
    """Run the jobs of the lineage in this process: one run per batch of files, one per month billed."""

    database: str
    home: Path

    def land(self, files: Sequence[Delivery]) -> Counter[str]:
        """Take distributors' files, each at the instant it came."""
        from orchestration import playing

        before = self._rows()
        came = self._deliver(files)
        if any(file.kind == READINGS for file in files):
            playing.take_readings(self._iris(files), instance=playing.instance(), received_at=came)
        if any(file.kind != READINGS for file in files):
            playing.take_intervals(self._iris(files), instance=playing.instance(), received_at=came)
            for month in self._lake_months():
                playing.determine_intervals(self._iris(files), month=month, instance=playing.instance())
        counted = self._rows()
        counted.subtract(before)
        return counted

    def bill(self, bill: Bill) -> None:
        """Compute, approve, issue and deliver the month in one run."""
        from orchestration import playing
        from orchestration.resources import Iris

        playing.bill(
            Iris(database=self.database, files=str(self.home), as_of=bill.issued_at.isoformat()),
            month=bill.month,
            issue_date=bill.issue_date,
            instance=playing.instance(),
            actor=BILLING,
            approver=CONTROLLER,
            override_reason=REASON,
        )

    def bank(self, files: Sequence[Delivery]) -> None:
        """Take bank statements, each at the instant it came."""
        from orchestration import playing

        came = self._deliver(files)
        playing.take_bank(self._iris(files), instance=playing.instance(), received_at=came)

    def _iris(self, files: Sequence[Delivery]):  # type: ignore[no-untyped-def]  # Dagster is imported late
        from orchestration.resources import Iris

        last = max(file.received_at for file in files)
        return Iris(database=self.database, files=str(self.home), as_of=last.isoformat())

    def _lake_months(self) -> list[date]:
        """Return the delivery months that are in the lake and may have to be computed: the newest three."""
        question = "select distinct delivery_month from raw.interval_partitions order by 1 desc limit 3"
        with db.open_session("app", actor=MARKET, database=self.database) as session:
            return sorted(session.connection().exec_driver_sql(question).scalars())

    def _deliver(self, files: Sequence[Delivery]) -> dict[str, datetime]:
        for file in files:
            put_into(self.home / "inbox" / file.kind, file)
        return {file.name: file.received_at for file in files}

    def _rows(self) -> Counter[str]:
        question = """select coalesce(sum(rows_accepted), 0) as accepted,
            coalesce(sum(rows_rejected), 0) as rejected,
            coalesce(sum(rows_duplicate), 0) as repeated from raw.files where kind <> 'bank_statements'"""
        with db.open_session("app", actor=MARKET, database=self.database) as session:
            row = session.connection().exec_driver_sql(question).one()
        return Counter(
            {"rows accepted": row.accepted, "rows in quarantine": row.rejected, "rows repeated": row.repeated}
        )


def put_into(folder: Path, file: Delivery) -> None:
    """Put a file into a folder, as a distributor or bank would."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file.name).write_bytes(file.content)
