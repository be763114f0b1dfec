"""Staging tables of an import: temporary, filled by COPY, gone with the transaction."""

from collections.abc import Sequence
from typing import Any, Final

from psycopg import Connection, sql
from sqlalchemy.orm import Session

from operational.crm.portfolio.rows import Portfolio, PortfolioRow
from operational.kernel.identifiers import virtual_account

_ADDRESS: Final = "street text, building text, flat text, postal_code text, city text"
_PERIOD: Final = "valid_from date, valid_to date"

# Columns in the order of the rows' values(); row_no counts from 1 within the portfolio's list.
STAGES: Final[dict[str, str]] = {
    "products": "code text, name text, medium text",
    "price_lists": "code text, name text, product_code text",
    "price_list_items": "price_list_code text, tariff_group text, charge_code text, zone_code text, "
    f"unit text, price numeric, {_PERIOD}, source text",
    "customers": "customer_number text, kind text, name text, nip text, pesel text, regon text, "
    "email text, phone text, language text, invoice_channel text, customer_since date, "
    f"{_ADDRESS}, virtual_account text",
    "supply_points": f"code text, medium text, dso_code text, {_ADDRESS}",
    "supply_point_terms": "supply_point_code text, tariff_group text, phases smallint, "
    "contracted_power_kw numeric, annual_kwh numeric, capacity_mode text, customer_class text, "
    f"metering_mode text, gas_area_code text, {_PERIOD}",
    "meters": "serial text, medium text",
    "registers": "meter_serial text, zone_code text, unit text, digits smallint, multiplier numeric",
    "meter_installations": f"meter_serial text, supply_point_code text, {_PERIOD}",
    "contracts": "number text, customer_number text, kind text, signed_on date",
    "contract_terms": "contract_number text, price_list_code text, cycle_months smallint, cycle_anchor date, "
    f"payment_term_days smallint, invoicing_rule text, {_PERIOD}",
    "contract_supply_points": f"contract_number text, supply_point_code text, {_PERIOD}",
}


def stage(session: Session, rows: Portfolio, *, bank_code: str) -> None:
    """Copy the whole portfolio into temporary tables ``stage_<table>`` of this transaction."""
    driver = session.connection().connection.driver_connection
    assert isinstance(driver, Connection)  # noqa: S101  the engine of this house is psycopg
    lists: tuple[Sequence[PortfolioRow], ...] = (
        rows.products, rows.price_lists, rows.price_list_items, rows.customers, rows.supply_points,
        rows.terms, rows.meters, rows.registers, rows.installations, rows.contracts, rows.contract_terms,
        rows.contract_supply_points,
    )  # fmt: skip
    with driver.cursor() as cursor:
        for (table, columns), found in zip(STAGES.items(), lists, strict=True):
            name = sql.Identifier(f"stage_{table}")
            cursor.execute(sql.SQL("drop table if exists pg_temp.{}").format(name))
            cursor.execute(
                sql.SQL("create temp table {} (row_no integer, {}) on commit drop").format(
                    name, sql.SQL(columns)
                )
            )  # fmt: skip
            with cursor.copy(sql.SQL("copy pg_temp.{} from stdin").format(name)) as copy:
                for number, row in enumerate(found, start=1):
                    copy.write_row((number, *row.values(), *_derived(table, row, bank_code)))
            cursor.execute(sql.SQL("analyze pg_temp.{}").format(name))


def _derived(table: str, row: Any, bank_code: str) -> tuple[str, ...]:
    return (virtual_account(bank_code, int(row.number)),) if table == "customers" else ()
