-- The payers of the batch (locked by the caller), how they can be reached, and what they have paid too much.
create temp table dunning_payers on commit drop as
with credits as (
  select i.customer_id, sum(-i.amount - coalesce(u.used, 0)) as unused
  from operational.open_items i
  left join lateral (select sum(a.amount) as used from operational.allocations a where a.credit_item_id = i.id) u on true
  where i.customer_id = any(:ids) and i.amount < 0 and -i.amount > coalesce(u.used, 0)
  group by i.customer_id
)
select c.id as customer_id, c.kind, c.language, coalesce(c.phone, '') <> '' as has_phone, coalesce(c.email, '') <> '' as has_email,
  coalesce(x.unused, 0) as credit
from operational.customers c
left join credits x on x.customer_id = c.id
where c.id = any(:ids)
