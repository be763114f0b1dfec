"""Checks of a portfolio before it is written: identifiers row by row, references and periods by sets.

All problems are gathered and told at once (the first twenty by name), so that a wrong file is corrected in
one go.
"""

import re
from collections.abc import Iterator
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.crm.portfolio.rows import CustomerRow, Portfolio
from operational.kernel.errors import DomainError
from operational.kernel.identifiers import (
    is_valid_nip,
    is_valid_pesel,
    is_valid_regon,
    is_valid_supply_point_code,
)

_SHOWN: Final = 20
_NUMBER: Final = re.compile(r"[1-9]\d{3,11}")

# stage, column, table and column it must be found in (there or in the same import)
_REFERENCES: Final = (
    ("price_lists", "product_code", "products", "code"),
    ("price_list_items", "price_list_code", "price_lists", "code"),
    ("price_list_items", "charge_code", "charges", "code"),
    ("supply_points", "dso_code", "dsos", "code"),
    ("supply_point_terms", "supply_point_code", "supply_points", "code"),
    ("registers", "meter_serial", "meters", "serial"),
    ("meter_installations", "meter_serial", "meters", "serial"),
    ("meter_installations", "supply_point_code", "supply_points", "code"),
    ("contracts", "customer_number", "customers", "customer_number"),
    ("contract_terms", "contract_number", "contracts", "number"),
    ("contract_terms", "price_list_code", "price_lists", "code"),
    ("contract_supply_points", "contract_number", "contracts", "number"),
    ("contract_supply_points", "supply_point_code", "supply_points", "code"),
)
_KEYS: Final = (
    ("products", "code"), ("price_lists", "code"), ("customers", "customer_number"),
    ("supply_points", "code"),
    ("meters", "serial"), ("contracts", "number"),
)  # fmt: skip
# stage and the columns that may hold one row a day only
_PERIODS: Final = (
    ("price_list_items", "price_list_code, tariff_group, charge_code, zone_code"),
    ("supply_point_terms", "supply_point_code"),
    ("meter_installations", "meter_serial"),
    ("meter_installations", "supply_point_code"),
    ("contract_terms", "contract_number"),
    ("contract_supply_points", "supply_point_code"),
)


class PortfolioError(DomainError):
    """A portfolio that must not be imported; the message lists table, row, problem and cure."""


def refuse(problems: list[str]) -> None:
    """Raise PortfolioError when there are problems; do nothing otherwise."""
    if not problems:
        return
    shown = "; ".join(problems[:_SHOWN])
    more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
    raise PortfolioError(
        "invalid_portfolio",
        f"The portfolio has {len(problems)} problem(s), nothing was imported: {shown}{more}.",
    )


def check_identifiers(rows: Portfolio) -> list[str]:
    """Return the problems of customer numbers, NIP, PESEL, REGON and supply point codes."""
    problems = [
        f"customers row {number} ({row.number}): {problem}"
        for number, row in enumerate(rows.customers, start=1)
        for problem in _customer_problems(row)
    ]
    problems += [
        f"supply_points row {number}: '{row.code}' is not 18 digits with a right check digit"
        for number, row in enumerate(rows.supply_points, start=1)
        if not is_valid_supply_point_code(row.code)
    ]
    for number, terms in enumerate(rows.terms, start=1):
        is_gas = terms.tariff_group.startswith("W-")
        if is_gas and not terms.gas_area_code:
            problems.append(f"supply_point_terms row {number}: gas needs gas_area_code")
        if not is_gas and not terms.tariff_group.startswith("G") and terms.contracted_power_kw is None:
            problems.append(f"supply_point_terms row {number}: needs contracted_power_kw")
    return problems


def _customer_problems(row: CustomerRow) -> Iterator[str]:
    if not _NUMBER.fullmatch(row.number):
        yield "the customer number must be 4 to 12 digits, the first not zero"
    if row.kind != "household" and not row.nip:
        yield "a business needs a NIP"
    for name, value, is_valid in (
        ("NIP", row.nip, is_valid_nip), ("PESEL", row.pesel, is_valid_pesel),
        ("REGON", row.regon, is_valid_regon),
    ):  # fmt: skip
        if value and not is_valid(value):
            yield f"'{value}' is not a {name}, its check digit is wrong"


def check_sets(session: Session) -> list[str]:
    """Return the problems of the staged rows: double keys, unknown references, media, overlapping periods."""
    problems: list[str] = []
    for stage, key in _KEYS:
        problems += _found(
            session,
            f"select row_no, {key} from (select row_no, {key}, count(*) over (partition by {key}) as n "
            f"from pg_temp.stage_{stage}) s where n > 1 order by 1",
            f"{stage} row {{}}: '{{}}' is there twice, keep one",
        )
    for stage, column, table, key in _REFERENCES:
        also = (
            f"and not exists (select from pg_temp.stage_{table} n where n.{key} = s.{column})"
            if table not in ("dsos", "charges")
            else ""
        )
        problems += _found(
            session,
            f"select s.row_no, s.{column} from pg_temp.stage_{stage} s where not exists "
            f"(select from operational.{table} t where t.{key} = s.{column}) {also} order by 1",
            f"{stage} row {{}}: unknown {column} '{{}}', correct it or add it to {table}",
        )
    problems += _found(
        session,
        "select s.row_no, s.dso_code from pg_temp.stage_supply_points s join operational.dsos d "
        "on d.code = s.dso_code where d.medium <> s.medium order by 1",
        "supply_points row {}: distributor '{}' delivers the other medium",
    )
    for stage, key in _PERIODS:
        problems += _found(
            session,
            f"select row_no, valid_from from (select row_no, valid_from, "
            f"max(coalesce(valid_to, 'infinity')) over (partition by {key} order by valid_from "
            "rows between unbounded preceding and 1 preceding) as before "
            f"from pg_temp.stage_{stage}) s where before > valid_from order by 1",
            f"{stage} row {{}}: the period from {{}} overlaps another of the same {key}",
        )
    return problems


def check_current(session: Session, *, table: str, key: str, label: str) -> list[str]:
    """Return the new rows (``new_<table>``) whose period overlaps one in the database under the same key."""
    return _found(
        session,
        f"select n.row_no, n.valid_from from pg_temp.new_{table} n join operational.{table} t "
        f"on (t.{key.replace(', ', ', t.')}) = (n.{key.replace(', ', ', n.')}) and t.superseded_at is null "
        "and daterange(t.valid_from, t.valid_to) && daterange(n.valid_from, n.valid_to) order by 1",
        f"{table} row {{}}: the period from {{}} overlaps one of the same {label} on record; end that first",
    )


def _found(session: Session, query: str, message: str) -> list[str]:
    return [message.format(row[0], row[1]) for row in session.execute(text(query))]
