"""Reads of reference data: a rate on a date, and lists for the staff screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.errors import DomainError
from operational.reference.tables import TABLES, Table

_BY_NAME: Final = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class Rate:
    """A dated price or rate with its source; ``id`` names the immutable version."""

    id: int
    value: Decimal
    unit: str
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class Listing:
    """One reference table as the staff screen shows it: column names and rows in the order of the columns."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    total: int


class MissingReferenceData(DomainError):
    """No value holds on the day asked for."""


def table_names() -> tuple[str, ...]:
    """Return the names of all reference tables in the order of loading."""
    return tuple(_BY_NAME)


def vat_rate(session: Session, *, medium: str, on: date) -> Rate:
    """Return the rate of VAT (0.23) for supplies on a day; raise MissingReferenceData if there is none."""
    return _one(session, "vat_rates", "rate as value, 'share' as unit", {"medium": medium}, on)


def excise_rate(session: Session, *, medium: str, customer_class: str, on: date) -> Rate:
    """Return the excise duty in PLN per kWh; raise MissingReferenceData if there is none on that day."""
    key = {"medium": medium, "customer_class": customer_class}
    return _one(session, "excise_rates", "price_pln_per_kwh as value, 'kwh' as unit", key, on)


def dso_rate(
    session: Session,
    *,
    dso_code: str,
    tariff_group: str,
    charge_code: str,
    on: date,
    zone_code: str = "",
    phases: int = 0,
    settlement_months: int = 0,
) -> Rate:
    """Return a price of a distributor's tariff (PLN net per ``unit``); raise MissingReferenceData if none."""
    key = {
        "dso_code": dso_code, "tariff_group": tariff_group, "charge_code": charge_code,
        "zone_code": zone_code, "phases": phases, "settlement_months": settlement_months,
    }  # fmt: skip
    return _one(session, "dso_rates", "price as value, unit", key, on)


def gas_conversion_factor(session: Session, *, area_code: str, on: date) -> Rate:
    """Return the kWh per m3 of an area in the month of a day; raise MissingReferenceData if there is none."""
    return _one(
        session,
        "gas_conversion_factors",
        "factor_kwh_per_m3 as value, 'kwh/m3' as unit",
        {"area_code": area_code},
        on,
    )


def interest_rate(session: Session, *, kind: str, on: date) -> Rate:
    """Return the yearly rate of interest for late payment in percent; raise MissingReferenceData if none."""
    return _one(session, "interest_rates", "rate_pct as value, 'percent' as unit", {"kind": kind}, on)


def _one(session: Session, table: str, columns: str, key: dict[str, Any], on: date) -> Rate:
    where = " and ".join(f"{column} = :{column}" for column in key)
    found = (
        session.execute(
            text(
                f"select id, {columns}, valid_from, valid_to, source from operational.{table} where {where} "
                f"and superseded_at is null and valid_from <= :on and (valid_to is null or valid_to > :on)"
            ),
            key | {"on": on},
        )
        .mappings()
        .one_or_none()
    )
    if found is None:
        what = ", ".join(str(part) for part in key.values() if part not in ("", 0))
        raise MissingReferenceData(
            f"missing_{table}", f"{table} has no value for {what} on {on}. Add it to {table}.csv and load it."
        )
    return Rate(**found)


def listing(
    session: Session, *, table: str, on: date | None = None, search: str = "", limit: int = 500
) -> Listing:
    """Return the current rows of a reference table, optionally those that hold on a day or contain a text.

    Raises DomainError for an unknown table. ``total`` counts all rows found, also those beyond ``limit``.
    """
    spec = _BY_NAME.get(table)
    if spec is None:
        raise DomainError(
            "unknown_reference_table", f"'{table}' is no reference table. Choose from {', '.join(_BY_NAME)}."
        )
    conditions, values = _conditions(spec, on, search)
    columns = tuple(spec.columns)
    order = ", ".join(dict.fromkeys((*spec.key, *(c for c in ("valid_from",) if c in columns))))
    shown = ", ".join(f"{c}::text" if c == "annual_kwh_range" else c for c in columns)
    found: Sequence[Any] = session.execute(
        text(
            f"select count(*) over () as total, {shown} from operational.{table} as t where {conditions} "
            f"order by {order} limit :limit"
        ),
        values | {"limit": limit},
    ).all()
    total = found[0][0] if found else 0
    return Listing(table, columns, tuple(tuple(row[1:]) for row in found), total)


def _conditions(spec: Table, on: date | None, search: str) -> tuple[str, dict[str, Any]]:
    parts, values = ["true"], dict[str, Any]()
    if spec.versioned:
        parts.append("superseded_at is null")
        if on is not None:
            parts.append("valid_from <= :on and (valid_to is null or valid_to > :on)")
            values["on"] = on
    if search:
        parts.append("position(lower(:search) in lower(t::text)) > 0")
        values["search"] = search
    return " and ".join(parts), values
