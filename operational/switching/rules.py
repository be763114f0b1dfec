"""Pure rules of switching: states and the steps between them, limits as dates, what a rejection asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from operational.kernel.calendar import add_months, add_working_days, first_of_month
from operational.kernel.errors import DomainError


class SwitchingError(DomainError):
    """Switching refuses: the message says what is wrong and what to do instead."""


class Status(StrEnum):
    """State of a case of one supply point."""

    DRAFT = "DRAFT"
    DOCS_INCOMPLETE = "DOCS_INCOMPLETE"
    READY = "READY"
    SENT = "SENT"
    RESENT = "RESENT"
    ACK = "ACK"
    VERIFIED_OK = "VERIFIED_OK"
    REJECTED = "REJECTED"
    SCHEDULED = "SCHEDULED"
    ACTIVE = "ACTIVE"
    ENDING = "ENDING"
    FINAL_READ = "FINAL_READ"
    CLOSED = "CLOSED"
    CANCELLED_BY_CUSTOMER = "CANCELLED_BY_CUSTOMER"
    WITHDRAWN = "WITHDRAWN"
    COLLISION = "COLLISION"


_S = Status
ENDED: Final = (_S.CLOSED, _S.CANCELLED_BY_CUSTOMER, _S.WITHDRAWN)
AT_DISTRIBUTOR: Final = (_S.SENT, _S.RESENT, _S.ACK)
_LEAVES = (_S.CANCELLED_BY_CUSTOMER, _S.WITHDRAWN)
_ANSWERS = (_S.VERIFIED_OK, _S.REJECTED, _S.COLLISION)
# The same table stands in the database, whose trigger refuses any other step; a test compares the two.
TRANSITIONS: Final[Mapping[str, Mapping[Status, tuple[Status, ...]]]] = {
    "in": {
        _S.DRAFT: (_S.DOCS_INCOMPLETE, _S.READY, _S.SCHEDULED, *_LEAVES, _S.CLOSED),
        _S.DOCS_INCOMPLETE: (_S.READY, *_LEAVES, _S.CLOSED),
        _S.READY: (_S.SENT, _S.RESENT, _S.DOCS_INCOMPLETE, *_LEAVES, _S.CLOSED),
        _S.SENT: (_S.ACK, *_ANSWERS, *_LEAVES),
        _S.RESENT: (_S.ACK, *_ANSWERS, *_LEAVES),
        _S.ACK: (*_ANSWERS, *_LEAVES),
        _S.VERIFIED_OK: (_S.SCHEDULED, _S.COLLISION, *_LEAVES),
        _S.SCHEDULED: (_S.ACTIVE, *_LEAVES),
        _S.REJECTED: (_S.READY, _S.DOCS_INCOMPLETE, *_LEAVES, _S.CLOSED),
        _S.COLLISION: (_S.READY, *_LEAVES, _S.CLOSED),
        _S.ACTIVE: (_S.ENDING,),
        _S.ENDING: (_S.ACTIVE, _S.CLOSED),
    },
    "out": {
        _S.DRAFT: (_S.ENDING, _S.REJECTED, _S.WITHDRAWN),
        _S.REJECTED: (_S.ENDING, _S.WITHDRAWN, _S.CLOSED),
        _S.ENDING: (_S.FINAL_READ, _S.WITHDRAWN),
        _S.FINAL_READ: (_S.CLOSED,),
    },
}
# Columns of the board, from the first paper to the first day of supply.
STAGES: Final[Mapping[str, tuple[Status, ...]]] = {
    "new": (_S.DRAFT,),
    "papers": (_S.DOCS_INCOMPLETE,),
    "ready": (_S.READY,),
    "sent": (_S.SENT, _S.RESENT),
    "verification": (_S.ACK, _S.VERIFIED_OK),
    "confirmed": (_S.SCHEDULED,),
    "rejected": (_S.REJECTED, _S.COLLISION),
    "active": (_S.ACTIVE,),
}
COLLISION_CODE: Final = "R05"
MEDIA: Final = ("electricity", "gas")


def may_follow(direction: str, before: str, after: str) -> bool:
    """Tell whether a state may follow another in a case that comes in (``in``) or leaves (``out``)."""
    return Status(after) in TRANSITIONS[direction].get(Status(before), ())


def may_come_before(direction: str, after: str) -> list[str]:
    """Return the states from which a state can be reached in one step."""
    return [before.value for before, follow in TRANSITIONS[direction].items() if Status(after) in follow]


@dataclass(frozen=True, slots=True)
class Limit:
    """A number of days, working days, months or times that a rule sets."""

    value: int
    unit: str

    def after(self, day: date) -> date:
        """Return the last day of the limit that begins after ``day``.

        Months are those of a notice: it ends with the last day of the month so many months after the one in
        which it arrived (Energy Law art. 4j).
        """
        match self.unit:
            case "working_days":
                return add_working_days(day, self.value)
            case "months":
                return add_months(first_of_month(day), self.value + 1) - timedelta(days=1)
            case _:
                return day + timedelta(days=self.value)


@dataclass(frozen=True, slots=True)
class Limits:
    """A business day with the limits that hold on it, by medium and code.

    ``moment`` is the instant at which supply that follows from the day's work is recorded.
    """

    day: date
    moment: datetime
    known: Mapping[tuple[str, str], Limit]

    def of(self, medium: str, code: str) -> Limit:
        """Return a limit; raises SwitchingError when no row of the rules holds on this day."""
        found = self.known.get((medium, code))
        if found is None:
            raise SwitchingError(
                "switching_limit_missing",
                f"No limit '{code}' for {medium} holds on {self.day}. Add it to switching_deadlines.csv.",
            )
        return found

    def due(self, medium: str, code: str) -> date:
        """Return the day by which something that begins today must be done."""
        return self.of(medium, code).after(self.day)


def earliest_start(limits: Limits, medium: str, known: date | None) -> date:
    """Return the first day for which a notification of today may ask; ``known`` is what a rejection told."""
    allowed = limits.due(medium, "earliest_start")
    return max(allowed, known) if known else allowed
