"""The plan of one customer: what will be built into portfolio rows and simulated points."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

FIRST_NUMBER: Final = 100_001
ZONES: Final[dict[str, tuple[str, ...]]] = {
    "G11": ("all",), "C11": ("all",), "C21": ("all",), "G12": ("day", "night"), "G12w": ("peak", "offpeak"),
    "C12a": ("peak", "offpeak"), "G13": ("morning_peak", "afternoon_peak", "other"),
    "B23": ("morning_peak", "afternoon_peak", "other"), "A23": ("morning_peak", "afternoon_peak", "other"),
    "C23": ("morning_peak", "afternoon_peak", "other"), "B22": ("peak", "offpeak"),
    "C22a": ("peak", "offpeak"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PointPlan:
    """One supply point of a customer; ``end`` is the first day without supply.

    ``metering`` (registers, volumes, intervals, balanced) is that of the group unless told.
    A meter of intervals sends one value per ``minutes``; ``generated_kwh`` a year are made at the point.
    """

    group: str
    dso: str
    annual_kwh: int
    start: date
    end: date | None = None
    phases: int = 1
    power_kw: Decimal | None = None
    cycle_months: int = 1
    anchor: date | None = None
    gas_area: str | None = None
    initial: int | None = None
    digits: int = 6
    exchange_on: date | None = None
    wants_imperfection: bool = True
    metering: str = ""
    minutes: int = 60
    generated_kwh: int = 0
    has_reactive: bool = False

    @property
    def metering_mode(self) -> str:
        """Return what the energy is billed from: registers, volumes, intervals or balanced."""
        return self.metering or ("volumes" if self.group in ("C21", "B23") else "registers")

    @property
    def medium(self) -> str:
        """Return electricity or gas."""
        return "gas" if self.group.startswith("W-") else "electricity"

    @property
    def zones(self) -> tuple[str, ...]:
        """Return the zones of the registers, in the distributor's order."""
        return ZONES.get(self.group, ("all",))

    @property
    def has_volumes(self) -> bool:
        """Tell whether the distributor sends billed volumes instead of register readings."""
        return self.metering_mode == "volumes"

    @property
    def has_meter(self) -> bool:
        """Tell whether registers of a meter are read."""
        return self.metering_mode == "registers"

    @property
    def capacity_mode(self) -> str:
        """Return how the capacity fee is charged: by kWh in its hours where the power is larger, or flat."""
        return "volumetric" if self.group[0] in "AB" or self.group.startswith("C2") else "flat"


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """One customer with one contract; ``story`` names what is special about it (see stories.py)."""

    number: str
    kind: str
    name: str
    points: tuple[PointPlan, ...]
    price_list: str
    story: str = ""
    email: str | None = None
    pesel: str | None = None
    nip: str | None = None
    contract_kind: str = "comprehensive"
    invoicing_rule: str = "per_supply_point"
    channel: str = "ebok"
    payment_term_days: int = 14
    tags: tuple[str, ...] = field(default=())
