"""The demonstration end to end on a small market: figures, log-ins, invariants, and a second run."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.access.passwords import verify_password
from operational.kernel import state
from operational.kernel.errors import DomainError
from orchestration import demo
from orchestration.simulator import stories_switching
from orchestration.simulator.stories import STORIES

SMALL = demo.Options(supply_points=20, months=1, in_lineage=0)


def test_a_demonstration_too_small_for_its_stories_is_refused() -> None:
    with pytest.raises(DomainError, match="at least 20 supply points"):
        demo.run_demo(demo.Options(supply_points=3), database="none")


@pytest.mark.slow
@pytest.mark.warehouse
def test_the_demonstration_bills_pays_and_keeps_every_promise(
    database: str, session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(state, "home", lambda: tmp_path)
    told: list[str] = []
    first = demo.run_demo(SMALL, database=database, progress=lambda phase, *_: told.append(phase))
    assert first.today == date(2025, 8, 15)
    assert first.points == 20 + len(stories_switching.STORIES)
    assert first.invoices > 10
    assert first.payments == 0  # nothing is due so soon
    assert first.quarantine > 0
    assert first.exceptions == 1  # the reading below the last one
    assert first.invariants_checked > 20
    assert first.invariants_broken == ()
    assert {"Portfolio", "Months", "Collection and reports"} <= set(told)
    assert (tmp_path / "archive" / "readings").is_dir()
    assert (tmp_path / "archive" / "bank").is_dir()

    staff = text("select password_hash from operational.staff_users where login = 'anna'")
    assert verify_password(session.execute(staff).scalar_one(), demo.STAFF_PASSWORD)
    portal = text("select count(*) from operational.customer_users")
    assert session.execute(portal).scalar_one() == len(STORIES)

    second = demo.run_demo(SMALL, database=database)
    assert second.played == 0
    assert (second.invoices, second.payments, second.readings) == (
        first.invoices,
        first.payments,
        first.readings,
    )
