"""The plan of one customer: what will be built into portfolio rows and simulated points."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

FIRST_NUMBER: Final = 100_001
ZONES: Final[dict[str, tuple[str, ...]]] = {
    "G11": ("all",), "C11": ("all",), "C21": ("all",), "G12": ("day", "night"), "G12w": ("peak", "offpeak"),
    "C12a": ("peak", "offpeak"), "G13": ("morning_peak", "afternoon_peak", "other"),
    "B23": ("morning_peak", "afternoon_peak", "other"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PointPlan:
    """One supply point of a customer; ``end`` is the first day without supply."""

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
        return self.group in ("C21", "B23")


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
