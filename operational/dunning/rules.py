"""Pure rules of dunning: the words of its codes, the calendar of a night, what a person may decide alone."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

from operational.kernel.calendar import days, effective_due_date, is_working_day
from operational.kernel.errors import DomainError

# Reminders look ahead and suspension looks at tomorrow, so a night knows some days before and after its own.
DAYS_AHEAD: Final = 75
FEE_REFUSAL: Final = (
    "A fee for a demand has no basis in law: a household never pays one, and a business pays the recovery "
    "compensation, for which finance issues its own note. Set the fee to zero."
)


class Stage(StrEnum):
    """How far a case has come."""

    NEW = "NEW"
    REMIND = "REMIND"
    CALL1 = "CALL1"
    CALL2 = "CALL2"
    NOTICE = "NOTICE"
    SUSPENSION_ORDERED = "SUSPENSION_ORDERED"
    SUSPENDED = "SUSPENDED"
    RESTORED = "RESTORED"
    PRE_COURT = "PRE_COURT"
    COURT = "COURT"
    ENFORCEMENT = "ENFORCEMENT"
    SOLD = "SOLD"
    WRITTEN_OFF = "WRITTEN_OFF"
    CLOSED = "CLOSED"


STEP_KINDS: Final = (
    "reminder", "demand", "suspension_notice", "suspension_order", "pre_court", "termination", "court",
    "enforcement",
)  # fmt: skip
STEP_STAGES: Final = (
    "REMIND", "CALL1", "CALL2", "NOTICE", "SUSPENSION_ORDERED", "PRE_COURT", "COURT", "ENFORCEMENT",
)  # fmt: skip
CHANNELS: Final = ("sms", "email", "ebok", "letter", "registered_letter")
DISPUTE_REASONS: Final = ("amount", "reading", "price", "not_my_contract", "paid", "other")
DISPUTE_RESOLUTIONS: Final = ("accepted", "rejected", "withdrawn")
HOLD_REASONS: Final = (
    "agreement", "payment_announced", "complaint", "proceedings", "data_check", "handed_over", "other",
)  # fmt: skip
PROTECTIONS: Final = ("vulnerable", "support_programme", "deceased", "bankruptcy")


class DunningError(DomainError):
    """Dunning refuses: the message says what is wrong and what to do instead."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Columns of the temporary table `dunning_days`, one entry per civil day."""

    days: list[date]
    effective_due: list[date]
    working_no: list[int]
    is_working: list[bool]


def calendar(first: date, as_of: date) -> Calendar:
    """Return the days a night may ask about, from ``first`` (the oldest due date) to some weeks after
    ``as_of``.

    ``effective_due`` is the due date moved off Saturdays and days off (Civil Code art. 115); the difference
    of two ``working_no`` is the number of working days between two days.
    """
    return _calendar(first.replace(day=1), as_of)


@lru_cache(maxsize=8)
def _calendar(first: date, as_of: date) -> Calendar:
    listed = list(days(first, as_of + timedelta(days=DAYS_AHEAD)))
    working = [is_working_day(day) for day in listed]
    numbers, count = [], 0
    for flag in working:
        count += flag
        numbers.append(count)
    return Calendar(listed, [effective_due_date(day) for day in listed], numbers, working)


def season_holds(season_from: str, season_to: str, day: date) -> bool:
    """Tell whether a day lies in a season ``MM-DD`` to ``MM-DD``, both included, also over New Year."""
    if not season_from:
        return True
    text = f"{day:%m-%d}"
    if season_from <= season_to:
        return season_from <= text <= season_to
    return text >= season_from or text <= season_to


def check_hold(*, held_from: date, held_until: date, longest: int) -> None:
    """Refuse a hold without an end, in the past, or longer than anybody may place; raises DunningError."""
    if held_until <= held_from:
        raise DunningError(
            "hold_without_end",
            "A hold needs an end after its first day. Enter the day on which dunning goes on.",
        )
    if (held_until - held_from).days > longest:
        raise DunningError(
            "hold_too_long", f"A hold lasts at most {longest} days. Choose an earlier end; it can be renewed."
        )
