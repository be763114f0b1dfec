-- A lot for every month of fed-in energy whose day of assignment has come.
insert into operational.deposit_lots (customer_id, supply_point_id, feed_in_month, price_kind, assigned_on, expires_on, refund_share)
select t.customer_id, t.supply_point_id, t.feed_in_month, min(t.price_kind), min(t.assigned_on), min(t.expires_on), max(t.refund_share)
  from $target_deposit_lots t
 where t.assigned_on <= cast(:today as date)
 group by t.customer_id, t.supply_point_id, t.feed_in_month
having bool_and(t.status = 'valued') and sum(t.credited) <> 0
    on conflict (customer_id, supply_point_id, feed_in_month) do nothing
