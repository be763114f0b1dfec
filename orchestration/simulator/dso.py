"""What the distributors send: files of readings and billed volumes, with the faults that files really have.

For a month M a distributor sends its main files on the 2nd of M+1, the stragglers on the 5th, and on the
12th, when the bills are out, what was missing, estimated or wrong. Every fault is mended by a later file, so
at the end the supplier knows the truth; only nonsense rows (unknown points, broken cells) stay in quarantine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, Generic, TypeVar

import numpy as np

from operational.kernel.calendar import WARSAW, add_months
from operational.kernel.identifiers import complete_supply_point_code
from operational.metering.formats.dso_semicolon import write_dso_semicolon, write_dso_semicolon_volumes
from operational.metering.formats.iris_csv import write_readings_csv, write_volumes_csv
from operational.metering.formats.readings import (
    BilledVolumeRow,
    ReadingKind,
    ReadingReason,
    RegisterReadingRow,
    VolumeQuality,
    VolumeUnit,
)
from orchestration.simulator.market import Market, Meter, Point
from orchestration.simulator.portfolio import PREFIXES
from orchestration.simulator.shapes import CAPACITY_HOURS

SEMICOLON_DSOS: Final = frozenset({"tauron", "energa"})
_Row = TypeVar("_Row", RegisterReadingRow, BilledVolumeRow)
_ONE_DAY: Final = timedelta(days=1)
_MAIN, _STRAGGLERS, _MENDING = (2, time(6)), (5, time(9)), (12, time(7))


class Fate(StrEnum):
    """What happens to the data of a point in a month before the supplier sees them."""

    NORMAL = "normal"
    LATE = "late"
    MISSING = "missing"
    ESTIMATED = "estimated"
    WRONG = "wrong"
    BELOW = "below"  # below the reading before and never mended: for the queue of exceptions


_FATES: Final = (Fate.NORMAL, Fate.LATE, Fate.MISSING, Fate.ESTIMATED, Fate.WRONG)
_SHARES: Final = (0.91, 0.03, 0.02, 0.02, 0.02)
# Months after the first in which a story's data have a fate of their own; each is billed before it is mended,
# also when a demonstration bundles early months.
_STORY_FATES: Final = {
    ("estimate_corrected", 5): Fate.ESTIMATED,
    ("estimate_corrected", 8): Fate.WRONG,
    ("missing_reading", 6): Fate.MISSING,
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file on its way: when it arrives, its name, its bytes and the inbox it is put into."""

    received_at: datetime
    name: str
    content: bytes
    kind: str = "readings"


@dataclass(frozen=True, slots=True)
class _Sent(Generic[_Row]):
    """A row with the day and hour of the file it travels in."""

    row: _Row
    wave: tuple[int, time]


def deliveries(market: Market, month: date) -> list[Delivery]:
    """Return all files about the supply month ``month`` (its first day), in the order of their arrival."""
    result: list[Delivery] = []
    for dso in PREFIXES:
        points = [point for point in market.points if point.dso == dso]
        readings = [sent for point in points for sent in _readings(market, point, month)]
        volumes = [sent for point in points for sent in _volumes(market, point, month)]
        result += _files(dso, month, readings, volumes)
    result += _sent_again(market, month, result)
    return sorted(result, key=lambda delivery: (delivery.received_at, delivery.name))


def fate(market: Market, point: Point, month: date) -> Fate:
    """Return what happens to a point's data of a month; the same for the same seed."""
    if point.story == "below_last" and add_months(month, 2) > market.last:
        return Fate.BELOW
    told = _STORY_FATES.get((point.story, _month_number(market, month)))
    if told is not None:
        return told
    if not point.wants_imperfection:
        return Fate.NORMAL
    rng = np.random.default_rng([market.seed, 3, point.index, month.year, month.month])
    return _FATES[int(rng.choice(len(_FATES), p=_SHARES))]


def is_read(point: Point, month: date) -> bool:
    """Tell whether the distributor reads the point at the end of a month: one of its cycles ends there."""
    after = add_months(month, 1)
    distance = (after.year - point.anchor.year) * 12 + after.month - point.anchor.month
    return distance % point.cycle_months == 0


def _month_number(market: Market, month: date) -> int:
    return (month.year - market.first.year) * 12 + month.month - market.first.month


def _readings(market: Market, point: Point, month: date) -> Iterator[_Sent[RegisterReadingRow]]:
    if point.mode != "registers":
        return
    after = add_months(month, 1)
    if month <= point.start < after:
        yield from _values(market, point, point.start - _ONE_DAY, ReadingReason.CONTRACT_START)
    for old, new in zip(point.meters, point.meters[1:], strict=False):
        if month <= new.first_day < after:
            day = new.first_day - _ONE_DAY
            yield from _values(market, point, day, ReadingReason.REMOVAL, old)
            yield from _values(market, point, day, ReadingReason.INSTALLATION, new)
    if point.end is not None and month < point.end <= after:
        yield from _values(market, point, point.end - _ONE_DAY, ReadingReason.CONTRACT_END)
    elif point.start < after and (point.end is None or point.end > after) and is_read(point, month):
        yield from _periodic(market, point, month, after - _ONE_DAY)


def _values(
    market: Market, point: Point, day: date, reason: ReadingReason, meter: Meter | None = None
) -> Iterator[_Sent[RegisterReadingRow]]:
    meter = meter or (point.meters[0] if day < point.start else point.meter_on(day))
    for zone in point.zones:
        value = Decimal(market.register_value(point, zone, day, meter))
        row = RegisterReadingRow(
            0, point.code, meter.serial, zone, day, value, ReadingKind.ACTUAL_REMOTE, reason
        )
        yield _Sent(row, _MAIN)


def _periodic(market: Market, point: Point, month: date, day: date) -> Iterator[_Sent[RegisterReadingRow]]:
    what = fate(market, point, month)
    # The use since the last reading, to be wrong by a share of it and never below that reading.
    since = max(add_months(month, 1 - point.cycle_months), point.start, point.meter_on(day).first_day)
    for sent in _values(market, point, day, ReadingReason.PERIODIC):
        row = sent.row
        use = int(market.used(point, row.zone_code, since, day + _ONE_DAY))
        if what is Fate.LATE:
            yield replace(sent, wave=_STRAGGLERS)
        elif what is Fate.MISSING:
            yield replace(sent, wave=_MENDING)
        elif what is Fate.BELOW:
            value = max(row.value - use - 30, Decimal(0))
            yield replace(sent, row=replace(row, value=value, kind=ReadingKind.ACTUAL_MANUAL))
        elif what in (Fate.ESTIMATED, Fate.WRONG) and row.value > use > 10:
            kind = ReadingKind.ESTIMATED if what is Fate.ESTIMATED else ReadingKind.ACTUAL_MANUAL
            yield replace(sent, row=replace(row, value=row.value - use // 5, kind=kind))
            yield replace(sent, row=replace(row, version=2), wave=_MENDING)
        else:
            yield sent


def _volumes(market: Market, point: Point, month: date) -> Iterator[_Sent[BilledVolumeRow]]:
    after = add_months(month, 1)
    start, end = max(point.start, month), min(point.end or after, after)
    if point.mode != "volumes" or start >= end:
        return
    what = fate(market, point, month)
    for zone in (*point.zones, CAPACITY_HOURS):
        quantity = market.used(point, zone, start, end)
        row = BilledVolumeRow(0, point.code, zone, start, end, quantity, VolumeUnit.KWH)
        if what in (Fate.ESTIMATED, Fate.WRONG, Fate.MISSING):
            guess = (quantity * Decimal("0.9")).quantize(Decimal("0.001"))
            yield _Sent(replace(row, quantity=guess, quality=VolumeQuality.ESTIMATED), _MAIN)
            yield _Sent(replace(row, version=2), _MENDING)
        else:
            yield _Sent(row, _STRAGGLERS if what is Fate.LATE else _MAIN)


def _files(
    dso: str,
    month: date,
    readings: list[_Sent[RegisterReadingRow]],
    volumes: list[_Sent[BilledVolumeRow]],
) -> Iterator[Delivery]:
    is_semicolon = dso in SEMICOLON_DSOS
    write_readings = write_dso_semicolon if is_semicolon else write_readings_csv
    write_volumes = write_dso_semicolon_volumes if is_semicolon else write_volumes_csv
    for wave, word in ((_MAIN, ""), (_STRAGGLERS, "_supplement"), (_MENDING, "_corrections")):
        rows = [sent.row for sent in readings if sent.wave == wave]
        if wave is _STRAGGLERS:  # a supplement repeats a few rows of the main file
            rows += [sent.row for sent in readings if sent.wave == _MAIN][:3]
        if rows:
            content = write_readings(rows)
            if wave is _STRAGGLERS:
                content += _nonsense(dso, month, rows[-1], is_semicolon=is_semicolon)
            yield Delivery(_arrival(month, wave), f"{dso}_readings_{month:%Y-%m}{word}.csv", content)
        bulk = [sent.row for sent in volumes if sent.wave == wave]
        if bulk:
            name = f"{dso}_volumes_{month:%Y-%m}{word}.csv"
            yield Delivery(_arrival(month, wave), name, write_volumes(bulk))


def _arrival(month: date, wave: tuple[int, time]) -> datetime:
    day, hour = wave
    return datetime.combine(add_months(month, 1).replace(day=day), hour, tzinfo=WARSAW)


def _nonsense(dso: str, month: date, pattern: RegisterReadingRow, *, is_semicolon: bool) -> bytes:
    """Return lines no gate may let through: unknown point, wrong check digit, no number, no such day."""
    unknown = complete_supply_point_code(f"{PREFIXES[dso]}{'9' * (17 - len(PREFIXES[dso]))}")
    digit = str((int(pattern.supply_point_code[-1]) + 1) % 10)
    broken = [
        replace(pattern, supply_point_code=unknown),
        replace(pattern, supply_point_code=pattern.supply_point_code[:-1] + digit),
    ]
    rows = broken if month.month % 2 else broken[:1]
    written = (write_dso_semicolon if is_semicolon else write_readings_csv)(rows)
    encoding, separator, line_end = ("cp1250", ";", "\r\n") if is_semicolon else ("utf-8", ",", "\n")
    lines = written.decode(encoding).split(line_end)[1:-1]
    cells = lines[-1].split(separator)
    cells[0] = pattern.supply_point_code
    if month.month % 2:
        lines.append(separator.join([*cells[:4], "brak", *cells[5:]]))
    else:
        lines.append(separator.join([*cells[:3], "2026-02-30", *cells[4:]]))
    if month.month % 3 == 0:
        lines.append(separator.join(cells[:3]))
    return "".join(f"{line}{line_end}" for line in lines).encode(encoding)


def _sent_again(market: Market, month: date, files: list[Delivery]) -> list[Delivery]:
    """One distributor a month sends its main file again: the same bytes, another name, two days later."""
    mains = [file for file in files if file.name.endswith(f"readings_{month:%Y-%m}.csv")]
    if not mains:
        return []
    chosen = mains[_month_number(market, month) % len(mains)]
    name = chosen.name.replace(".csv", "_again.csv")
    return [Delivery(chosen.received_at + timedelta(days=2), name, chosen.content)]
