"""Customers who leave: the notice of the distributor, our answer, the end of supply,
final reading and settlement.
"""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.switching import supply
from operational.switching.channels.adapter import Answer
from operational.switching.limits import due, due_values
from operational.switching.moving import move
from operational.switching.rules import ENDED, Limits, Status

_NEW = text(f"""
  insert into operational.switching_cases (direction, kind, contract_id, supply_point_id, customer_id, medium,
    dso_code, channel, wanted_start, end_on, opened_on, changed_on, deadline_on)
  select 'out', 'later', :contract, p.id, :customer, p.medium, p.dso_code,
    coalesce(h.channel, case p.medium when 'gas' then 'gas_xml' else 'dso_xml' end), :end, :end, :as_of,
      :as_of,
    {due("loss_answer", "p.medium")}
  from operational.supply_points p
  left join operational.switching_channels h on h.dso_code = p.dso_code and h.valid_from <= :as_of
    and (h.valid_to is null or h.valid_to > :as_of)
  where p.id = :point returning id""")
# A fixed term that still runs on the first day of the new supplier, and no termination recorded, is objected
# to.
_TO_DECIDE = text("""
  select c.id, c.contract_id, c.supply_point_id, c.end_on,
    exists (select from operational.contract_conditions k where k.contract_id = c.contract_id
      and k.superseded_at is null and k.ends_on >= c.end_on)
    and not exists (select from operational.terminations t where t.contract_id = c.contract_id
      and t.state = 'confirmed' and t.ends_on <= c.end_on) as is_bound
  from operational.switching_cases c where c.direction = 'out' and c.status = 'DRAFT' order by c.id for
    update""")
_READ = text("""
  select c.id from operational.switching_cases c
  where c.direction = 'out' and c.status = 'ENDING' and c.end_on <= :as_of and (
    exists (select from operational.readings r where r.supply_point_id = c.supply_point_id
      and r.reading_date = c.end_on - 1 and r.superseded_at is null)
    or exists (select from operational.billed_volumes v where v.supply_point_id = c.supply_point_id
      and v.superseded_at is null and v.period_from < c.end_on and v.period_to >= c.end_on))""")
_SETTLED = text("""
  select c.id from operational.switching_cases c
  where c.direction = 'out' and c.status = 'FINAL_READ' and exists (
    select from operational.billing_scopes b where b.contract_id = c.contract_id
      and b.supply_point_id = c.supply_point_id and b.period_to >= c.end_on and b.invoice_id is not null)""")


# A case that brought a point and ends by itself, without a new supplier: the customer withdrew from the
# contract.
_SETTLED_IN = text("""
  select c.id from operational.switching_cases c
  where c.direction = 'in' and c.status = 'ENDING' and c.end_on <= :as_of
    and not exists (select from operational.switching_cases o where o.contract_id = c.contract_id
      and o.supply_point_id = c.supply_point_id and o.direction = 'out' and o.closed_on is null)
    and (exists (select from operational.billing_scopes b where b.contract_id = c.contract_id
        and b.supply_point_id = c.supply_point_id and b.period_to >= c.end_on and b.invoice_id is not null)
      or not exists (select from operational.contract_supply_points s where s.contract_id = c.contract_id
        and s.supply_point_id = c.supply_point_id and s.superseded_at is null))""")


def tell(session: Session, answer: Answer, row: Any, *, limits: Limits) -> tuple[int, str]:
    """Take a notice that a customer leaves, or that it is called off; return the case and the outcome."""
    known = None
    if row.loss_id is not None:
        known = session.execute(
            text("""select id, status, end_on, contract_id, supply_point_id from operational.switching_cases
                    where id = :id for update"""),
            {"id": row.loss_id},
        ).one()
    if answer.kind == "loss_called_off":
        return _called_off(session, known, limits)
    if known is not None and known.end_on == answer.end_on:
        return int(known.id), "repeated"
    if known is not None and (known.status not in ENDED or row.contract_id is None):
        return int(known.id), "contradiction"
    made: int = session.execute(
        _NEW,
        {"contract": row.contract_id, "customer": row.customer_id, "point": row.supply_point_id,
         "end": answer.end_on, "as_of": limits.day} | due_values(limits, "loss_answer"),
    ).scalar_one()  # fmt: skip
    return int(made), "applied"


def _called_off(session: Session, case: Any, limits: Limits) -> tuple[int, str]:
    if not move(session, ids=[case.id], to=Status.WITHDRAWN, limits=limits, direction="out"):
        return int(case.id), "stale"
    supply.go_on(
        session, contract_id=case.contract_id, supply_point_id=case.supply_point_id, end=case.end_on,
        limits=limits,
    )  # fmt: skip
    _with_supply(session, case.id, Status.ENDING, Status.ACTIVE, limits)
    return int(case.id), "applied"


def decide(session: Session, *, limits: Limits) -> dict[str, int]:
    """Answer the notices that wait: supply ends on the day, or we object because a fixed term still runs."""
    counts = {"accepted": 0, "objected": 0}
    for case in session.execute(_TO_DECIDE).all():
        if case.is_bound:
            object_to(session, case_id=case.id, limits=limits)
            counts["objected"] += 1
        else:
            let_go(session, case, limits)
            counts["accepted"] += 1
    return counts


def object_to(session: Session, *, case_id: int, limits: Limits) -> None:
    """Object to a customer's leaving: the existing contract is not terminated (R07)."""
    move(
        session, ids=[case_id], to=Status.REJECTED, limits=limits, direction="out",
        sets={"rejection_code": "'R07'"},
    )  # fmt: skip


def let_go(session: Session, case: Any, limits: Limits) -> None:
    """Accept that a customer leaves: supply ends on the day, and the case waits for the final reading."""
    if move(session, ids=[case.id], to=Status.ENDING, limits=limits, direction="out"):
        supply.stop(
            session, contract_id=case.contract_id, supply_point_id=case.supply_point_id, end=case.end_on,
            reason="change of supplier", limits=limits,
        )  # fmt: skip
        _with_supply(session, case.id, Status.ACTIVE, Status.ENDING, limits)


def _with_supply(session: Session, out_id: int, before: Status, to: Status, limits: Limits) -> None:
    """Let the case that once brought the point follow the one that takes it away."""
    found = session.execute(
        text("""select i.id from operational.switching_cases i join operational.switching_cases o
                on o.contract_id = i.contract_id and o.supply_point_id = i.supply_point_id
                where o.id = :id and i.direction = 'in' and i.status = :before"""),
        {"id": out_id, "before": before.value},
    ).all()
    move(session, ids=[row.id for row in found], to=to, limits=limits)


def follow(session: Session, *, limits: Limits) -> dict[str, int]:
    """Bring cases of customers who left forward: final reading there, final settlement issued, closed."""
    read = [row.id for row in session.execute(_READ, {"as_of": limits.day}).all()]
    settle = f"c.end_on + ({due('final_settlement')} - cast(:as_of as date))"
    read = move(
        session, ids=read, to=Status.FINAL_READ, limits=limits, direction="out", sets={"deadline_on": settle}
    )
    settled = [row.id for row in session.execute(_SETTLED).all()]
    closed = move(session, ids=settled, to=Status.CLOSED, limits=limits, direction="out")
    for case_id in closed:
        _with_supply(session, case_id, Status.ENDING, Status.CLOSED, limits)
    alone = [row.id for row in session.execute(_SETTLED_IN, {"as_of": limits.day}).all()]
    closed += move(session, ids=alone, to=Status.CLOSED, limits=limits)
    return {"final_readings": len(read), "settled": len(closed)}
