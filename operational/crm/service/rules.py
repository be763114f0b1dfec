"""Rules of service: codes, refusals, the days of a deadline, the colours of a clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from operational.kernel.calendar import add_working_days, effective_due_date
from operational.kernel.errors import DomainError

ACTIVITY_KINDS: Final = ("call", "email", "meeting", "note", "task")
DIRECTIONS: Final = ("", "in", "out")
COMPLAINT_CHANNELS: Final = ("phone", "email", "letter", "in_person", "ebok")
OPEN_STATES: Final = ("new", "in_progress", "waiting_customer")
OUTCOMES: Final = ("accepted", "partly", "rejected")
# What a complaint that is accepted starts; a rejected one starts nothing.
REMEDIES: Final = ("none", "re_reading", "price_fix", "recalculation", "refund")
CAUSES: Final = (
    "meter_reading", "estimate", "price_list", "data_entry", "payment_matching", "distributor", "agent",
    "communication", "system", "none_found",
)  # fmt: skip
# From how many days before the deadline the clock turns yellow.
SOON: Final = timedelta(days=3)


class ServiceRefused(DomainError):
    """A task or complaint cannot be recorded as asked; `fields` says which field has which mistake."""

    def __init__(self, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.fields = dict(fields or {})


def wrong(**fields: str) -> ServiceRefused:
    """Return a refusal that names its fields; each value is a code with words in `words/service.py`."""
    named = ", ".join(f"{name} ({code})" for name, code in sorted(fields.items()))
    return ServiceRefused("service_fields", f"These fields have mistakes: {named}. Correct them.", fields)


def changed_meanwhile(what: str) -> ServiceRefused:
    """Return the refusal of a form whose record somebody else changed since it was drawn."""
    return ServiceRefused(
        "changed_meanwhile", f"{what} was changed by somebody else meanwhile. Reload and repeat the change."
    )


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when a complaint must be answered, and what follows when it is not."""

    id: int
    days: int
    moves_off_days_off: bool
    is_deemed_accepted: bool

    def due_on(self, received_on: date) -> date:
        """Return the last day for the answer: calendar days after the day of receipt, which does not count.

        An end on a Saturday or a day off moves to the next day that is neither (Civil Code art. 115).
        """
        day = received_on + timedelta(days=self.days)
        return effective_due_date(day) if self.moves_off_days_off else day


def task_due(*, start: date, days: int, unit: str) -> date:
    """Return the day on which a task of a queue is due, in calendar or working days from the start."""
    return add_working_days(start, days) if unit == "working" else start + timedelta(days=days)


def clock_tone(due_on: date, today: date) -> str:
    """Return the colour of a deadline: bad when it has passed or is today, warn when soon, else none."""
    if due_on <= today:
        return "bad"
    return "warn" if due_on - today <= SOON else ""
