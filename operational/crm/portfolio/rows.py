"""What a portfolio is made of: one dataclass per table, tied together by business keys instead of ids.

Periods are half-open ``[valid_from, valid_to)``; ``valid_to`` None means until further notice. ``values``
gives a row's cells in the order of its staging table (``staging.py``).
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar, Protocol


class PortfolioRow(Protocol):
    """A row that can be copied into its staging table."""

    table: ClassVar[str]

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table, without the row number."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in Poland; ``postal_code`` like 00-950."""

    street: str
    building: str
    postal_code: str
    city: str
    flat: str = ""

    def values(self) -> tuple[str, ...]:
        """Return street, building, flat, postal code and city."""
        return (self.street, self.building, self.flat, self.postal_code, self.city)


@dataclass(frozen=True, slots=True)
class ProductRow:
    """What is sold, e.g. electricity for homes; business key ``code``."""

    code: str
    name: str
    medium: str
    table: ClassVar[str] = "products"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (self.code, self.name, self.medium)


@dataclass(frozen=True, slots=True)
class PriceListRow:
    """A named set of prices of a product; business key ``code``."""

    code: str
    name: str
    product_code: str
    table: ClassVar[str] = "price_lists"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (self.code, self.name, self.product_code)


@dataclass(frozen=True, slots=True)
class PriceListItemRow:
    """A price in PLN net per ``unit`` (energy with excise) of a tariff group ('' all) and zone ('' all)."""

    price_list_code: str
    charge_code: str
    unit: str
    price: Decimal
    valid_from: date
    valid_to: date | None = None
    tariff_group: str = ""
    zone_code: str = ""
    source: str = ""
    table: ClassVar[str] = "price_list_items"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (
            self.price_list_code, self.tariff_group, self.charge_code, self.zone_code, self.unit, self.price,
            self.valid_from, self.valid_to, self.source,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer; ``number`` (digits) is the business key and gives the individual bank account."""

    number: str
    kind: str
    name: str
    address: Address
    customer_since: date
    nip: str | None = None
    pesel: str | None = None
    regon: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str = "pl"
    invoice_channel: str = "ebok"
    table: ClassVar[str] = "customers"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (
            self.number, self.kind, self.name, self.nip, self.pesel, self.regon, self.email, self.phone,
            self.language, self.invoice_channel, self.customer_since, *self.address.values(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SupplyPointRow:
    """A supply point; business key ``code`` (18 digits with a check digit, PPE or PPG)."""

    code: str
    medium: str
    dso_code: str
    address: Address
    table: ClassVar[str] = "supply_points"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (self.code, self.medium, self.dso_code, *self.address.values())


@dataclass(frozen=True, slots=True)
class TermsRow:
    """Technical terms of a point by date: distributor's tariff group, phases, power, expected annual kWh."""

    supply_point_code: str
    tariff_group: str
    annual_kwh: Decimal
    customer_class: str
    valid_from: date
    valid_to: date | None = None
    phases: int = 1
    contracted_power_kw: Decimal | None = None
    capacity_mode: str = "flat"
    metering_mode: str = "registers"
    gas_area_code: str | None = None
    table: ClassVar[str] = "supply_point_terms"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (
            self.supply_point_code, self.tariff_group, self.phases, self.contracted_power_kw, self.annual_kwh,
            self.capacity_mode, self.customer_class, self.metering_mode, self.gas_area_code,
            self.valid_from, self.valid_to,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class MeterRow:
    """A meter; business key ``serial``."""

    serial: str
    medium: str
    table: ClassVar[str] = "meters"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (self.serial, self.medium)


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A register of a meter: one per zone; kWh or m3 = difference of readings x multiplier."""

    meter_serial: str
    zone_code: str
    unit: str
    digits: int = 6
    multiplier: Decimal = Decimal(1)
    table: ClassVar[str] = "registers"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (self.meter_serial, self.zone_code, self.unit, self.digits, self.multiplier)


@dataclass(frozen=True, slots=True)
class InstallationRow:
    """The days on which a meter stands at a point."""

    meter_serial: str
    supply_point_code: str
    valid_from: date
    valid_to: date | None = None
    table: ClassVar[str] = "meter_installations"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (self.meter_serial, self.supply_point_code, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract of a customer; business key ``number``."""

    number: str
    customer_number: str
    kind: str
    signed_on: date
    table: ClassVar[str] = "contracts"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (self.number, self.customer_number, self.kind, self.signed_on)


@dataclass(frozen=True, slots=True)
class ContractTermsRow:
    """Commercial terms of a contract by date; the billing cycle counts whole months from ``cycle_anchor``."""

    contract_number: str
    price_list_code: str
    cycle_anchor: date
    valid_from: date
    valid_to: date | None = None
    cycle_months: int = 1
    payment_term_days: int = 14
    invoicing_rule: str = "per_supply_point"
    table: ClassVar[str] = "contract_terms"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (
            self.contract_number, self.price_list_code, self.cycle_months, self.cycle_anchor,
            self.payment_term_days, self.invoicing_rule, self.valid_from, self.valid_to,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ContractSupplyPointRow:
    """The days on which a contract supplies a point."""

    contract_number: str
    supply_point_code: str
    valid_from: date
    valid_to: date | None = None
    table: ClassVar[str] = "contract_supply_points"

    def values(self) -> tuple[Any, ...]:
        """Return the cells in the order of the staging table."""
        return (self.contract_number, self.supply_point_code, self.valid_from, self.valid_to)


@dataclass(slots=True)
class Portfolio:
    """Everything to import at once; each list may be empty when its rows are in the database already."""

    products: list[ProductRow] = field(default_factory=list)
    price_lists: list[PriceListRow] = field(default_factory=list)
    price_list_items: list[PriceListItemRow] = field(default_factory=list)
    customers: list[CustomerRow] = field(default_factory=list)
    supply_points: list[SupplyPointRow] = field(default_factory=list)
    terms: list[TermsRow] = field(default_factory=list)
    meters: list[MeterRow] = field(default_factory=list)
    registers: list[RegisterRow] = field(default_factory=list)
    installations: list[InstallationRow] = field(default_factory=list)
    contracts: list[ContractRow] = field(default_factory=list)
    contract_terms: list[ContractTermsRow] = field(default_factory=list)
    contract_supply_points: list[ContractSupplyPointRow] = field(default_factory=list)
