"""The file format of billing cases (documented for people in docs/cases.md)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from operational.kernel.errors import DomainError
from orchestration.cases.estimation import Estimation
from orchestration.cases.format_parts import Dated, Exact, ExpectedDocument, Forecast, Number, Part


class InvalidCaseFile(DomainError):
    """A case file that cannot be understood; the message names file, field and problem."""


class Contract(Dated):
    """The contract and its terms."""

    kind: Literal["comprehensive", "supply_only"] = "comprehensive"
    cycle_months: Literal[1, 2, 3, 6, 12] = 1
    cycle_anchor: date | None = None
    payment_term_days: int = 14
    invoicing_rule: Literal["per_supply_point", "per_contract", "per_customer"] = "per_supply_point"


class Terms(Dated):
    """Technical terms of the supply point."""

    tariff_group: str
    annual_kwh: Number
    customer_class: Literal["household", "business"] = "household"
    phases: Literal[1, 3] = 1
    contracted_power_kw: Number | None = None
    capacity_mode: Literal["flat", "volumetric"] = "flat"
    metering_mode: Literal["registers", "volumes", "intervals", "balanced"] = "registers"


class Register(Part):
    """A register of a meter."""

    zone: str = "all"
    unit: Literal["kwh", "m3"] = "kwh"
    digits: int = 6
    multiplier: Number = Decimal(1)


class Meter(Dated):
    """A meter and the days it stands at the point."""

    registers: tuple[Register, ...] = (Register(),)


class Price(Dated):
    """A row of the case's own price list."""

    charge: str
    unit: Literal["kwh", "month", "kw_month", "kw_hour"]
    price: Number
    zone: str = ""


class DsoRate(Price):
    """A row of the tariff of the case's own distributor."""

    tariff_group: str | None = None
    phases: Literal[0, 1, 3] = 0
    settlement_months: int = 0


class GasFactor(Dated):
    """kWh per cubic metre in the case's own calorific area."""

    factor: Number


class Formula(Dated):
    """Energy of the case's price list priced by an index; prices in PLN per kWh, bounds in PLN per MWh."""

    index: str
    margin: Number = Decimal(0)
    multiplier: Number = Decimal(1)
    floor: Number | None = None
    cap: Number | None = None
    adds_excise: bool = True


class Prosumer(Dated):
    """How the energy fed in is settled."""

    scheme: Literal["net_billing_rcem", "net_billing_rce", "net_metering"]
    installed_kw: Number
    opted_in: bool = False


class Component(Dated):
    """A discount or service of the contract."""

    kind: Literal["service_month", "service_once", "discount_month", "discount_kwh", "discount_percent"]
    code: str
    value: Number


class Declaration(Dated):
    """What the customer declared about the price cap."""

    category: str


class Determinant(Part):
    """What the lake tells of one civil day, or of each day of [day, to)."""

    day: date
    to: date | None = None
    determinant: str
    quantity: Number
    zone_set: str = "all"
    zone: str = "all"
    index: str = ""
    intervals: int = 24
    expected: int = 24
    estimated: int = 0
    rank: int = 0


class Intervals(Part):
    """Hours of each civil day of [from, to): one number for every hour, or 24 by the hour of the clock.

    ``mask`` and ``seller_mask`` are distributor and group of the reference data whose zones the distributor
    and the seller use.
    """

    first_day: date = Field(alias="from")
    end_day: date = Field(alias="to")
    kwh: Number | Annotated[tuple[Number, ...], Field(min_length=24, max_length=24)]
    mask: tuple[str, str] | None = None
    seller_mask: tuple[str, str] | None = None


class NetworkRule(Dated):
    """Numbers of the distributor's tariff for reactive energy and exceeded power."""

    tariff_prefix: str = ""
    reactive_factor: Number = Decimal(3)
    reactive_price: Number = Decimal("0.53")
    tg_phi_limit: Number = Decimal("0.4")
    tg_phi_decimals: int | None = None
    exceedance_rule: Literal["ten_largest", "all_hourly", "max_times_10", "max"] = "ten_largest"
    power_decimals: int = 0
    tolerance_pln: Number = Decimal(1)
    tolerance_share: Number = Decimal("0.01")


class Attributes(Dated):
    """What is special about the supply point."""

    oze_base_factor: Number = Decimal(1)
    tg_phi_limit: Number | None = None


class DepositLot(Part):
    """A month of fed-in energy that stands on the deposit before the case begins; amounts in PLN."""

    month: date
    assigned_on: date
    value: Number
    credited: Number
    left: Number


class Reading(Part):
    """A register's value at the end of a day; the same register and day again is a new version."""

    day: date = Field(alias="date")
    value: Number
    zone: str = "all"
    meter: int = 1
    kind: Literal["actual_remote", "actual_manual", "customer", "estimated", "substitute"] = "actual_remote"
    reason: Literal["periodic", "installation", "removal", "contract_start", "contract_end", "control"] = (
        "periodic"
    )


class Volume(Part):
    """A quantity the distributor bills by."""

    period_from: date = Field(alias="from")
    period_to: date = Field(alias="to")
    quantity: Number
    zone: str = "all"
    unit: Literal["kwh", "m3", "kvarh", "kw", "pln"] = "kwh"
    quality: Literal["actual", "estimated"] = "actual"


class ExpectedLine(Part):
    """A line of the bill; fields that are left out are not compared."""

    charge: str
    zone: str | None = None
    period_from: date | None = Field(default=None, alias="from")
    period_to: date | None = Field(default=None, alias="to")
    quantity: Exact | None = None
    price: Number | None = None
    net: Number | None = None


class Amounts(Part):
    """Net, VAT and gross in PLN."""

    net: Number
    vat: Number
    gross: Number


class ExpectedScope(Part):
    """The bill of one cycle: totals and, when given, exactly these lines."""

    period_from: date = Field(alias="from")
    period_to: date = Field(alias="to")
    net: Number | None = None
    vat: Number | None = None
    gross: Number | None = None
    energy_kwh: Number | None = None
    billable: bool = True
    estimated: bool | None = None
    lines: tuple[ExpectedLine, ...] | None = None


class ExpectedException(Part):
    """A row of the exceptions; ``message`` is a part of its text."""

    code: str
    period_from: date | None = Field(default=None, alias="from")
    message: str = ""


class ExpectedLot(Part):
    """What a month of fed-in energy is worth, PLN; fields that are left out are not compared."""

    month: date
    status: str = "valued"
    fed_kwh: Number | None = None
    value: Number | None = None
    credited: Number | None = None


class ExpectedDeposit(Part):
    """What the deposit paid of the document issued in the step, PLN: months in the order of use."""

    used: dict[date, Number] = Field(default_factory=dict)
    to_pay: Number
    left: Number | None = None


class Expectation(Part):
    """What must come out of a step; ``documents`` are exactly those of its day of issue."""

    documents: tuple[ExpectedDocument, ...] | None = None
    ledger: dict[str, Number] | None = None

    lots: tuple[ExpectedLot, ...] | None = None
    deposit: ExpectedDeposit | None = None

    scopes: tuple[ExpectedScope, ...] = ()
    exceptions: tuple[ExpectedException, ...] = ()
    correction: Amounts | None = None
    supply_point_code: str | None = None


class Step(Part):
    """What becomes known at an instant, and what must follow from everything known by then."""

    name: str = ""
    known_at: datetime | None = None
    billed_through: date
    readings: tuple[Reading, ...] = ()
    volumes: tuple[Volume, ...] = ()
    prices: tuple[Price, ...] = ()
    dso_rates: tuple[DsoRate, ...] = ()
    determinants: tuple[Determinant, ...] = ()
    intervals: tuple[Intervals, ...] = ()
    network_rules: tuple[NetworkRule, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    components: tuple[Component, ...] = ()
    issue_date: date | None = None
    contract_to: date | None = None
    expect: Expectation = Expectation()

    @property
    def moment(self) -> datetime:
        """Return when the step's facts are recorded; by default five days after ``billed_through``."""
        if self.known_at is not None:
            return self.known_at if self.known_at.tzinfo else self.known_at.replace(tzinfo=UTC)
        return datetime.combine(self.billed_through + timedelta(days=5), time(12), UTC)


class Case(Part):
    """One supply point with its contract, and the steps of its story."""

    id: str
    title: str
    source: str = ""
    medium: Literal["electricity", "gas"] = "electricity"
    supply_point_digits: str | None = Field(default=None, pattern=r"^\d{17}$")
    contract: Contract
    terms: tuple[Terms, ...] = Field(min_length=1)
    meters: tuple[Meter, ...] = ()
    prices: tuple[Price, ...] = ()
    dso_rates: tuple[DsoRate, ...] = ()
    gas_factors: tuple[GasFactor, ...] = ()
    estimation: Estimation | None = None
    network_rules: tuple[NetworkRule, ...] = ()
    attributes: tuple[Attributes, ...] = ()
    formulas: tuple[Formula, ...] = ()
    prosumer: tuple[Prosumer, ...] = ()
    components: tuple[Component, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    deposit_lots: tuple[DepositLot, ...] = ()
    forecast: Forecast | None = None
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _known_meters(self) -> "Case":
        for reading in (reading for step in self.steps for reading in step.readings):
            zones = (
                {register.zone for register in self.meters[reading.meter - 1].registers}
                if 0 < reading.meter <= len(self.meters)
                else set()
            )
            if reading.zone not in zones:
                raise ValueError(
                    f"the reading of {reading.day} names meter {reading.meter}, zone '{reading.zone}', which "
                    "the case does not have; add the register or correct the reading"
                )
        return self


def read_cases(path: Path) -> list[Case]:
    """Read the cases of a YAML file: a list under ``cases`` or one case; raise InvalidCaseFile otherwise."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise InvalidCaseFile(
            "invalid_case_file", f"The case file {path} cannot be read: {problem}. Give a YAML file."
        ) from problem
    entries = content.get("cases", [content]) if isinstance(content, dict) else content
    if not isinstance(entries, list) or not entries:
        raise InvalidCaseFile("invalid_case_file", f"The case file {path} holds no case. See docs/cases.md.")
    return [_read_case(path, number, entry) for number, entry in enumerate(entries, start=1)]


def _read_case(path: Path, number: int, entry: Any) -> Case:
    try:
        return Case.model_validate(entry)
    except ValidationError as problem:
        name = entry.get("id", f"number {number}") if isinstance(entry, dict) else f"number {number}"
        told = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']) or 'case'}: {error['msg']}"
            for error in problem.errors()[:5]
        )
        raise InvalidCaseFile(
            "invalid_case_file", f"Case {name} in {path} is not understood: {told}. See docs/cases.md."
        ) from problem
