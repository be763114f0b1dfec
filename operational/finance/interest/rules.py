"""Pure rules of interest for delay: the days, the rates and the one rounding of a bill.

Interest runs from the day after the effective due date (Civil Code art. 115) to the day of payment, on what
was unpaid at the start of the day, at the rate of the day, divided by the days of the year (rules: 365 also
in leap years). The parts of a bill are rounded so that they add up to its interest rounded once, half-up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from operational.kernel.calendar import effective_due_date
from operational.kernel.money import round_half_up

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in percent a year on the days ``[valid_from, valid_to)``."""

    valid_from: date
    valid_to: date
    rate_pct: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """Days ``[period_from, period_to)`` of a bill with one principal and one rate, and their interest in
    PLN."""

    period_from: date
    period_to: date
    principal: Decimal
    rate_pct: Decimal
    amount: Decimal

    @property
    def days(self) -> int:
        """Return how many days bear interest."""
        return (self.period_to - self.period_from).days


def interest_parts(
    *,
    amount: Decimal,
    due_date: date,
    payments: Iterable[tuple[date, Decimal]],
    rates: Sequence[Rate],
    through: date,
    year_days: int = 365,
    cut_on: date | None = None,
) -> list[Part]:
    """Return the interest of a bill up to and with ``through``, oldest days first; PLN in, PLN out.

    ``payments`` are what was settled on which day (undone settlements negative); ``rates`` are in order. A
    part that would hold days before and after ``cut_on`` is cut there, so that what a note has covered can be
    told from what is new.
    """
    effective = effective_due_date(due_date)
    weight, parts = Decimal(0), list[Part]()
    settled = [*payments, *([(cut_on - ONE_DAY, Decimal(0))] if cut_on else [])]
    for first, end, principal in _principals(amount, effective + ONE_DAY, through + ONE_DAY, settled):
        for rate in rates:
            start, stop = max(first, rate.valid_from), min(end, rate.valid_to)
            if start >= stop:
                continue
            before = weight
            weight += principal * rate.rate_pct * (stop - start).days
            rounded = _rounded(weight, year_days) - _rounded(before, year_days)
            parts.append(Part(start, stop, principal, rate.rate_pct, rounded))
    return parts


def _rounded(weight: Decimal, year_days: int) -> Decimal:
    return round_half_up(weight / (100 * year_days))


def _principals(
    amount: Decimal, first: date, end: date, payments: Iterable[tuple[date, Decimal]]
) -> Iterable[tuple[date, date, Decimal]]:
    """Yield the stretches of days with one unpaid amount above zero; a payment counts from the day after."""
    changes: dict[date, Decimal] = {first: amount}
    for day, paid in payments:
        cut = max(day + ONE_DAY, first)
        changes[cut] = changes.get(cut, Decimal(0)) - paid
    days = sorted(day for day in changes if day < end)
    principal = Decimal(0)
    for position, day in enumerate(days):
        principal += changes[day]
        following = days[position + 1] if position + 1 < len(days) else end
        if principal > 0:
            yield day, following, principal
