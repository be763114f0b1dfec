"""What an interval is once it is read, and the errors of whole files."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from operational.kernel.errors import DomainError

CHANNELS = {"import": 1, "export": 2, "inductive": 3, "capacitive": 4}
"""Taken, fed in (kWh), reactive inductive and capacitive (kvarh), with the numbers they have in the lake."""

RESOLUTIONS = (15, 30, 60)
"""Minutes of an interval in the lake; finer ones are summed up to 15."""

_MICRO = Decimal(1_000_000)
ENERGY_UNITS = {
    "kwh": Decimal(1), "mwh": Decimal(1000), "wh": Decimal("0.001"),
    "kvarh": Decimal(1), "mvarh": Decimal(1000), "varh": Decimal("0.001"),
}  # fmt: skip


class IntervalFileError(DomainError):
    """A file that cannot be read as a whole; the message names the file, the place and the cure."""


@dataclass(frozen=True, slots=True)
class Interval:
    """One value: `starts_at` is UTC without zone, `micro` millionths of a kWh or kvarh."""

    supply_point_code: str
    starts_at: datetime
    minutes: int
    channel: int
    micro: int
    is_estimated: bool
    row_no: int


@dataclass(slots=True)
class _Cell:
    micro: int
    is_estimated: bool
    row_no: int
    parts: int


def micro(value: Decimal, unit: str, *, file_name: str, place: str) -> int:
    """Return millionths of a kWh or kvarh; raise IntervalFileError for a unit that is no energy."""
    factor = ENERGY_UNITS.get(unit.casefold())
    if factor is None:
        raise IntervalFileError(
            "interval_unit_unknown",
            f"{file_name}, {place}: the unit '{unit}' is no energy. Use kWh, MWh, Wh, kvarh, Mvarh or varh.",
        )
    return int((value * factor * _MICRO).to_integral_value(ROUND_HALF_UP))


def regular(intervals: Iterable[Interval], *, file_name: str) -> list[Interval]:
    """Sum the registers of a point and bring intervals finer than 15 minutes to 15.

    A quarter of which a part is missing is left out, so that it shows as a gap and not as a small value.
    Raises IntervalFileError for a length that is neither part nor multiple of a quarter.
    """
    cells: dict[tuple[str, datetime, int, int, int], _Cell] = {}
    for found in intervals:
        if found.minutes in RESOLUTIONS:
            start, minutes, length = found.starts_at, found.minutes, found.minutes
        elif 0 < found.minutes < RESOLUTIONS[0] and RESOLUTIONS[0] % found.minutes == 0:
            late = timedelta(minutes=found.starts_at.minute % RESOLUTIONS[0])
            start, minutes, length = found.starts_at - late, RESOLUTIONS[0], found.minutes
        else:
            raise IntervalFileError(
                "interval_length_unknown",
                f"{file_name}, line {found.row_no}: an interval of {found.minutes} minutes. "
                "15, 30 and 60 minutes are read, and parts of 15.",
            )
        key = (found.supply_point_code, start, found.channel, minutes, length)
        cell = cells.setdefault(key, _Cell(0, False, found.row_no, 0))
        cell.micro += found.micro
        cell.is_estimated |= found.is_estimated
        cell.parts += 1
    return _whole(cells)


def _whole(cells: dict[tuple[str, datetime, int, int, int], _Cell]) -> list[Interval]:
    registers: dict[tuple[str, int], int] = defaultdict(int)
    for (code, _, channel, minutes, length), cell in cells.items():
        registers[code, channel] = max(registers[code, channel], cell.parts * length // minutes)
    return [
        Interval(code, start, minutes, channel, cell.micro, cell.is_estimated, cell.row_no)
        for (code, start, channel, minutes, length), cell in cells.items()
        if cell.parts * length >= registers[code, channel] * minutes
    ]


def plain_code(text: str) -> str:
    """Return a supply point's code as the register writes it: capitals and digits only."""
    return "".join(letter for letter in text.upper() if letter.isascii() and letter.isalnum())
