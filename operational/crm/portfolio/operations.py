"""Import of a portfolio by sets: COPY into temporary tables, checks, then INSERT ... SELECT."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from operational.crm.portfolio.rows import Portfolio
from operational.crm.portfolio.staging import STAGES, stage
from operational.crm.portfolio.validation import check_current, check_identifiers, check_sets, refuse
from operational.crm.products.imported import approve_imported
from operational.kernel.settings import get_settings


@dataclass(frozen=True, slots=True)
class _Fact:
    """A bitemporal table: how its staged rows find their keys, and what may overlap nothing."""

    table: str
    joins: str
    keys: dict[str, str]
    values: tuple[str, ...]
    exclusive: tuple[str, ...]


_POINT: Final = "join operational.supply_points p on p.code = s.supply_point_code"
_METER: Final = "join operational.meters m on m.serial = s.meter_serial"
_CONTRACT: Final = "join operational.contracts c on c.number = s.contract_number"
_PRICES: Final = "join operational.price_lists l on l.code = s.price_list_code"
_PERIOD: Final = ("valid_from", "valid_to")

_FACTS: Final = (
    _Fact("price_list_items", _PRICES, {"price_list_id": "l.id"},
          ("tariff_group", "charge_code", "zone_code", "unit", "price", *_PERIOD, "source"),
          ("price_list_id, tariff_group, charge_code, zone_code",)),
    _Fact("supply_point_terms", _POINT, {"supply_point_id": "p.id"},
          ("tariff_group", "phases", "contracted_power_kw", "annual_kwh", "capacity_mode", "customer_class",
           "metering_mode", "gas_area_code", *_PERIOD), ("supply_point_id",)),
    _Fact("meter_installations", f"{_METER} {_POINT}", {"meter_id": "m.id", "supply_point_id": "p.id"},
          _PERIOD, ("meter_id", "supply_point_id")),
    _Fact("contract_terms", f"{_CONTRACT} {_PRICES}", {"contract_id": "c.id", "price_list_id": "l.id"},
          ("cycle_months", "cycle_anchor", "payment_term_days", "invoicing_rule", *_PERIOD),
          ("contract_id",)),
    _Fact("contract_supply_points", f"{_CONTRACT} {_POINT}",
          {"contract_id": "c.id", "supply_point_id": "p.id"}, _PERIOD, ("supply_point_id",)),
)  # fmt: skip

_ADDRESS: Final = "street, building, flat, postal_code, city"
_ADDRESS_ID: Final = (
    f"join (select min(id) as address_id, {_ADDRESS} from operational.addresses group by {_ADDRESS}) a "
    f"using ({_ADDRESS})"
)

# Tables without versions, in the order of their references. A row whose business key exists is left as it is.
_MASTERS: Final[dict[str, str]] = {
    "addresses": f"""
        insert into operational.addresses ({_ADDRESS})
        select {_ADDRESS} from (
            select {_ADDRESS} from pg_temp.stage_customers union select {_ADDRESS} from
            pg_temp.stage_supply_points
        ) s where not exists (select from operational.addresses a
            where (a.street, a.building, a.flat, a.postal_code, a.city)
                = (s.street, s.building, s.flat, s.postal_code, s.city))""",
    "products": """
        insert into operational.products (code, name, medium, kind, created_at)
        select code, name, medium, case medium when 'gas' then 'gas' else 'fix' end, :as_of
        from pg_temp.stage_products order by row_no on conflict (code) do
        nothing""",
    "price_lists": """
        insert into operational.price_lists (code, name, product_id, created_at)
        select s.code, s.name, p.id, :as_of from pg_temp.stage_price_lists s
        join operational.products p on p.code = s.product_code order by s.row_no on conflict (code) do
        nothing""",
    "customers": f"""
        insert into operational.customers (customer_number, kind, name, search_name, nip, pesel, regon,
        email, phone,
            language, invoice_channel, address_id, virtual_account, customer_since, created_at)
        select customer_number, kind, name, lower(public.unaccent(name)), nip, pesel, regon, email, phone,
            language, invoice_channel, address_id, virtual_account, customer_since, :as_of
        from pg_temp.stage_customers {_ADDRESS_ID} order by row_no on conflict (customer_number) do
        nothing""",
    "supply_points": f"""
        insert into operational.supply_points (code, medium, dso_code, address_id, created_at)
        select code, medium, dso_code, address_id, :as_of from pg_temp.stage_supply_points {_ADDRESS_ID}
        order by row_no on conflict (code) do nothing""",
    "meters": """
        insert into operational.meters (serial, medium)
        select serial, medium from pg_temp.stage_meters order by row_no on conflict (serial) do nothing""",
    "registers": f"""
        insert into operational.registers (meter_id, zone_code, unit, digits, multiplier)
        select m.id, s.zone_code, s.unit, s.digits, s.multiplier from pg_temp.stage_registers s {_METER}
        order by s.row_no on conflict (meter_id, zone_code) do nothing""",
    "contracts": """
        insert into operational.contracts (number, customer_id, kind, signed_on, created_at)
        select s.number, u.id, s.kind, s.signed_on, :as_of from pg_temp.stage_contracts s
        join operational.customers u on u.customer_number = s.customer_number
        order by s.row_no on conflict (number) do nothing""",
}


def import_portfolio(session: Session, *, rows: Portfolio, as_of: datetime) -> dict[str, int]:
    """Import customers, supply points, meters, prices and contracts; return the number of new rows per table.

    Idempotent by business key: what is there already is left as it is, also when it was changed since. All or
    nothing: raises PortfolioError with every problem found (check digits, unknown references, overlapping
    periods) and the caller rolls back. 100 000 supply points take about a minute on two cores.
    """
    refuse(check_identifiers(rows))
    stage(session, rows, bank_code=get_settings().seller_bank_code)
    refuse(check_sets(session))
    counts = {table: _affected(session, statement, as_of) for table, statement in _MASTERS.items()}
    for fact in _FACTS:
        counts[fact.table] = _insert_fact(session, fact, as_of)
    counts["product_versions"] = approve_imported(session, as_of=as_of)
    for table in STAGES:
        session.execute(text(f"drop table pg_temp.stage_{table}"))
    return counts


def _affected(session: Session, statement: str, as_of: datetime) -> int:
    result = session.execute(text(statement), {"as_of": as_of} if ":as_of" in statement else {})
    assert isinstance(result, CursorResult)  # noqa: S101  INSERT without RETURNING
    return result.rowcount


def _insert_fact(session: Session, fact: _Fact, as_of: datetime) -> int:
    keys = ", ".join(f"{expression} as {name}" for name, expression in fact.keys.items())
    values = ", ".join(f"s.{name}" for name in fact.values)
    same_key = " and ".join(f"t.{name} = {expression}" for name, expression in fact.keys.items())
    same_values = " and ".join(f"t.{name} is not distinct from s.{name}" for name in fact.values)
    columns = ", ".join((*fact.keys, *fact.values))
    session.execute(text(f"drop table if exists pg_temp.new_{fact.table}"))
    # A version ever recorded with these very values counts as known, also when it was closed since.
    session.execute(
        text(
            f"create temp table new_{fact.table} on commit drop as select s.row_no, {keys}, {values} "
            f"from pg_temp.stage_{fact.table} s {fact.joins} "
            f"where not exists (select from operational.{fact.table} t where {same_key} and {same_values})"
        )
    )
    session.execute(text(f"analyze pg_temp.new_{fact.table}"))
    for key in fact.exclusive:
        refuse(check_current(session, table=fact.table, key=key, label=key.replace("_id", "")))
    inserted = _affected(
        session,
        f"insert into operational.{fact.table} ({columns}, recorded_at) "
        f"select {columns}, :as_of from pg_temp.new_{fact.table} order by row_no",
        as_of,
    )
    session.execute(text(f"drop table pg_temp.new_{fact.table}"))
    return inserted
