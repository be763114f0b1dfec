"""Changes of one contract with their money: amendments, assignments, termination, renewals, indexations."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from operational.kernel.rows import rows


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a contract.

    `kind`: amendment, assignment, termination, renewal, indexation. `amount` in PLN with VAT says what
    `amount_kind` says: yearly (more or less a year), past (billed months corrected), moved (balance passed
    on), penalty; '' without money. `papers` are (public id, what it is), `other_number` the contract before
    or after an assignment.
    """

    kind: str
    public_id: str
    number: str
    state: str
    effective_on: date
    reason: str
    changed_fields: int
    amount: Decimal | None
    amount_kind: str
    past_amount: Decimal | None
    papers: list[list[str]]
    other_number: str
    other_public_id: str
    made_at: datetime
    made_by: str


_EVENTS = """
  select 'amendment' as kind, a.public_id::text, a.number, a.state, a.effective_on, a.reason,
    jsonb_array_length(a.diff), a.yearly_after - a.yearly_before, 'yearly', nullif(a.past_effect, 0),
    array[array[a.paper_public_id, 'amendment']], '', '', a.created_at, a.created_by
  from operational.amendments a where a.contract_id = :id
  union all
  select 'assignment', a.public_id::text, a.number, a.state, a.assigned_on, a.reason, 0,
    (select nullif(sum(m.amount), 0) from operational.balance_moves m where m.assignment_id = a.id), 'moved',
    null, array[array[a.protocol_public_id, 'protocol'], array[a.notice_public_id, 'notice']],
    coalesce(o.number, ''), coalesce(o.public_id::text, ''), a.created_at, a.created_by
  from operational.assignments a left join operational.contracts o
    on o.id = case when a.contract_id = :id then a.new_contract_id else a.contract_id end
  where :id in (a.contract_id, a.new_contract_id)
  union all
  select 'termination', t.public_id::text, t.number, t.state, t.ends_on + 1, t.reason, 0,
    nullif(t.penalty_amount, 0), 'penalty', null, array[array[t.paper_public_id, 'termination']], '', '',
    t.created_at, t.created_by
  from operational.terminations t where t.contract_id = :id
  union all
  select 'renewal', coalesce(f.public_id::text, ''), coalesce(f.number, ''), r.action, r.fixed_until + 1,
    r.note, 0, null, '', null, array[array[coalesce(f.paper_public_id::text, ''), 'offer']], '', '',
    r.recorded_at, r.created_by
  from operational.renewals r left join operational.offers f on f.id = r.offer_id where r.contract_id = :id
  union all
  select 'indexation', x.public_id::text, x.number, x.state, x.effective_on, x.reason, 0,
    i.yearly_effect, 'yearly_net', null, array[]::text[][], '', '', x.created_at, x.created_by
  from operational.indexation_items i join operational.indexations x on x.id = i.indexation_id
  where i.contract_id = :id and i.skip_reason = ''
  order by 14 desc, 3 desc limit 100"""


def of_contract(session: Session, *, contract_id: int) -> list[Event]:
    """Return the changes of a contract, newest first; papers that were not made yet are left out."""
    found = [Event(*row) for row in rows(session, _EVENTS, {"id": contract_id})]
    return [replace(event, papers=[paper for paper in event.papers if paper[0]]) for event in found]
