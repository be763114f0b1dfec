-- Not sent yet: the order is taken back. Sent: a withdrawal follows it. Done: supply is resumed at once.
with taken_back as (
  update operational.dso_orders o
     set status = 'withdrawn', done_on = :as_of, row_version = o.row_version + 1
    from pg_temp.dunning_ceased c where c.order_id = o.id and c.status = 'created'
  returning o.id, o.case_id, o.customer_id, o.number, 'order_withdrawn' as event, 'withdrawal' as kind
),
followed as (
  insert into operational.dso_orders (kind, case_id, follows_id, customer_id, supply_point_id, dso_code, ordered_on)
  select case c.status when 'sent' then 'withdrawal' else 'resumption' end, c.case_id, c.order_id, c.customer_id, c.supply_point_id, c.dso_code, :as_of
  from pg_temp.dunning_ceased c where c.status in ('sent', 'done')
  order by c.order_id
  returning id, case_id, customer_id, number, 'order_made' as event, kind
)
insert into operational.dunning_events (case_id, customer_id, kind, happened_on, details)
select case_id, customer_id, event, :as_of, jsonb_build_object('order', number, 'kind', kind)
from (select * from taken_back union all select * from followed) x order by id
