-- Payers a night must look at: an unpaid debt that is late or comes due soon, an open case, a suspension that may have to end.
with used as (
  select debt_item_id, sum(amount) as used from operational.allocations group by debt_item_id
)
select i.customer_id
from operational.open_items i
left join used u on u.debt_item_id = i.id
where i.amount > 0 and num_nonnulls(i.document_id, i.note_id) = 1 and i.due_date <= :latest_due and i.amount > coalesce(u.used, 0)
union
select c.customer_id from operational.dunning_cases c where c.closed_on is null
union
select o.customer_id from operational.dso_orders o
where o.kind = 'suspension' and o.status in ('created', 'sent', 'done') and not exists (select from operational.dso_orders n where n.follows_id = o.id)
order by 1
