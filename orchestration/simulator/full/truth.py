"""The truth of interval meters: Wh (varh) of every quarter of an hour or hour, in both directions.

Everything is a whole number, so every sum is exact. Days are Warsaw days of 23, 24 or 25 hours.
A meter of hours sums the quarters of the hour; import and export of one hour may both be above zero.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from operational.kernel.calendar import WARSAW
from orchestration.simulator.market import Market, Point
from orchestration.simulator.shapes import electricity

Wh = NDArray[np.int64]
CHANNELS: Final = ("import", "export", "inductive", "capacitive")
_QUARTERS: Final = 4
_YEAR: Final = 365


@dataclass(frozen=True, slots=True)
class Clock:
    """The intervals of a stretch of days: start of each as text with offset, day and hour of the clock."""

    first: date
    minutes: int
    labels: tuple[str, ...]
    day: NDArray[np.int64]
    hour: NDArray[np.int64]
    hour_no: NDArray[np.int64]

    def stretch(self, start: date, end: date) -> slice:
        """Return the places of the intervals of the days ``[start, end)``."""
        low, high = (int(np.searchsorted(self.day, (day - self.first).days)) for day in (start, end))
        return slice(low, high)


@cache
def clock(first: date, last: date, minutes: int) -> Clock:
    """Return the intervals of the days first..last."""
    end = last + timedelta(days=1)
    index = pd.date_range(first, end, freq=f"{minutes}min", tz=WARSAW.key, inclusive="left")
    midnight = index.tz_localize(None).normalize()
    day = ((midnight - pd.Timestamp(first)) // pd.Timedelta(days=1)).to_numpy(dtype=np.int64)
    labels = tuple(moment.isoformat(timespec="minutes") for moment in index)
    hour = index.hour.to_numpy(dtype=np.int64)
    return Clock(first, minutes, labels, day, hour, np.arange(len(day)) // (60 // minutes))


def starts_utc(found: Clock) -> list[datetime]:
    """Return the starts of the intervals in UTC."""
    return [datetime.fromisoformat(label) for label in found.labels]


@dataclass(frozen=True, slots=True)
class Truth:
    """What an interval meter measured: Wh (varh) by channel on the intervals of its clock."""

    clock: Clock
    channels: dict[str, Wh]

    def total(self, channel: str, start: date, end: date) -> Decimal:
        """Return the kWh (kvarh) of a channel on the days ``[start, end)``."""
        found = self.channels.get(channel)
        return _kwh(found[self.clock.stretch(start, end)].sum()) if found is not None else Decimal(0)

    def balanced(self) -> tuple[Wh, Wh]:
        """Return what is taken and fed in after the balance of each hour, in Wh by hour."""
        per_hour = 60 // self.clock.minutes
        nothing = np.zeros_like(self.channels["import"])
        net = (
            (self.channels["import"] - self.channels.get("export", nothing)).reshape(-1, per_hour).sum(axis=1)
        )
        return np.maximum(net, 0), np.maximum(-net, 0)


def truth_of(market: Market, point: Point) -> Truth:
    """Return the truth of a point with an interval meter; the same for the same seed."""
    found = clock(market.first, market.last, point.minutes)
    rng = np.random.default_rng([market.seed, 7, point.index])
    shares, day, hour = electricity(point.profile, market.first, market.last)
    busy = rng.lognormal(-0.02, 0.2, size=int(day.max()) + 1)
    use = np.rint(shares * busy[day] * point.annual_kwh * 1000 * rng.uniform(0.7, 1.3, len(day)))
    quarters: dict[str, Wh] = {"import": use.astype(np.int64)}
    if point.generated_kwh:
        made = np.rint(_sun(market, day, hour, rng) * point.generated_kwh * 1000).astype(np.int64)
        # Clouds and appliances come and go within a quarter, so some is fed in while use is larger.
        through = np.rint(made * rng.uniform(0.0, 0.15, len(day))).astype(np.int64)
        net = quarters["import"] - made
        quarters = {"import": np.maximum(net, 0) + through, "export": np.maximum(-net, 0) + through}
    if point.has_reactive:
        taken = quarters["import"]
        quarters["inductive"] = np.rint(taken * rng.uniform(0.3, 0.6, len(day))).astype(np.int64)
        at_night = (hour < 5) & (rng.random(len(day)) < 0.3)
        quarters["capacitive"] = np.where(at_night, np.rint(taken * 0.05), 0).astype(np.int64)
    supplied = (day >= (point.start - market.first).days) & (
        day < ((point.end or date.max) - market.first).days
    )
    per_interval = point.minutes // 15
    channels = {
        name: (values * supplied).reshape(-1, per_interval).sum(axis=1) for name, values in quarters.items()
    }
    return Truth(found, channels)


def _sun(
    market: Market, day: NDArray[np.int64], hour: NDArray[np.int64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the share of a year's generation that falls on each quarter of an hour."""
    of_year = (market.first - date(market.first.year, 1, 1)).days + day
    bright = rng.uniform(0.15, 1.0, size=int(day.max()) + 1)[day] * rng.uniform(0.6, 1.0, len(day))
    result: NDArray[np.float64] = _height(of_year, hour) * bright / _year_of_sun()
    return result


def _height(of_year: NDArray[np.int64], hour: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return how high the sun stands, between 0 and 1, by the day of the year and the hour of the clock."""
    season = 0.55 + 0.45 * np.cos(2 * np.pi * (of_year - 172) / _YEAR)
    half_day = 4.0 + 3.5 * season
    height: NDArray[np.float64] = np.maximum(1 - ((hour + 0.5 - 12.5) / half_day) ** 2, 0) * season
    return height


@cache
def _year_of_sun() -> float:
    """Return what the quarters of a year make together under the mean of all skies."""
    days, hours = np.divmod(np.arange(_YEAR * 96), 96)
    return float(_height(days, hours // 4).sum()) * 0.575 * 0.8


def _kwh(wh: int | np.int64) -> Decimal:
    return Decimal(int(wh)) / 1000
