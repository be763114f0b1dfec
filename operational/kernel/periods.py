"""Half-open civil periods ``[start, end)`` and their exact share of months."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from operational.kernel.calendar import add_months, days_in_month, first_of_month, months
from operational.kernel.errors import DomainError


class InvalidPeriod(DomainError):
    """A period that ends before or when it begins."""

    def __init__(self, start: date, end: date) -> None:
        super().__init__(
            "invalid_period",
            f"The period from {start} to {end} has no day. The end is the first day that is outside; "
            "give an end after the start.",
        )


@dataclass(frozen=True, order=True, slots=True)
class Period:
    """Civil days from ``start`` (inside) to ``end`` (the first day outside)."""

    start: date
    end: date

    def __post_init__(self) -> None:
        """Refuse an empty or reversed period."""
        if self.end <= self.start:
            raise InvalidPeriod(self.start, self.end)

    @classmethod
    def of_month(cls, month: date) -> "Period":
        """Return the calendar month that holds the day ``month``."""
        start = first_of_month(month)
        return cls(start, add_months(start, 1))

    @property
    def days(self) -> int:
        """Return the number of days."""
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        """Tell whether the day is inside."""
        return self.start <= day < self.end

    def overlaps(self, other: "Period") -> bool:
        """Tell whether the two have a day in common."""
        return self.start < other.end and other.start < self.end

    def intersection(self, other: "Period") -> "Period | None":
        """Return the days in common, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Period(start, end) if start < end else None

    def cut(self, at: Iterable[date]) -> list["Period"]:
        """Split at every given day that lies inside; the pieces touch and cover the whole."""
        inside = sorted({day for day in at if self.start < day < self.end})
        bounds = [self.start, *inside, self.end]
        return [Period(start, end) for start, end in pairwise(bounds)]

    def by_month(self) -> list["Period"]:
        """Split at the firsts of months."""
        return self.cut(months(self.start, self.end))

    def months_fraction(self) -> Fraction:
        """Return the exact number of months: days of each month over the days that month has, summed.

        From 15 April to 1 June: 16/30 + 1 = 23/15. Fixed charges are prorated with it and rounded once.
        """
        return sum((Fraction(part.days, days_in_month(part.start)) for part in self.by_month()), Fraction(0))


def open_end(end: date | None) -> date:
    """Return the end, or the last date of the calendar for a period without one."""
    return date.max if end is None else end
