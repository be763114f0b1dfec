-- I34 | no dunning step against a paid, held, disputed, protected or not yet due debt
with log as (
  select a.id, a.customer_id, a.fired_on, a.recorded_at, s.step_code, s.kind, x.open_item_id, x.open_amount, x.due_date
  from operational.dunning_actions a
  join operational.dunning_steps s on s.id = a.step_id
  join operational.dunning_action_items x on x.action_id = a.id
)
select format('step %s of %s on %s', l.step_code, c.customer_number, l.fired_on) as record, w.reason as detail
from log l
join operational.customers c on c.id = l.customer_id
join operational.open_items i on i.id = l.open_item_id
cross join lateral (
  select 'the debt was paid' as reason
  where l.open_amount <= 0 or i.amount <= (select coalesce(sum(a.amount), 0) from operational.allocations a
    where a.debt_item_id = i.id and a.business_date <= l.fired_on and a.recorded_at <= l.recorded_at)
  union all select 'the debt was not due' where l.kind <> 'reminder' and l.due_date >= l.fired_on
  union all select 'the payer or the debt was held' where exists (select from operational.dunning_holds h
    where h.customer_id = l.customer_id and (h.open_item_id is null or h.open_item_id = l.open_item_id)
      and h.held_from < l.fired_on and l.fired_on < h.held_until and (h.released_on is null or l.fired_on < h.released_on))
  union all select 'the debt was disputed' where exists (select from operational.document_disputes d
    where d.open_item_id = l.open_item_id and d.opened_on < l.fired_on and (d.closed_on is null or l.fired_on < d.closed_on))
  union all select 'the payer was protected' where exists (select from operational.customer_protections p
    join operational.dunning_guards g on g.fact = p.kind and g.step_kind in ('', l.kind) and g.season_from = ''
    where p.customer_id = l.customer_id and p.superseded_at is null and p.recorded_at < l.recorded_at
      and p.valid_from < l.fired_on and (p.valid_to is null or l.fired_on < p.valid_to))
) w
