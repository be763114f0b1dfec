"""From supply to bill for the contracts of ``factories.switching``: prices, meters, readings, run, dispatch.

The gaps are those of the story: points whose meter nobody knows, points without any reading, meters that are
known too late.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from operational.billing import operations as billing
from operational.kernel import db
from operational.messaging import queue
from orchestration.warehouse import compute_proposals

AREA = "mazowsze"


@dataclass(frozen=True, slots=True)
class Gaps:
    """Points by code: without a reading, with a meter that is known days too late, without a price."""

    without_reading: Collection[str]
    with_late_meter: Collection[str]
    without_price: Collection[str]


def price(session: Session) -> None:
    """Give the price lists of both media their prices, and gas points a tariff and an area of their own."""
    session.execute(
        text("""
          insert into operational.price_list_items
            (price_list_id, charge_code, zone_code, unit, price, valid_from, recorded_at)
          select l.id, v.charge, v.zone, v.unit, v.price, date '2020-01-01', timestamptz '2020-01-01 00:00+00'
            from operational.price_lists l join (values
              ('SW-EL', 'energy_active', 'all', 'kwh', 0.7000), ('SW-EL', 'trade_fee', '', 'month', 10),
              ('SW-GAS', 'gas_fuel', 'all', 'kwh', 0.2500), ('SW-GAS', 'gas_subscription', '', 'month', 6)
            ) v (list, charge, zone, unit, price) on v.list = l.code""")
    )


def meter(session: Session, *, gaps: Gaps, last: date) -> None:
    """Install a meter on each supplied point and read it on the day before supply, monthly and at its end."""
    given: dict[str, Any] = {
        "last": last, "area": AREA, "unread": list(gaps.without_reading), "late": list(gaps.with_late_meter),
        "unpriced": list(gaps.without_price),
    }  # fmt: skip
    for statement in _METERING:
        found = text(statement)
        session.execute(found, {name: given[name] for name in found._bindparams})


_METERING = (
    """create temp table supplied on commit drop as
       select p.id, p.code, p.medium, s.valid_from as start, coalesce(s.valid_to, 'infinity') as finish
         from operational.contract_supply_points s
         join operational.supply_points p on p.id = s.supply_point_id where s.superseded_at is null""",
    """with closed as (update operational.supply_point_terms t set superseded_at = now() from supplied s
          where t.supply_point_id = s.id and t.superseded_at is null
            and (s.medium = 'gas' or s.code = any(:unpriced)) returning t.*)
       insert into operational.supply_point_terms (supply_point_id, tariff_group, annual_kwh, customer_class,
          gas_area_code, valid_from)
       select t.supply_point_id, case when s.medium = 'gas' then 'W-1.1' else 'B23' end, t.annual_kwh,
          t.customer_class, case s.medium when 'gas' then :area end, t.valid_from
         from closed t join supplied s on s.id = t.supply_point_id""",
    "insert into operational.meters (serial, medium) select 'Y' || code, medium from supplied",
    """insert into operational.registers (meter_id, zone_code, unit)
       select id, 'all', case medium when 'gas' then 'm3' else 'kwh' end from operational.meters""",
    """insert into operational.meter_installations (meter_id, supply_point_id, valid_from)
       select m.id, s.id, case when s.code = any(:late) then s.start + 3 else date '2020-01-01' end
         from supplied s join operational.meters m on m.serial = 'Y' || s.code""",
    """insert into operational.readings (register_id, supply_point_id, reading_date, value, kind, reason)
       select r.id, s.id, d.day, 1000 + (d.day - s.start + 1) * 4, 'actual_remote',
          case when d.day < s.start then 'contract_start' else 'periodic' end
         from supplied s join operational.meters m on m.serial = 'Y' || s.code
         join operational.registers r on r.meter_id = m.id
         cross join lateral (
           select s.start - 1 as day union select s.finish - 1 where s.finish < 'infinity' union
           select g::date - 1 from generate_series(date_trunc('month', s.start) + interval '1 month',
             least(s.finish, :last), interval '1 month') g) d
        where s.code <> all(:unread) and d.day <= :last""",
)


def bill(database: str, *, through: date, issue_date: date, moment: datetime) -> billing.IssueResult:
    """Compute, approve and issue everything due through a day."""
    made = compute_proposals(database=database, billed_through=through)
    sessions = db.session_factory("app", database, actor="test:billing")
    with sessions() as session, session.begin():
        run = billing.create_run(
            session, billing_month=through.replace(day=1), computation_id=made.id, issue_date=issue_date,
            as_of=moment,
        )  # fmt: skip
        billing.approve_run(session, run_id=run.run_id, as_of=moment, reason="year")
    return billing.issue_run(run_id=run.run_id, session_factory=sessions, as_of=moment)


def dispatch(sessions: sessionmaker[Session], *, moment: datetime) -> None:
    """Let the bills of customers with electronic post appear in EBOK; letters wait for the printer."""
    with sessions() as session, session.begin():
        queue.expand_documents(session, as_of=moment, limit=100_000)
        queue.deliver_to_portal(session, as_of=moment, limit=100_000)
