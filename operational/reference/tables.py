"""What the reference files look like: one ``Table`` per CSV file in ``data/``, read and checked cell by cell.

A file's columns are those of its database table; ``valid_to`` is exclusive and empty while the value holds.
"""

import csv
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from operational.kernel.errors import DomainError

DATA: Final = Path(__file__).parent / "data"
_RANGE = re.compile(r"([\[(])(\d+(?:\.\d+)?)?,(\d+(?:\.\d+)?)?([\])])")


class ReferenceDataError(DomainError):
    """A reference file that must not be loaded; the message names file, row, what is wrong and the cure."""

    def __init__(self, code: str, *, file: str, row: int, what: str, cure: str) -> None:
        super().__init__(code, f"{file}, row {row}: {what} {cure}")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file: ``number`` counts from 1 for the header, as a spreadsheet shows it."""

    number: int
    values: Mapping[str, Any]


Parser = Callable[[str], Any]


def text(cell: str) -> str:
    """Keep the text; anything is allowed, also nothing."""
    return cell


def name(cell: str) -> str:
    """Keep the text and refuse an empty cell."""
    if not cell:
        raise ValueError("must not be empty")
    return cell


def one_of(*allowed: str) -> Parser:
    """Allow only the given words."""

    def parse(cell: str) -> str:
        if cell not in allowed:
            raise ValueError(f"'{cell}' is none of {', '.join(allowed)}")
        return cell

    return parse


def day(cell: str) -> date:
    """Read an ISO date."""
    return date.fromisoformat(cell)


def day_or_open(cell: str) -> date | None:
    """Read an ISO date; an empty cell means: until further notice."""
    return date.fromisoformat(cell) if cell else None


def whole(minimum: int, maximum: int) -> Parser:
    """Read a whole number between two bounds, both included."""

    def parse(cell: str) -> int:
        value = int(cell)
        if not minimum <= value <= maximum:
            raise ValueError(f"{value} lies outside {minimum}..{maximum}")
        return value

    return parse


def number(minimum: str, maximum: str, places: int) -> Parser:
    """Read a decimal between two bounds with at most ``places`` decimals; never rounds."""
    low, high = Decimal(minimum), Decimal(maximum)

    def parse(cell: str) -> Decimal:
        try:
            value = Decimal(cell)
        except InvalidOperation:
            raise ValueError(f"'{cell}' is not a number with a decimal point") from None
        if not value.is_finite() or not low <= value <= high:
            raise ValueError(f"{cell} lies outside {minimum}..{maximum}")
        if -int(value.as_tuple().exponent) > places:
            raise ValueError(f"{cell} has more than {places} decimals")
        return value

    return parse


def number_or_none(minimum: str, maximum: str, places: int) -> Parser:
    """Read a decimal as ``number`` does; an empty cell means: no bound."""
    parse = number(minimum, maximum, places)
    return lambda cell: parse(cell) if cell else None


def optional(parse: Parser) -> Parser:
    """Read as ``parse`` does; an empty cell is no value."""

    def read(cell: str) -> Any:
        return parse(cell) if cell else None

    return read


def yes_no(cell: str) -> bool:
    """Read ``true`` or ``false``."""
    return bool(one_of("true", "false")(cell) == "true")


def bracket(cell: str) -> str:
    """Check a range of annual kWh written as PostgreSQL does: ``[0,500)``, ``(2800,)``, ``(,)``."""
    found = _RANGE.fullmatch(cell)
    if not found:
        raise ValueError(f"'{cell}' is not a range such as [0,500) or (2800,)")
    if found[2] and found[3] and Decimal(found[2]) >= Decimal(found[3]):
        raise ValueError(f"'{cell}' is an empty range")
    return cell


@dataclass(frozen=True, slots=True)
class Table:
    """A file and its table: ``key`` is what a value belongs to; ``versioned``: old versions are kept."""

    name: str
    columns: Mapping[str, Parser]
    key: tuple[str, ...]
    versioned: bool = True
    gapless: bool = True

    @property
    def file(self) -> str:
        """Return the name of the CSV file."""
        return f"{self.name}.csv"


_PERIOD: Final[dict[str, Parser]] = {"valid_from": day, "valid_to": day_or_open, "source": name}
_MEDIUM = one_of("electricity", "gas")
_UNIT = one_of("kwh", "month", "kw_month", "kw_hour")
_PRICE = number("0", "10000", 8)

# In the order of loading: what others refer to comes first.
TABLES: Final[tuple[Table, ...]] = (
    Table("dsos", {"code": name, "name": name, "medium": _MEDIUM, "point_code_prefix": text, "source": name},
          ("code",), versioned=False),
    Table("charges", {
        "code": name, "medium": _MEDIUM, "section": one_of("sale", "distribution"),
        "quantity_basis": one_of("zone_energy", "total_energy", "capacity_energy", "month", "power_month",
                                 "index_energy", "component", "network"),
        "rate_source": one_of("price_list", "dso", "statutory", "formula", "contract"),
        "capacity_mode": one_of("any", "flat", "volumetric"), "is_required": yes_no, "applies_from": day,
        "applies_to": day_or_open, "sort_order": whole(0, 1000),
        "name_pl": name, "name_en": name, "legal_basis": name}, ("code",), versioned=False),
    Table("holidays", {"day": day, "name": name}, ("day",), versioned=False),
    Table("vat_rates", {"medium": _MEDIUM, "rate": number("0", "1", 4)} | _PERIOD, ("medium",)),
    Table("excise_rates", {"medium": _MEDIUM, "customer_class": one_of("household", "business"),
                           "price_pln_per_kwh": number("0", "1", 8)} | _PERIOD, ("medium", "customer_class")),
    Table("statutory_rates", {
        "charge_code": name, "tariff_prefix": text, "customer_class": one_of("any", "household", "business"),
        "annual_kwh_range": bracket, "unit": _UNIT, "price": _PRICE,
        "factor": number("0", "10", 4)} | _PERIOD,
        ("charge_code", "tariff_prefix", "customer_class", "annual_kwh_range"), gapless=False),
    Table("dso_rates", {
        "dso_code": name, "tariff_group": name, "charge_code": name, "zone_code": text, "phases": whole(0, 3),
        "settlement_months": whole(0, 12), "unit": _UNIT, "price": _PRICE} | _PERIOD,
        ("dso_code", "tariff_group", "charge_code", "zone_code", "phases", "settlement_months")),
    Table("zone_masks", {
        "dso_code": text, "tariff_group": text, "zone_code": name, "season_from": name, "season_to": name,
        "day_type": one_of("all", "workday", "nonworking", "saturday", "sunday", "holiday"),
        "hour_from": whole(0, 23), "hour_to": whole(1, 24)} | _PERIOD | {"confidence": name},
        ("dso_code", "tariff_group", "zone_code", "season_from", "season_to", "day_type", "hour_from")),
    Table("network_rules", {
        "dso_code": text, "tariff_prefix": text, "reactive_factor": number("0.001", "10", 3),
        "reactive_price": _PRICE, "tg_phi_limit": number("0", "1", 3),
        "tg_phi_decimals": optional(whole(0, 6)),
        "exceedance_rule": one_of("ten_largest", "all_hourly", "max_times_10", "max"),
        "power_decimals": whole(0, 3), "tolerance_pln": number("0", "10000", 2),
        "tolerance_share": number("0", "1", 4)} | _PERIOD, ("dso_code", "tariff_prefix")),
    Table("capacity_classes", {
        "code": name, "share_from": optional(number("-1", "10", 4)), "is_without_other_hours": yes_no,
        "factor": number("0.0001", "10", 4)} | _PERIOD, ("code",)),
    Table("gas_conversion_factors", {"area_code": name, "factor_kwh_per_m3": number("5", "15", 3)} | _PERIOD,
          ("area_code",)),
    Table("interest_rates", {"kind": one_of("statutory_delay", "commercial", "commercial_medical"),
                             "rate_pct": number("0", "100", 3)} | _PERIOD, ("kind",)),
    Table("market_indices", {"code": name, "minutes": whole(0, 60), "is_floored_at_zero": yes_no,
                             "name_pl": name, "name_en": name, "source": name}, ("code",), versioned=False),
    Table("market_month_prices", {"index_code": name,
                                  "price_pln_per_mwh": number("-100000", "100000", 4)} | _PERIOD,
          ("index_code", "valid_from"), gapless=False),  # months that files brought are not undone
    Table("market_parameters", {"code": name, "value": number("0", "1000", 6)} | _PERIOD, ("code",)),
    Table("price_caps", {
        "scope": one_of("household", "business"), "category": name, "tier": whole(1, 2),
        "annual_limit_kwh": number_or_none("1", "100000", 3), "needs_declaration": yes_no,
        "price": number("0", "10", 8)} | _PERIOD, ("scope", "category", "tier"), gapless=False),
    Table("purchase_costs", {
        "medium": _MEDIUM, "component": one_of("energy", "profile", "balancing", "certificates"),
        "index_code": text, "profile_code": text, "price_pln_per_mwh": number("-100000",
        "100000", 4)} | _PERIOD,
        ("medium", "component", "index_code", "profile_code")),
    Table("price_floors", {"medium": _MEDIUM, "customer_class": one_of("household", "business"),
                           "floor_pln_per_mwh": number("-1000", "10000", 4)} | _PERIOD,
          ("medium", "customer_class")),
    Table("dunning_procedures", {
        "code": name, "version_no": whole(1, 1000), "name_pl": name, "name_en": name,
        "customer_kind": one_of("any", "household", "business", "public"),
        "min_amount": number("0", "100000000", 2),
        "valid_from": day, "valid_to": day_or_open, "status": one_of("draft", "approved"), "source": name},
        ("code", "version_no"), versioned=False),
    Table("dunning_steps", {
        "procedure_code": name, "version_no": whole(1, 1000), "step_code": name, "position": whole(1, 99),
        "kind": name, "stage": name, "name_pl": name, "name_en": name, "anchor_step": text,
        "day_offset": whole(-60, 1000), "day_unit": one_of("calendar", "working"),
        "day_rule": one_of("any", "working", "before_working"), "channels": text, "template_code": text,
        "fee_amount": number("0", "1000", 2), "min_total": number("0", "1000000", 2),
        "min_item_days": whole(0, 1000), "min_gap_days": whole(0, 365), "is_manual": yes_no,
        "legal_basis": name}, ("procedure_code", "version_no", "step_code"), versioned=False),
    Table("dunning_guards", {
        "code": name, "fact": text, "step_kind": text, "customer_kind": text, "season_from": text,
        "season_to": text} | _PERIOD, ("code", "step_kind", "customer_kind", "valid_from"), versioned=False),
    Table("dunning_delivery_days", {"channel": name, "days": whole(0, 90), "source": name},
          ("channel",), versioned=False),
    Table("dunning_limits", {"code": name, "value": number("0", "1000000", 2), "name_pl": name,
                             "name_en": name, "source": name}, ("code",), versioned=False),
    Table("switching_channels", {
        "dso_code": name, "channel": one_of("dso_xml", "dso_csv", "gas_xml", "hub")} | _PERIOD,
        ("dso_code", "valid_from"), versioned=False),
    Table("switching_deadlines", {
        "code": name, "medium": _MEDIUM, "value": whole(0, 730),
        "unit": one_of("days", "working_days", "months", "times"), "name_pl": name,
        "name_en": name} | _PERIOD,
        ("code", "medium", "valid_from"), versioned=False),
    Table("switching_paper_rules", {
        "dso_code": text, "medium": _MEDIUM, "kind": one_of("first", "later", "reserve"),
        "customer_kind": one_of("", "household", "business", "public"), "template": name,
        "signature": one_of("with_contract", "customer", "none")} | _PERIOD,
        ("dso_code", "medium", "kind", "customer_kind", "template", "valid_from"), versioned=False),
    Table("switching_rejections", {
        "code": name, "name_pl": name, "name_en": name, "remedy": name, "queue": text,
        "is_automatic": yes_no, "source": name}, ("code",), versioned=False),
    Table("switching_reason_codes", {
        "channel": one_of("dso_xml", "dso_csv", "gas_xml", "hub"), "external_code": name, "code": name,
        "source": name}, ("channel", "external_code"), versioned=False),
    Table("switching_reserve_lists", {"medium": _MEDIUM, "price_list_code": name} | _PERIOD,
          ("medium", "valid_from"), versioned=False),
)  # fmt: skip


def read_table(table: Table, folder: Path = DATA) -> list[Row]:
    """Read and type all rows of a file; raise ReferenceDataError at the first wrong cell."""
    with (folder / table.file).open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        if tuple(reader.fieldnames or ()) != tuple(table.columns):
            raise ReferenceDataError(
                "reference_wrong_columns", file=table.file, row=1,
                what=f"the columns are {', '.join(reader.fieldnames or ())}.",
                cure=f"They must be {', '.join(table.columns)}.",
            )  # fmt: skip
        return [_read_row(table, number, cells) for number, cells in enumerate(reader, start=2)]


def _read_row(table: Table, number: int, cells: Mapping[str, str | None]) -> Row:
    values: dict[str, Any] = {}
    for column, parse in table.columns.items():
        cell = cells.get(column)
        try:
            values[column] = parse((cell or "").strip())
        except ValueError as error:
            raise ReferenceDataError(
                "reference_wrong_value", file=table.file, row=number, what=f"column {column}: {error}.",
                cure="Correct the cell; numbers have a decimal point, dates look like 2026-01-31.",
            ) from error  # fmt: skip
    return Row(number, values)
