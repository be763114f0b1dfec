"""What a distributor's file becomes: readings, billed volumes, rejected rows, and the errors of whole files.

A reading is the value of a register at the END of its day: use covers the days (previous reading, this
reading]. A billed volume is a quantity of a half-open period [period_from, period_to).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from operational.kernel.errors import DomainError

ENERGY_ZONES = (
    "all",
    "day",
    "night",
    "peak",
    "offpeak",
    "morning_peak",
    "afternoon_peak",
    "other",
)
"""Time zones of registers; gas has `all` only."""

CAPACITY_ZONES = ("capacity_hours", "capacity_other_hours")
"""kWh in the hours of the capacity fee and in the other hours of the same working days."""

NETWORK_UNITS = {
    "reactive_inductive": "kvarh",
    "reactive_capacitive": "kvarh",
    "exceeded_power": "kw",
    "reactive_inductive_amount": "pln",
    "reactive_capacitive_amount": "pln",
    "exceeded_power_amount": "pln",
    "network_service_amount": "pln",
    "network_bonus_amount": "pln",
}
"""What a distributor settles besides kWh, with its unit; amounts are net, a bonus is given positive."""

VOLUME_ZONES = (*ENERGY_ZONES, *CAPACITY_ZONES, *NETWORK_UNITS)
"""Zones of billed volumes: of registers, of the capacity fee, and of other charges of the network."""


class RecordKind(StrEnum):
    """What the rows of a file are; the values are those of `raw.files.kind`."""

    READINGS = "register_readings"
    VOLUMES = "billed_volumes"


class ReadingKind(StrEnum):
    """How a reading came about: read remotely, by a person, by the customer, estimated, or replaced by the
    DSO."""

    ACTUAL_REMOTE = "actual_remote"
    ACTUAL_MANUAL = "actual_manual"
    CUSTOMER = "customer"
    ESTIMATED = "estimated"
    SUBSTITUTE = "substitute"


class ReadingReason(StrEnum):
    """Why a reading was taken."""

    PERIODIC = "periodic"
    INSTALLATION = "installation"
    REMOVAL = "removal"
    CONTRACT_START = "contract_start"
    CONTRACT_END = "contract_end"
    CONTROL = "control"


class VolumeUnit(StrEnum):
    """Unit of a billed volume: kilowatt-hours, cubic metres of gas, or that of a charge of the network."""

    KWH = "kwh"
    M3 = "m3"
    KVARH = "kvarh"
    KW = "kw"
    PLN = "pln"


class VolumeQuality(StrEnum):
    """Whether a billed volume was measured or estimated by the DSO."""

    ACTUAL = "actual"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class RegisterReadingRow:
    """One register value at the end of `reading_date`, in the register's unit, at most 3 decimals.

    `row_no` is the line in the file (the header is line 1). `version` is the DSO's version of this reading: a
    correction is the same reading with a higher one.
    """

    row_no: int
    supply_point_code: str
    meter_serial: str
    zone_code: str
    reading_date: date
    value: Decimal
    kind: ReadingKind
    reason: ReadingReason = ReadingReason.PERIODIC
    version: int = 1


@dataclass(frozen=True, slots=True)
class BilledVolumeRow:
    """The quantity a DSO bills for one zone and the days [period_from, period_to); at most 3 decimals."""

    row_no: int
    supply_point_code: str
    zone_code: str
    period_from: date
    period_to: date
    quantity: Decimal
    unit: VolumeUnit
    quality: VolumeQuality = VolumeQuality.ACTUAL
    version: int = 1


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be used: as it came, why, and what to do. For the quarantine, never dropped."""

    row_no: int
    content: str
    code: str
    reason: str
    cure: str


MeterRow = RegisterReadingRow | BilledVolumeRow | RejectedRow


class MeterFileError(DomainError):
    """A file that cannot be read as a whole; the message names file, line, what is wrong and the cure."""

    def __init__(self, code: str, *, file_name: str, line_no: int | None, what: str, cure: str) -> None:
        place = file_name if line_no is None else f"{file_name}, line {line_no}"
        super().__init__(code, f"{place}: {what} {cure}")
        self.file_name = file_name
        self.line_no = line_no
        self.what = what
        self.cure = cure


class FormatNotRecognised(MeterFileError):
    """A file whose header fits no known layout; the message lists the known ones and the nearest miss."""

    def __init__(self, *, file_name: str, nearest: str, known: Iterable[str]) -> None:
        self.known = tuple(known)
        super().__init__(
            "meter_format_not_recognised",
            file_name=file_name,
            line_no=1,
            what=f"the header fits no known layout.{nearest}",
            cure=f"Known layouts: {', '.join(self.known)}. docs/formats.md tells how to add one.",
        )
