"""A night of switching: every step that needs nobody, each in a transaction of its own;
twice does nothing twice.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session, sessionmaker

from operational.switching import losses, opening, papers, remedies, reserve, sending
from operational.switching.limits import limits_on
from operational.switching.rules import Limits


@dataclass(frozen=True, slots=True)
class NightResult:
    """What a night did, by step."""

    day: date
    counts: Mapping[str, int]


def _opened(session: Session, limits: Limits) -> dict[str, int]:
    return {
        "opened": opening.open_cases(session, limits=limits),
        "ended_with_contract": opening.follow_requests(session, limits=limits)
        + remedies.withdraw_signed(session, limits=limits),
    }


def _sent(session: Session, limits: Limits) -> dict[str, int]:
    files = sending.send(session, limits=limits)
    return {"files": len(files), "messages": sum(file.messages for file in files)}


_STEPS: tuple[Callable[[Session, Limits], dict[str, int]], ...] = (
    _opened,
    lambda session, limits: papers.prepare(session, limits=limits),
    lambda session, limits: remedies.repair(session, limits=limits),
    lambda session, limits: losses.decide(session, limits=limits),
    _sent,
    lambda session, limits: {"active": reserve.start_due(session, limits=limits)},
    lambda session, limits: losses.follow(session, limits=limits),
)


def run_night(*, session_factory: sessionmaker[Session], as_of: date, moment: datetime) -> NightResult:
    """Do everything that is due on a day: open, ask for papers, repair, answer, send, start, settle.

    ``moment`` is when supply that follows is recorded. A night that was interrupted is simply run again.
    """
    counts: dict[str, int] = {}
    with session_factory() as session, session.begin():
        limits = limits_on(session, as_of, moment)
    for step in _STEPS:
        with session_factory() as session, session.begin():
            counts |= step(session, limits)
    return NightResult(as_of, counts)
