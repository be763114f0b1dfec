"""What is simulated: supply points with their truth, kWh (or m3) of every day and zone.

Use is kept in whole Wh (litres of gas), so every sum is exact. A register shows whole kWh (m3), the rest is
not visible yet; the differences of a register's values therefore sum to the truth, whatever was sent in
between.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from orchestration.simulator.shapes import CAPACITY_HOURS, Profile, shape

_THOUSAND: Final = 1000
_GAS_KWH_PER_M3: Final = 11.4  # only to turn an annual kWh into m3 of truth; billing uses published factors


@dataclass(frozen=True, slots=True)
class Meter:
    """A meter at a point on ``[first_day, last_day]`` with the value of each register at the start."""

    serial: str
    first_day: date
    last_day: date | None
    initial: dict[str, int]
    digits: int = 6


@dataclass(frozen=True, slots=True)
class Point:
    """A simulated supply point, supplied on ``[start, end)`` and read every ``cycle_months``."""

    index: int
    code: str
    customer_number: str
    contract_number: str
    medium: str
    dso: str
    group: str
    annual_kwh: int
    profile: Profile
    zones: tuple[str, ...]
    start: date
    end: date | None
    cycle_months: int
    anchor: date
    mode: str
    meters: tuple[Meter, ...]
    story: str = ""
    wants_imperfection: bool = True
    minutes: int = 60
    generated_kwh: int = 0
    has_reactive: bool = False

    @property
    def has_intervals(self) -> bool:
        """Tell whether the point is billed from interval data."""
        return self.mode in ("intervals", "balanced")

    @property
    def unit(self) -> str:
        """Return the unit of the registers: kwh or m3."""
        return "m3" if self.medium == "gas" else "kwh"

    def meter_on(self, day: date) -> Meter:
        """Return the meter that stands at the point on a day."""
        return next(meter for meter in self.meters if meter.last_day is None or day <= meter.last_day)


@dataclass
class Market:
    """All points and their truth on the days first..last, made from one seed."""

    seed: int
    first: date
    last: date
    points: list[Point] = field(default_factory=list)

    @cached_property
    def by_code(self) -> dict[str, Point]:
        """Return the points by their code."""
        return {point.code: point for point in self.points}

    def daily(self, point: Point, *, capacity: bool = False) -> NDArray[np.int64]:
        """Return the use in Wh (litres) ``[days, zones]`` of the days first..last; zero outside the supply.

        With ``capacity`` the columns are one: the part in the hours of the capacity fee.
        """
        zones = (CAPACITY_HOURS,) if capacity else point.zones
        shares = shape(point.profile, (point.dso, point.group), zones, self.first, self.last)
        scale = point.annual_kwh * _THOUSAND / (_GAS_KWH_PER_M3 if point.medium == "gas" else 1)
        # The same noise per day for all zones and for the capacity hours: a busy day is busy all day.
        noise = np.random.default_rng([self.seed, point.index]).lognormal(-0.02, 0.2, size=len(shares))
        use = np.rint(shares * noise[:, np.newaxis] * scale).astype(np.int64)
        use[: max((point.start - self.first).days, 0)] = 0
        if point.end is not None:
            use[max((point.end - self.first).days, 0) :] = 0
        return use

    def used(self, point: Point, zone: str, start: date, end: date) -> Decimal:
        """Return the true kWh (m3) of a zone on ``[start, end)``, with three decimals."""
        capacity = zone == CAPACITY_HOURS
        column = 0 if capacity else point.zones.index(zone)
        days = self._cumulated(point, capacity)[:, column]
        return Decimal(int(days[self._offset(end)] - days[self._offset(start)])) / _THOUSAND

    def register_value(self, point: Point, zone: str, day: date, meter: Meter | None = None) -> int:
        """Return what the register of a zone shows at the END of a day, rolled over where its digits end."""
        meter = meter or point.meter_on(day)
        total = self._cumulated(point, False)[:, point.zones.index(zone)]
        since = int(total[self._offset(day) + 1] - total[self._offset(meter.first_day)])
        return int((meter.initial[zone] + since // _THOUSAND) % 10**meter.digits)

    def _offset(self, day: date) -> int:
        return min(max((day - self.first).days, -1), (self.last - self.first).days + 1)

    def _cumulated(self, point: Point, capacity: bool) -> NDArray[np.int64]:
        key = (point.index, capacity)
        if key not in self._totals:
            use = self.daily(point, capacity=capacity)
            self._totals[key] = np.vstack(
                [np.zeros((1, use.shape[1]), dtype=np.int64), np.cumsum(use, axis=0)]
            )
        return self._totals[key]

    @cached_property
    def _totals(self) -> dict[tuple[int, bool], NDArray[np.int64]]:
        return {}
