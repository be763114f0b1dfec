"""Invariants: one SQL file per promise, each returning the records that break it.

Here: the checks of `iris check`, of the Dagster asset checks
  and of the tests. Not here: how a broken promise is repaired.
Open first: this file (how checks run), i11_numbers_gapless.sql (what a check looks like),
i24_bank_posted_or_suspense.sql.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational import warehouse
from operational.finance.posting import own_accounts
from operational.finance.rules import PREVIEW_PREFIX

EXAMPLES_SHOWN = 5
_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Violation:
    """One record that breaks a promise."""

    record: str
    detail: str


@dataclass(frozen=True, slots=True)
class Check:
    """A promise: its code in the list of invariants, its sentence and the SQL that finds violations."""

    name: str
    code: str
    promise: str
    sql: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a check found. ``skipped`` names why it could not run (the warehouse is not built yet)."""

    check: Check
    violations: int
    examples: tuple[Violation, ...]
    skipped: str = ""

    @property
    def holds(self) -> bool:
        """Tell whether the promise was checked and kept."""
        return not self.skipped and self.violations == 0


def checks() -> tuple[Check, ...]:
    """Return every check in the order of its code."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.sql")))


def check_all(session: Session, *, as_of: datetime) -> Iterator[CheckResult]:
    """Run every check against the live database, as the staff application's role, without writing."""
    given = parameters(session, as_of=as_of)
    for check in checks():
        yield run(session, check, given)


def parameters(session: Session, *, as_of: datetime) -> dict[str, object]:
    """Return what checks may ask for: the moment, our bank accounts, and the mark of preview lines."""
    return {"as_of": as_of, "own_accounts": own_accounts(session), "preview": f"{PREVIEW_PREFIX}%"}


def run(session: Session, check: Check, given: dict[str, object]) -> CheckResult:
    """Run one check; a check on marts that are not built yet is skipped by name, never counted as kept."""
    missing = warehouse.missing_tables(session, check.sql)
    if missing:
        return CheckResult(
            check,
            0,
            (),
            skipped=f"{', '.join(missing)} is not built yet: run `iris bill run` or the marts in Dagster",
        )
    statement = text(warehouse.fill(check.sql))
    rows = session.execute(statement, {name: given[name] for name in given if f":{name}" in check.sql}).all()
    return CheckResult(
        check, len(rows), tuple(Violation(str(row.record), str(row.detail)) for row in rows[:EXAMPLES_SHOWN])
    )


def _read(path: Path) -> Check:
    sql = path.read_text(encoding="utf-8")
    code, promise = sql.splitlines()[0].removeprefix("-- ").split(" | ", 1)
    return Check(path.stem, code, promise, sql)
