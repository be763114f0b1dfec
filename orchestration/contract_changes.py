"""The night of contracts: terms that are over, debit notes of early ends, notices of new prices."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from operational.crm.changes import papers, renewing
from operational.finance import notes
from operational.kernel.settings import get_settings


@dataclass(frozen=True, slots=True)
class Night:
    """Counts of what a night did."""

    continued: int
    prolonged: int
    ended: int
    debit_notes: int
    price_notices: int


def run_night(*, session_factory: sessionmaker[Session], day: date, as_of: datetime) -> Night:
    """Do what is due on a day: each step in a transaction of its own; a second run does nothing twice."""
    with session_factory.begin() as session:
        done = renewing.continue_due(session, today=day, as_of=as_of)
    issued = 0
    with session_factory.begin() as session:
        for termination, amount in notes.due_debit_notes(session, on=day):
            note = notes.issue_debit_note(
                session, termination_id=termination, amount=amount, reason="", issue_date=day, as_of=as_of
            )
            notes.send_debit_note(session, public_id=note.public_id, settings=get_settings(), as_of=as_of)
            issued += 1
    told = 0
    while True:
        with session_factory.begin() as session:
            batch = papers.send_price_notices(session, as_of=as_of, today=day)
        told += batch
        if not batch:
            break
    return Night(done.indefinite, done.prolonged, done.ended, issued, told)
