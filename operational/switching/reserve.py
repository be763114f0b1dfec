"""Reserve supply: the distributor says that we supply a point from a day,
on the published reserve price list.
"""

from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.kernel.calendar import first_of_month
from operational.switching import supply
from operational.switching.channels.adapter import Answer
from operational.switching.moving import move
from operational.switching.rules import Limits, Status, SwitchingError

_PRICES = text("""
  select l.id from operational.switching_reserve_lists r join operational.price_lists l on l.code =
    r.price_list_code
  where r.medium = :medium and r.valid_from <= :start and (r.valid_to is null or r.valid_to > :start)""")
_POINT = text("""
  select p.id, p.medium, p.dso_code,
    coalesce(h.channel, case p.medium when 'gas' then 'gas_xml' else 'dso_xml' end) as channel
  from operational.supply_points p
  left join operational.switching_channels h on h.dso_code = p.dso_code and h.valid_from <= :as_of
    and (h.valid_to is null or h.valid_to > :as_of)
  where p.id = :point""")


def tell(session: Session, answer: Answer, row: Any, *, limits: Limits) -> tuple[int, str]:
    """Take a distributor's notice of reserve supply; return the case and the outcome."""
    assert answer.start_on is not None  # noqa: S101  receiving refuses a notice without a day
    known: int | None = session.execute(
        text("""select id from operational.switching_cases where supply_point_id = :point and kind = 'reserve'
                and confirmed_start = :start order by id limit 1"""),
        {"point": row.reserve_point_id, "start": answer.start_on},
    ).scalar_one_or_none()
    if known is not None:
        return int(known), "repeated"
    made = open_reserve(
        session, supply_point_id=row.reserve_point_id, customer_id=row.reserve_customer_id,
        start=answer.start_on, limits=limits,
    )  # fmt: skip
    return made, "applied"


def open_reserve(
    session: Session, *, supply_point_id: int, customer_id: int, start: date, limits: Limits
) -> int:
    """Write the contract of reserve supply and let the point be supplied from ``start``; return the case.

    The act itself makes the contract (Energy Law art. 5aa), so nothing is signed and no paper is asked for.
    Raises SwitchingError without a published reserve price list for that day.
    """
    point = session.execute(_POINT, {"point": supply_point_id, "as_of": limits.day}).one()
    prices: int | None = session.execute(
        _PRICES, {"medium": point.medium, "start": start}
    ).scalar_one_or_none()
    if prices is None:
        raise SwitchingError(
            "reserve_prices_missing",
            f"No reserve price list for {point.medium} holds on {start}. Publish one and name it in "
            "switching_reserve_lists.csv.",
        )
    contract: int = session.execute(
        text("""insert into operational.contracts (number, customer_id, kind, signed_on)
                select 'UR/' || to_char(cast(:start as date), 'YYYY') || '/' || p.code, :customer,
                  'comprehensive', :day
                from operational.supply_points p where p.id = :point returning id"""),
        {"start": start, "customer": customer_id, "day": min(start, limits.day), "point": supply_point_id},
    ).scalar_one()
    session.execute(
        text("""insert into operational.contract_terms (contract_id, price_list_id, cycle_anchor, valid_from,
                recorded_at) values (:contract, :prices, :anchor, :start, :at)"""),
        {
            "contract": contract, "prices": prices, "anchor": first_of_month(start), "start": start,
            "at": limits.moment,
        },
    )  # fmt: skip
    case_id: int = session.execute(
        text("""insert into operational.switching_cases (direction, kind, contract_id, supply_point_id,
          customer_id,
                  medium, dso_code, channel, wanted_start, confirmed_start, opened_on, changed_on,
                    deadline_on)
                values ('in', 'reserve', :contract, :point, :customer, :medium, :dso, :channel, :start,
                  :start, :day, :day,
                  :start) returning id"""),
        {
            "contract": contract, "point": supply_point_id, "customer": customer_id, "medium": point.medium,
            "dso": point.dso_code, "channel": point.channel, "start": start, "day": limits.day,
        },
    ).scalar_one()  # fmt: skip
    if not supply.schedule(session, ids=[int(case_id)], limits=limits):
        raise SwitchingError(
            "reserve_point_supplied",
            f"The point is supplied on {start} already. Ask the distributor why reserve supply was reported.",
        )
    start_due(session, limits=limits)
    return int(case_id)


def start_due(session: Session, *, limits: Limits) -> int:
    """Let cases whose first day of supply has come become ACTIVE; return how many."""
    found = session.execute(
        text("""select id from operational.switching_cases
                where direction = 'in' and status = 'SCHEDULED' and confirmed_start <= :as_of order by id for
                  update"""),
        {"as_of": limits.day},
    ).all()
    return len(move(session, ids=[row.id for row in found], to=Status.ACTIVE, limits=limits))
