"""Files of intervals as distributors send them: late, with holes, estimated, wrong, corrected, nonsense.

For a month M the main file of each distributor comes on the 2nd of M+1, stragglers on the 5th, and on the
12th, when the bills are out, what was missing, estimated or wrong. At the end the supplier knows the truth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

import numpy as np

from operational.kernel.calendar import WARSAW, add_months
from operational.kernel.identifiers import complete_supply_point_code
from orchestration.simulator.dso import Delivery
from orchestration.simulator.full.customers import FullMarket
from orchestration.simulator.full.truth import Truth
from orchestration.simulator.market import Point
from orchestration.simulator.portfolio import PREFIXES

_ONE_DAY: Final = timedelta(days=1)
_MAIN, _STRAGGLERS, _MENDING = (2, time(6, 30)), (5, time(9, 30)), (12, time(7, 30))
_WORDS: Final = {_MAIN: "", _STRAGGLERS: "_supplement", _MENDING: "_corrections"}
_HEADER: Final = "supply_point_code,starts_at,minutes,channel,value,unit,quality,version"
_UNITS: Final = {"inductive": "kvarh", "capacitive": "kvarh"}
_HOURS_LOST: Final = 5
_GUESS: Final = 80  # an estimate sees so many percent of the truth


class Fate(StrEnum):
    """What happens to the intervals of a point in a month before the supplier sees them."""

    NORMAL = "normal"
    LATE = "late"
    MISSING = "missing"
    GAP = "gap"
    ESTIMATED = "estimated"
    WRONG = "wrong"


_FATES: Final = (Fate.NORMAL, Fate.LATE, Fate.MISSING, Fate.GAP, Fate.ESTIMATED, Fate.WRONG)
_SHARES: Final = (0.76, 0.06, 0.03, 0.05, 0.05, 0.05)


@dataclass(frozen=True, slots=True)
class _Part:
    """A stretch of intervals of a point as one file tells it; ``percent`` of the truth."""

    wave: tuple[int, time]
    place: slice
    percent: int = 100
    quality: str = "actual"
    version: int = 1


def interval_files(full: FullMarket, month: date) -> list[Delivery]:
    """Return the files about the delivery month ``month`` (its first day), in the order of their arrival."""
    files: list[Delivery] = []
    for dso in PREFIXES:
        lines: dict[tuple[int, time], list[str]] = {wave: [] for wave in _WORDS}
        for point in full.interval_points:
            if point.dso == dso:
                truth = full.truths[point.code]
                for part in _parts(full, point, truth, month):
                    lines[part.wave] += _lines(point, truth, part)
        files += _files(dso, month, lines)
    return sorted(files, key=lambda file: (file.received_at, file.name))


def fate(full: FullMarket, point: Point, month: date) -> Fate:
    """Return what happens to a point's intervals of a month; the same for the same seed."""
    rng = np.random.default_rng([full.market.seed, 8, point.index, month.year, month.month])
    return _FATES[int(rng.choice(len(_FATES), p=_SHARES))]


def _parts(full: FullMarket, point: Point, truth: Truth, month: date) -> Iterator[_Part]:
    after = add_months(month, 1)
    start, end = max(point.start, month), min(point.end or after, after)
    if start >= end:
        return
    whole = truth.clock.stretch(start, end)
    # The day that is hurt: the day on which the clock is moved, where the month has one.
    day = min(max(_changed_day(month) or start + _ONE_DAY * 11, start), end - _ONE_DAY)
    hurt = truth.clock.stretch(day, min(day + 3 * _ONE_DAY, end))
    before, behind = slice(whole.start, hurt.start), slice(hurt.stop, whole.stop)
    match fate(full, point, month):
        case Fate.NORMAL:
            yield _Part(_MAIN, whole)
        case Fate.LATE:
            yield _Part(_STRAGGLERS, whole)
        case Fate.MISSING:
            yield _Part(_MENDING, whole)
        case Fate.GAP:
            lost = slice(hurt.start, hurt.start + _HOURS_LOST * 60 // truth.clock.minutes)
            yield _Part(_MAIN, slice(whole.start, lost.start))
            yield _Part(_MAIN, slice(lost.stop, whole.stop))
            yield _Part(_MENDING, lost)
        case Fate.ESTIMATED:
            yield _Part(_MAIN, before)
            yield _Part(_MAIN, hurt, _GUESS, "estimated")
            yield _Part(_MAIN, behind)
            yield _Part(_MENDING, hurt, version=2)
        case Fate.WRONG:
            yield _Part(_MAIN, before)
            yield _Part(_MAIN, hurt, 2 * _GUESS)
            yield _Part(_MAIN, behind)
            yield _Part(_MENDING, hurt, version=2)


def _changed_day(month: date) -> date | None:
    """Return the last Sunday of March or October, when the clock is moved."""
    if month.month not in (3, 10):
        return None
    last = add_months(month, 1) - _ONE_DAY
    return last - _ONE_DAY * ((last.weekday() + 1) % 7)


def _lines(point: Point, truth: Truth, part: _Part) -> Iterator[str]:
    labels = truth.clock.labels[part.place]
    for channel, values in truth.channels.items():
        unit = _UNITS.get(channel, "kwh")
        tail = f"{unit},{part.quality},{part.version}"
        head = f",{truth.clock.minutes},{channel},"
        for label, value in zip(labels, (values[part.place] * part.percent // 100).tolist(), strict=True):
            yield f"{point.code},{label}{head}{value / 1000:.3f},{tail}"


def _files(dso: str, month: date, lines: dict[tuple[int, time], list[str]]) -> Iterator[Delivery]:
    for (day, hour), word in _WORDS.items():
        rows = lines[day, hour]
        if not rows:
            continue
        if word:
            rows = [*rows, *_nonsense(dso, rows[-1])]
        arrival = datetime.combine(add_months(month, 1).replace(day=day), hour, tzinfo=WARSAW)
        content = "\n".join([_HEADER, *rows, ""]).encode()
        yield Delivery(arrival, f"{dso}_intervals_{month:%Y-%m}{word}.csv", content, "intervals")


def _nonsense(dso: str, pattern: str) -> list[str]:
    """Return rows no gate may let through: unknown point, time without offset, negative energy, no number."""
    unknown = complete_supply_point_code(f"{PREFIXES[dso]}{'9' * (17 - len(PREFIXES[dso]))}")
    cells = pattern.split(",")
    naive = [*cells[:1], cells[1][:16], *cells[2:]]
    negative = [*cells[:4], "-1.000", *cells[5:]]
    broken = [*cells[:4], "brak", *cells[5:]]
    return [",".join(row) for row in ([unknown, *cells[1:]], naive, negative, broken)]
