"""Data for the warehouse tests: the golden and own cases, each step known on a day of its own."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from operational.kernel import db
from orchestration.cases.format import read_cases
from orchestration.cases.loading import Place, load_portfolio, load_step

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
BILLED_THROUGH = datetime(2026, 7, 31, tzinfo=UTC).date()


def moment(step: int) -> datetime:
    """Return when the facts of a step are recorded."""
    return datetime(2026, 9, 1 + step, 12, tzinfo=UTC)


def write_steps(database: str, places: Sequence[Place], step: int) -> None:
    """Write the facts of a step of every case that has one."""
    with db.open_session("app", actor="test", database=database) as session:
        for place in places:
            if step < len(place.case.steps):
                known = place.case.steps[step].model_copy(update={"known_at": moment(step)})
                load_step(session, place=place, step=known)


def fingerprint(database: str, schema: str = "proposals") -> dict[str, str]:
    """Return a hash of every proposal table, whatever the order of its rows."""
    tables = {
        "prop_document_lines": "scope_key, line_key",
        "prop_document_scopes": "scope_key",
        "prop_billing_exceptions": "scope_key, code",
    }
    with db.engine("dbt", database).connect() as connection:
        return {
            table: str(
                connection.execute(
                    text(
                        f"select md5(coalesce(string_agg(t::text, '~' order by {key}), ''))"
                        f" from {schema}.{table} t"
                    )
                ).scalar_one()
            )
            for table, key in tables.items()
        }


@pytest.fixture
def places(database: str) -> list[Place]:
    """Load the portfolio of all cases into the test's database; no step yet."""
    cases = [case for path in sorted(GOLDEN.glob("*.yaml")) for case in read_cases(path)]
    found = [Place(case, number) for number, case in enumerate(cases, start=1)]
    with db.open_session("app", actor="test", database=database) as session:
        load_portfolio(session, places=found)
    return found
