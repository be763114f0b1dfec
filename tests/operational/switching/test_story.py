"""The changes of supplier of the demonstration: one in every state, once."""

from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from orchestration.simulator import stories_switching
from tests.factories.switching import price_lists


def test_the_story_has_a_case_in_every_state_and_is_told_once(session: Session) -> None:
    price_lists(session)
    for _ in range(2):
        stories_switching.tell_story(session, as_of=date(2026, 6, 15))
    found = session.execute(
        text("""select k.name, c.status, c.attempt from operational.switching_cases c
                join operational.customers k on k.id = c.customer_id order by c.id""")
    ).all()
    assert [(row.status, row.attempt) for row in found] == [
        ("DOCS_INCOMPLETE", 0), ("READY", 0), ("ACK", 1), ("REJECTED", 1), ("SCHEDULED", 2), ("SCHEDULED", 1),
        ("ACTIVE", 1), ("COLLISION", 1),
    ]  # fmt: skip
