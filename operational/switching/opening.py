"""Cases open by themselves from what was signed, and follow it: a
request that is moved, withdrawn or cancelled.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from operational.switching.limits import due, due_values
from operational.switching.moving import move
from operational.switching.rules import Limits, Status

# A request opens a case once; a request that replaces another one of the same contract and point goes on in
# its case.
_OPEN = f"""
  insert into operational.switching_cases (direction, kind, contract_id, supply_point_id, customer_id,
    start_request_id, medium, dso_code, channel, wanted_start, opened_on, changed_on, deadline_on)
  select 'in', case r.kind when 'first_switch' then 'first' else 'later' end, r.contract_id,
    r.supply_point_id,
    k.customer_id, r.id, p.medium, p.dso_code,
    coalesce(h.channel, case p.medium when 'gas' then 'gas_xml' else 'dso_xml' end), r.wanted_start, :as_of,
      :as_of,
    r.wanted_start - ({due("earliest_start", "p.medium")} - cast(:as_of as date))
  from operational.start_requests r
  join operational.contracts k on k.id = r.contract_id
  join operational.supply_points p on p.id = r.supply_point_id
  left join operational.switching_channels h on h.dso_code = p.dso_code and h.valid_from <= :as_of
    and (h.valid_to is null or h.valid_to > :as_of)
  where r.superseded_at is null and r.kind in ('switch', 'first_switch') and k.signed_on <= :as_of
    and not exists (select from operational.switching_cases c where c.start_request_id = r.id)
    and not exists (select from operational.switching_cases c where c.contract_id = r.contract_id
      and c.supply_point_id = r.supply_point_id and c.direction = 'in' and c.closed_on is null)
  order by r.id on conflict do nothing returning id"""
# A later request of the same contract and point: the start was moved. What the distributor knows already
# stays.
_MOVED = f"""
  update operational.switching_cases c set start_request_id = r.id, changed_on = :as_of, row_version =
    row_version + 1,
    wanted_start = case when c.status in ('DRAFT', 'DOCS_INCOMPLETE', 'READY', 'REJECTED', 'COLLISION') then
      r.wanted_start
      else c.wanted_start end,
    deadline_on = case when c.status in ('DRAFT', 'DOCS_INCOMPLETE', 'READY')
      then r.wanted_start - ({due("earliest_start")} - cast(:as_of as date)) else c.deadline_on end
  from operational.start_requests r
  where r.contract_id = c.contract_id and r.supply_point_id = c.supply_point_id and r.superseded_at is null
    and r.kind in ('switch', 'first_switch') and c.direction = 'in' and c.closed_on is null
    and c.status not in ('ACTIVE', 'ENDING') and c.start_request_id <> r.id"""
# The request of an open case ended otherwise than by its activation.
_ENDED = text("""
  select c.id, e.outcome, e.reason from operational.switching_cases c
  join operational.start_requests r on r.id = c.start_request_id
  join operational.start_request_ends e on e.request_id = r.id
  where r.superseded_at is not null and e.outcome in ('withdrawn', 'cancelled') and c.direction = 'in'
    and c.closed_on is null and c.status not in ('ACTIVE', 'ENDING')
    and not exists (select from operational.start_requests n where n.contract_id = c.contract_id
      and n.supply_point_id = c.supply_point_id and n.superseded_at is null)""")


def open_cases(session: Session, *, limits: Limits) -> int:
    """Open a case for every start request of a switch that has none;
    return how many. Twice changes nothing.
    """
    given = {"as_of": limits.day, **due_values(limits, "earliest_start")}
    return len(session.execute(text(_OPEN), given).all())


def follow_requests(session: Session, *, limits: Limits) -> int:
    """Let open cases follow their requests: moved starts, withdrawn or
    cancelled contracts; return how many ended.
    """
    session.execute(text(_MOVED), {"as_of": limits.day, **due_values(limits, "earliest_start")})
    ended = session.execute(_ENDED).all()
    for outcome, to in (("withdrawn", Status.WITHDRAWN), ("cancelled", Status.CANCELLED_BY_CUSTOMER)):
        for reason in sorted({row.reason for row in ended if row.outcome == outcome}):
            ids = [row.id for row in ended if (row.outcome, row.reason) == (outcome, reason)]
            move(session, ids=ids, to=to, limits=limits, note=reason)
    return len(ended)
