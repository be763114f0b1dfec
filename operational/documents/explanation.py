"""What the explanation of a line consists of: from readings and prices to the amount, as data.

Built by ``explain.py``; shown by the command line, the staff app and the portal.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from operational.kernel.money import round_half_up


@dataclass(frozen=True, slots=True)
class ReadingUsed:
    """Two readings of one register and the use between them (kWh or m3, times the multiplier)."""

    meter_serial: str
    zone_code: str
    unit: str
    multiplier: Decimal
    start_date: date
    start_value: Decimal
    start_kind: str
    start_source: str
    end_date: date
    end_value: Decimal
    end_kind: str
    end_source: str
    used: Decimal


@dataclass(frozen=True, slots=True)
class VolumeUsed:
    """A quantity that the distributor measured, without registers of ours."""

    zone_code: str
    period_from: date
    period_to: date
    quantity: Decimal
    unit: str
    quality: str
    source: str


@dataclass(frozen=True, slots=True)
class Split:
    """The part of an interval that falls into the line's period, by days."""

    days: int
    of_days: int
    interval_kwh: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """How a quantity without a reading was found: average daily use times days."""

    method: str
    daily_kwh: Decimal


@dataclass(frozen=True, slots=True)
class GasStep:
    """Cubic metres of a month times its conversion factor, in kWh."""

    m3: Decimal
    factor: Decimal | None
    energy_kwh: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class RateUsed:
    """The row that gave the price: whose list it stands on, since when, and the act or contract behind it."""

    table: str
    id: int
    owner: str
    unit: str
    price: Decimal
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class LineExplanation:
    """How one line came about. ``net_recomputed`` is computed anew from the stored ids and must equal
    ``net_after``.

    ``formula`` names the factors, ``formula_text`` shows them with numbers; both end before the rounding,
    which is half-up to grosze, once. ``unrounded`` is exact. ``before`` values are those of the corrected
    document. ``steps`` are sentences on what the formula alone does not tell, in the language asked for.
    """

    line_no: int
    charge_code: str
    name_pl: str
    name_en: str
    legal_basis: str
    section: str
    zone_code: str
    period_from: date
    period_to: date
    unit: str
    quantity: Decimal
    quantity_text: str
    readings: tuple[ReadingUsed, ...]
    volumes: tuple[VolumeUsed, ...]
    split: Split | None
    estimate: Estimate | None
    gas: tuple[GasStep, ...]
    months: tuple[tuple[int, int], ...]
    power_kw: Decimal | None
    factor: Decimal | None
    rate: RateUsed | None
    formula: str
    formula_text: str
    unrounded: Fraction
    net_after: Decimal
    quantity_before: Decimal
    price_before: Decimal
    net_before: Decimal
    vat_rate: Decimal
    vat_source: str
    excise_price: Decimal | None
    excise_source: str
    is_estimated: bool
    is_vanished: bool
    is_correction: bool
    steps: tuple[str, ...] = ()

    @property
    def net_recomputed(self) -> Decimal:
        """Return the amount computed anew, PLN net."""
        return round_half_up(self.unrounded)

    @property
    def difference(self) -> Decimal:
        """Return stored minus recomputed; anything but 0.00 means that the document cannot be explained."""
        return self.net_after - self.net_recomputed

    @property
    def net_amount(self) -> Decimal:
        """Return what the line adds to its document, PLN net."""
        return self.net_after - self.net_before

    @property
    def excise_amount(self) -> Decimal | None:
        """Return the excise inside the price, PLN, rounded for information."""
        return None if self.excise_price is None else round_half_up(self.quantity * self.excise_price)
