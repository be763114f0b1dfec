-- I55 | the rows of open positions = what items and their allocations leave open
with used as (
  select item_id, sum(amount) as amount from (
    select debt_item_id as item_id, -amount as amount from operational.allocations
    union all select credit_item_id, amount from operational.allocations) both_sides group by 1
), summed as (
  select i.id as item_id, i.customer_id, i.amount + coalesce(u.amount, 0) as left_amount
  from operational.open_items i left join used u on u.item_id = i.id where i.amount + coalesce(u.amount, 0) <> 0
)
select coalesce(s.item_id, p.item_id)::text as record,
  format('items leave %s, the list says %s', coalesce(s.left_amount, 0), coalesce(p.left_amount, 0)) as detail
from summed s full join operational.open_positions p on p.item_id = s.item_id
where s.left_amount is distinct from p.left_amount or s.customer_id <> p.customer_id
