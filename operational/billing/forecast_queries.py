"""Reads of billing by forecast: contracts, their dated terms, and the schedule of instalments."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.kernel.rows import first, rows


@dataclass(frozen=True, slots=True)
class ForecastContract:
    """A contract with its terms of forecast on a day; ``method`` is empty when it is billed by readings."""

    id: int
    public_id: str
    number: str
    customer_id: int
    customer_public_id: str
    customer_name: str
    cycle_months: int
    method: str
    block_months: int
    instalment_months: int
    terms_id: int


@dataclass(frozen=True, slots=True)
class Terms:
    """One version of the terms of a contract."""

    method: str
    annual_kwh: Decimal | None
    block_months: int
    instalment_months: int
    due_days: int
    price_change: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ScheduledInstalment:
    """An instalment of a plan: expected kWh; document, due date, gross and open amount once it is issued."""

    supply_point_code: str
    period_from: date
    period_to: date
    energy_kwh: Decimal
    method: str
    document_number: str | None
    document_public_id: str | None
    due_date: date | None
    gross_amount: Decimal | None
    open_amount: Decimal | None


_CONTRACTS = """
  select k.id, k.public_id::text as public_id, k.number, c.id as customer_id,
         c.public_id::text as customer_public_id, c.name as customer_name,
         coalesce(t.cycle_months, 1) as cycle_months, coalesce(f.method, '') as method,
         coalesce(f.block_months, 0) as block_months, coalesce(f.instalment_months, 0) as instalment_months,
         coalesce(f.id, 0) as terms_id
    from operational.contracts k
    join operational.customers c on c.id = k.customer_id
    left join lateral (
      select * from operational.contract_terms t where t.contract_id = k.id and t.superseded_at is null
         and (t.valid_to is null or t.valid_to > :day) order by t.valid_from limit 1) t on true
    left join operational.forecast_terms f on f.contract_id = k.id and f.superseded_at is null
     and f.valid_from <= :day and (f.valid_to is null or f.valid_to > :day)
"""
_SCHEDULE = """
  with planned as (
    select p.contract_id, p.supply_point_id, p.method, i.period_from, i.period_to,
           sum(i.energy_kwh) as energy_kwh
      from operational.forecast_plans p
      join operational.forecast_plan_items i on i.plan_id = p.id
     where p.contract_id = :id and p.superseded_at is null
     group by p.contract_id, p.supply_point_id, p.method, i.period_from, i.period_to
  )
  select s.code as supply_point_code, n.period_from, n.period_to, n.energy_kwh, n.method,
         d.number as document_number, d.public_id::text as document_public_id, a.due_date,
         a.gross_amount, o.open_amount
    from planned n
    join operational.supply_points s on s.id = n.supply_point_id
    left join operational.billing_scopes b on b.contract_id = n.contract_id
     and b.supply_point_id = n.supply_point_id and b.is_forecast and b.cycle_start = n.period_from
    left join operational.documents d on d.id = b.invoice_id
    left join lateral (
      select min(i.due_date) as due_date, sum(i.gross_amount) as gross_amount, min(i.instalment_no) as no
        from operational.forecast_instalments i where i.scope_id = b.id) a on true
    left join lateral (
      select sum(x.amount - coalesce((select sum(y.amount) from operational.allocations y
                                       where y.debt_item_id = x.id), 0)
                 + coalesce((select sum(y.amount) from operational.allocations y
                              where y.credit_item_id = x.id), 0)) as open_amount
        from operational.open_items x
        join operational.documents e on e.id = x.document_id and coalesce(e.invoice_id, e.id) = b.invoice_id
       where x.instalment_no = a.no) o on true
   order by s.code, n.period_from desc"""


def contracts_by_forecast(
    session: Session, *, day: date, offset: int = 0, limit: int = 200
) -> list[ForecastContract]:
    """Return the contracts billed by forecast on a day, by number."""
    sql = f"{_CONTRACTS} where f.id is not null order by k.number offset :offset limit :limit"
    found = rows(session, sql, {"day": day, "offset": offset, "limit": limit})
    return [ForecastContract(**row._mapping) for row in found]


def forecast_contract(session: Session, *, public_id: str, day: date) -> ForecastContract | None:
    """Return a contract with its terms of forecast on a day, or None when there is no such contract."""
    found = first(
        session,
        f"{_CONTRACTS} where k.public_id = cast(:public_id as uuid)",
        {"public_id": public_id, "day": day},
    )
    return ForecastContract(**found._mapping) if found else None


def contract_by_number(session: Session, *, number: str) -> str | None:
    """Return the public id of a contract by its number."""
    found = first(
        session, "select public_id::text as public_id from operational.contracts where number = :number",
        {"number": number},
    )  # fmt: skip
    return str(found.public_id) if found else None


def terms_of(session: Session, *, contract_id: int) -> list[Terms]:
    """Return the valid terms of a contract, newest first."""
    found = rows(
        session,
        """select method, annual_kwh, block_months, instalment_months, due_days, price_change, valid_from,
                  valid_to
             from operational.forecast_terms where contract_id = :id and superseded_at is null
            order by valid_from desc""",
        {"id": contract_id},
    )
    return [Terms(**row._mapping) for row in found]


def schedule(session: Session, *, contract_id: int) -> list[ScheduledInstalment]:
    """Return the planned and issued instalments of a contract by point, newest first."""
    return [ScheduledInstalment(**row._mapping) for row in rows(session, _SCHEDULE, {"id": contract_id})]
