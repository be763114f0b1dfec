"""Billing by forecast: dated terms of a contract, and the plans of kWh that its instalments are priced from.

A plan is made once per billing cycle and point, before the proposals are computed, and never changes: so a
later reading does not move a forecast that was sent. dbt prices the instalments like any other scope, the
issue step makes the documents (series FP) and takes them off the settlement. Rules 5.5 and 6.1.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.billing.issuing import run_sql
from operational.kernel.errors import DomainError
from operational.kernel.rows import first, rows

METHODS: Final = ("last_year", "declared", "agreed")
PRICE_CHANGES: Final = ("at_settlement", "correct_later")
MONTHS: Final = (1, 2, 3, 4, 6, 12)
_TEMPORARY: Final = "drop table if exists pg_temp.plan_pairs, pg_temp.plan_items"


class ForecastRefused(DomainError):
    """The terms cannot be billed by forecast."""


@dataclass(frozen=True, slots=True)
class ForecastTerms:
    """Terms of a contract from a day on: method, months of a document and of an instalment, days until due.

    ``annual_kwh`` only with the method `agreed`; ``price_change`` says whether a price that becomes known
    later waits for the settlement or corrects the instalments still to come.
    """

    method: str
    block_months: int
    instalment_months: int
    due_days: int = 14
    annual_kwh: Decimal | None = None
    price_change: str = "at_settlement"


def plan_forecasts(
    session: Session,
    *,
    day: date,
    as_of: datetime,
    contract_id: int | None = None,
    first_day: date | None = None,
) -> int:
    """Plan the cycles that contain the day and have no plan yet; return how many. The caller commits.

    Set-based over all contracts billed by forecast, or one of them; a second call finds nothing to do.
    Instalments start on ``first_day`` or later.
    """
    session.execute(text(_TEMPORARY))
    given = {
        "day": day,
        "as_of": as_of,
        "contract_id": contract_id,
        "first_day": first_day or date(1900, 1, 1),
    }
    run_sql(session, "plan_forecasts", **given)
    run_sql(session, "plan_items", **given)
    made = run_sql(session, "plan_write", **given).all()
    session.execute(text(_TEMPORARY))
    return len(made)


def set_forecast_terms(
    session: Session, *, contract_id: int, valid_from: date, terms: ForecastTerms | None, as_of: datetime
) -> None:
    """Bill a contract by forecast from a day on, or (None) by readings again; the caller commits.

    Plans of cycles that reach beyond the day are made anew from it; instalments before it stay. What was
    issued for later days is cancelled by a correction in the next run. Raises ForecastRefused.
    """
    if terms is not None:
        _check(session, contract_id=contract_id, valid_from=valid_from, terms=terms)
    _close(session, contract_id=contract_id, valid_from=valid_from, as_of=as_of)
    if terms is not None:
        session.execute(
            text("""
              insert into operational.forecast_terms (contract_id, method, annual_kwh, block_months,
                instalment_months, due_days, price_change, valid_from, recorded_at)
              values (:contract_id, :method, :annual_kwh, :block_months, :instalment_months, :due_days,
                :price_change, :valid_from, :as_of)"""),
            {
                "contract_id": contract_id, "valid_from": valid_from, "as_of": as_of, "method": terms.method,
                "annual_kwh": terms.annual_kwh, "block_months": terms.block_months,
                "instalment_months": terms.instalment_months, "due_days": terms.due_days,
                "price_change": terms.price_change,
            },
        )  # fmt: skip
    _plan_anew(session, contract_id=contract_id, valid_from=valid_from, as_of=as_of)


def _check(session: Session, *, contract_id: int, valid_from: date, terms: ForecastTerms) -> None:
    if terms.method not in METHODS or terms.price_change not in PRICE_CHANGES:
        raise ForecastRefused(
            "forecast_terms_unknown", "Choose one of the methods and rules of price change in the list."
        )
    if (terms.method == "agreed") != (terms.annual_kwh is not None and terms.annual_kwh > 0):
        raise ForecastRefused(
            "forecast_annual_kwh",
            "Agreed kWh need the yearly use, more than 0; other methods find it themselves.",
        )
    found = first(
        session,
        """select t.cycle_months from operational.contract_terms t where t.contract_id = :id
            and t.superseded_at is null and t.valid_from <= :day
            and (t.valid_to is null or t.valid_to > :day)""",
        {"id": contract_id, "day": valid_from},
    )
    if found is None:
        raise ForecastRefused(
            "forecast_no_terms", f"The contract has no terms on {valid_from}. Choose a day of its validity."
        )
    months = (terms.instalment_months, terms.block_months, found.cycle_months)
    if any(value not in MONTHS for value in months[:2]) or months[1] % months[0] or months[2] % months[1]:
        raise ForecastRefused(
            "forecast_months_do_not_fit",
            f"Instalments of {months[0]} months and documents of {months[1]} months do not fit into a "
            f"billing cycle of {months[2]} months. Choose months that divide it, or change the cycle.",
        )
    unfit = rows(
        session,
        """select s.code from operational.contract_supply_points k
             join operational.supply_points s on s.id = k.supply_point_id
             join operational.supply_point_terms t on t.supply_point_id = s.id and t.superseded_at is null
              and t.valid_from <= greatest(:day, k.valid_from)
              and (t.valid_to is null or t.valid_to > :day)
            where k.contract_id = :id and k.superseded_at is null
              and (k.valid_to is null or k.valid_to > :day)
              and (t.metering_mode not in ('registers', 'volumes') or t.capacity_mode <> 'flat'
                   or exists (select from operational.prosumer_terms p where p.supply_point_id = s.id
                      and p.superseded_at is null and (p.valid_to is null or p.valid_to > :day))
                   or exists (select from operational.contract_terms c
                      join operational.price_formulas f on f.price_list_id = c.price_list_id
                       and f.superseded_at is null
                      where c.contract_id = :id and c.superseded_at is null
                        and c.valid_from <= :day and (c.valid_to is null or c.valid_to > :day)))
            order by s.code""",
        {"id": contract_id, "day": valid_from},
    )
    if unfit:
        raise ForecastRefused(
            "forecast_not_for_point",
            f"Supply point {unfit[0].code} is billed from intervals, as a prosumer, by a dynamic price or "
            "with the capacity fee by the hour. Only points read by registers can be billed by forecast.",
        )


def _close(session: Session, *, contract_id: int, valid_from: date, as_of: datetime) -> None:
    """Close the versions that reach beyond the day, and keep their part before it."""
    given = {"id": contract_id, "day": valid_from, "as_of": as_of}
    old = rows(
        session,
        """update operational.forecast_terms set superseded_at = :as_of
            where contract_id = :id and superseded_at is null and (valid_to is null or valid_to > :day)
           returning id, valid_from""",
        given,
    )
    for row in old:
        if row.valid_from < valid_from:
            session.execute(
                text("""
                  insert into operational.forecast_terms (contract_id, method, annual_kwh, block_months,
                    instalment_months, due_days, price_change, valid_from, valid_to, recorded_at)
                  select contract_id, method, annual_kwh, block_months, instalment_months, due_days,
                         price_change, valid_from, :day, :as_of
                    from operational.forecast_terms where id = :old"""),
                {**given, "old": row.id},
            )


def _plan_anew(session: Session, *, contract_id: int, valid_from: date, as_of: datetime) -> None:
    """Replace the plans that reach beyond the day; instalments that begin before it are kept."""
    given = {"id": contract_id, "day": valid_from, "as_of": as_of}
    old = rows(
        session,
        """update operational.forecast_plans set superseded_at = :as_of
            where contract_id = :id and superseded_at is null and period_to > :day
           returning id, supply_point_id, period_from""",
        given,
    )
    for row in old:
        plan_forecasts(
            session,
            day=max(valid_from, row.period_from),
            as_of=as_of,
            contract_id=contract_id,
            first_day=valid_from,
        )
        session.execute(
            text("""
              insert into operational.forecast_plans (contract_id, supply_point_id, terms_id, method, basis,
                period_from, period_to, recorded_at)
              select p.contract_id, p.supply_point_id, p.terms_id, p.method, p.basis, p.period_from,
                     p.period_to, :as_of
                from operational.forecast_plans p
               where p.id = :plan and exists (select from operational.forecast_plan_items i
                                               where i.plan_id = p.id and i.period_from < :day)
                 and not exists (select from operational.forecast_plans n where n.contract_id = p.contract_id
                                    and n.supply_point_id = p.supply_point_id and n.superseded_at is null
                                    and n.period_from = p.period_from)"""),
            {**given, "plan": row.id},
        )
        session.execute(
            text("""
              insert into operational.forecast_plan_items (plan_id, zone_code, period_from, period_to,
                block_from, energy_kwh)
              select n.id, i.zone_code, i.period_from, i.period_to, i.block_from, i.energy_kwh
                from operational.forecast_plan_items i
                join operational.forecast_plans p on p.id = i.plan_id
                join operational.forecast_plans n on n.contract_id = p.contract_id and n.superseded_at is null
                 and n.supply_point_id = p.supply_point_id and n.period_from = p.period_from
               where i.plan_id = :plan and i.period_from < :day on conflict do nothing"""),
            {**given, "plan": row.id},
        )
