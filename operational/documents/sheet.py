"""Everything that stands on one document, gathered from what is stored and never changes.

The sheet feeds the PDF (`rendering.py`) and the page of the invoice in the portal. What can change after the
issue (names, addresses, the seller) was copied into `documents.content`; readings, terms and rates are
reached by the ids of immutable versions in each line's calculation. History and chain count only what was
issued up to the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from operational.documents.forecasts import Forecast
from operational.kernel.calendar import add_months

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Party:
    """Seller or buyer as they were on the day of issue; ``mailing`` is where post goes when not there."""

    name: str
    nip: str
    street_line: str
    city_line: str
    mailing: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadingInterval:
    """Two readings of one register and the use between them, in kWh or m3 (already times the multiplier).

    An estimate has no end reading; then ``used`` is None, and the estimated quantity stands on the lines.
    """

    meter_serial: str
    zone_code: str
    unit: str
    multiplier: Decimal
    start_date: date
    start_value: Decimal
    start_kind: str
    end_date: date | None
    end_value: Decimal | None
    end_kind: str
    used: Decimal | None


@dataclass(frozen=True, slots=True)
class Volume:
    """A quantity that the distributor measured for billing, without registers of ours."""

    zone_code: str
    period_from: date
    period_to: date
    quantity: Decimal
    unit: str
    quality: str


@dataclass(frozen=True, slots=True)
class GasConversion:
    """Cubic metres of a month turned into kWh by the factor of the month (kWh per m3)."""

    m3: Decimal
    factor: Decimal | None
    energy_kwh: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """One charge: quantity, price and net amount before and after (before is zero on an invoice).

    ``days`` of energy priced by an index: civil day, kWh, sum of kWh x index in PLN.
    """

    line_no: int
    charge_code: str
    name_pl: str
    name_en: str
    section: str
    zone_code: str
    period_from: date
    period_to: date
    unit: str
    quantity_before: Decimal
    quantity_after: Decimal
    price_before: Decimal
    price_after: Decimal
    net_before: Decimal
    net_after: Decimal
    vat_rate: Decimal
    energy_kwh_before: Decimal
    energy_kwh_after: Decimal
    factor: Decimal | None
    power_kw: Decimal | None
    excise_price: Decimal | None
    is_estimated: bool
    days: tuple[tuple[date, Decimal, Decimal], ...] = ()

    @property
    def net_difference(self) -> Decimal:
        """Return what the document changes, in złoty net."""
        return self.net_after - self.net_before


@dataclass(frozen=True, slots=True)
class PeriodUse:
    """Energy of one billing period as it stood when the document was issued."""

    period_from: date
    period_to: date
    energy_kwh: Decimal
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class Point:
    """One supply point on the document with its lines, readings and past use."""

    scope_id: int
    supply_point_id: int
    code: str
    medium: str
    dso_name: str
    street_line: str
    city_line: str
    tariff_group: str
    contracted_power_kw: Decimal | None
    period_from: date
    period_to: date
    lines: tuple[Line, ...]
    readings: tuple[ReadingInterval, ...]
    volumes: tuple[Volume, ...]
    gas: tuple[GasConversion, ...]
    history: tuple[PeriodUse, ...]

    @property
    def energy_kwh(self) -> Decimal:
        """Return the energy of the period in kWh."""
        return sum((line.energy_kwh_after for line in self.lines), ZERO)

    @property
    def year_before(self) -> PeriodUse | None:
        """Return the same billing period one year earlier, when the customer was supplied then."""
        wanted = add_months(self.period_from, -12), add_months(self.period_to, -12)
        return next((use for use in self.history if (use.period_from, use.period_to) == wanted), None)


@dataclass(frozen=True, slots=True)
class VatRow:
    """Net and VAT of one rate: before this document (zero on an invoice), after it, and its own amount."""

    rate: Decimal
    net_before: Decimal
    vat_before: Decimal
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        """Return the gross amount of the document at this rate."""
        return self.net + self.vat


@dataclass(frozen=True, slots=True)
class ChainLink:
    """One document of an invoice and its corrections, oldest first."""

    document_id: int
    public_id: UUID
    kind: str
    number: str
    version_no: int
    issue_date: date
    gross_amount: Decimal


@dataclass(frozen=True, slots=True)
class DepositUse:
    """What the energy fed in during a month paid of the document, PLN; negative: given back."""

    feed_in_month: date
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Deposit:
    """The prosumer's deposit on the document: what it paid, what is left to pay and on the deposit, PLN."""

    uses: tuple[DepositUse, ...]
    used: Decimal
    to_pay: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole content of a document."""

    document_id: int
    public_id: UUID
    customer_id: int
    kind: str
    number: str
    version_no: int
    issue_date: date
    period_from: date
    period_to: date
    due_date: date
    net_amount: Decimal
    vat_amount: Decimal
    gross_amount: Decimal
    energy_kwh: Decimal
    is_estimated: bool
    language: str
    seller: Party
    buyer: Party
    customer_number: str
    virtual_account: str
    contract_number: str
    contract_kind: str
    reason_code: str
    points: tuple[Point, ...]
    vat: tuple[VatRow, ...]
    chain: tuple[ChainLink, ...]
    deposit: Deposit | None = None
    forecast: Forecast | None = None

    @property
    def to_pay(self) -> Decimal:
        """Return the gross amount less what the deposit of a prosumer paid."""
        return self.deposit.to_pay if self.deposit else self.gross_amount

    @property
    def corrected(self) -> ChainLink | None:
        """Return the document that a correction stands on: the one before it in the chain."""
        if self.kind == "invoice":
            return None
        return next((link for link in reversed(self.chain) if link.version_no < self.version_no), None)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Return the lines of all points in the order of the document."""
        return tuple(line for point in self.points for line in point.lines)

    @property
    def gross_before(self) -> Decimal:
        """Return what the chain amounted to before this document."""
        return sum((row.net_before + row.vat_before for row in self.vat), ZERO)
