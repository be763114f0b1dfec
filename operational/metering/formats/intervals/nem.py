"""NEM12 (intervals) and NEM13 (accumulated use) of the Australian market, through nemreader.

Times are those of the market, UTC+10 without summer time. Suffixes: E is energy taken, B fed in, Q and K are
reactive energy; several registers of a point are summed.
"""

import csv
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from nemreader.nem_reader import parse_nem12_rows, parse_nem13_rows

from operational.metering.formats.intervals.model import (
    CHANNELS,
    Interval,
    IntervalFileError,
    micro,
    plain_code,
)

_MARKET_TIME = timedelta(hours=10)
_CHANNELS = {"E": "import", "B": "export", "Q": "inductive", "K": "capacitive"}
_ESTIMATED = ("E", "F", "S")


def read_nem(path: Path) -> Iterator[Interval]:
    """Yield the intervals of a NEM12 file; raise IntervalFileError for a broken or an accumulated one."""
    for code, suffix, readings in _series(path):
        channel = CHANNELS[_CHANNELS[suffix]]
        for number, found in enumerate(readings, 1):
            minutes = int((found.t_end - found.t_start).total_seconds()) // 60
            value = Decimal(str(found.read_value))
            quantity = micro(value, found.uom, file_name=path.name, place=f"{code}, value {number}")
            start: datetime = found.t_start - _MARKET_TIME
            estimated = str(found.quality_method or "A").startswith(_ESTIMATED)
            yield Interval(code, start, minutes, channel, quantity, estimated, number)


def is_accumulated(path: Path) -> bool:
    """Tell whether the file is NEM13: use between two readings, not intervals."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.readline().upper().startswith("100,NEM13")


def nem13_volumes(path: Path) -> bytes:
    """Return a NEM13 file as our CSV of billed volumes: use of the days from one reading to the next."""
    lines = ["supply_point_code,zone_code,period_from,period_to,quantity,unit,quality,version"]
    for code, readings in _read(path).items():
        for series in readings.values():
            for found in series:
                quantity = Decimal(str(found.read_value)).normalize()
                quality = "estimated" if str(found.quality_method or "A").startswith(_ESTIMATED) else "actual"
                start, end = found.t_start.date(), found.t_end.date()
                lines.append(f"{plain_code(code)},all,{start},{end},{quantity:f},kwh,{quality},1")
    return ("\n".join(lines) + "\n").encode()


def _series(path: Path) -> Iterator[tuple[str, str, list]]:  # type: ignore[type-arg]  # nemreader has no types
    for code, channels in _read(path).items():
        for suffix, readings in channels.items():
            if suffix[:1] not in _CHANNELS:
                raise IntervalFileError(
                    "interval_file_broken",
                    f"{path.name}: the register {suffix} of {code} is neither E, B, Q nor K. "
                    "Remove it or ask the sender what it measures.",
                )
            if any(not math.isfinite(float(found.read_value)) for found in readings):
                raise IntervalFileError(
                    "interval_file_broken", f"{path.name}: {code} has a value that is no number."
                )
            yield plain_code(code), suffix[:1], readings


def _read(path: Path) -> dict:  # type: ignore[type-arg]  # nemreader has no types
    parse = parse_nem13_rows if is_accumulated(path) else parse_nem12_rows
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file)
            if next(rows, [""])[0] != "100":
                raise ValueError("the first record is not the header (100)")
            found: dict = parse(rows).readings  # type: ignore[type-arg]
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise IntervalFileError(
            "interval_file_broken",
            f"{path.name} cannot be read as NEM12 or NEM13: {error}. Ask the sender for the file again.",
        ) from error
    return found
