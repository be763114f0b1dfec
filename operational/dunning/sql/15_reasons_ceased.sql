-- Suspensions whose reason has ceased: every debt behind them is paid, or protected now (Energy Law art. 6b(4), 6c).
create temp table dunning_ceased on commit drop as
select o.id as order_id, o.case_id, o.customer_id, o.supply_point_id, o.dso_code, o.status, o.number
from operational.dso_orders o
join pg_temp.dunning_payers p on p.customer_id = o.customer_id
where o.kind = 'suspension' and o.status in ('created', 'sent', 'done')
  and not exists (select from operational.dso_orders n where n.follows_id = o.id)
  and (
    not exists (
      select from operational.dunning_action_items x
      join pg_temp.dunning_debts d on d.open_item_id = x.open_item_id
      where x.action_id = o.action_id
        and not exists (select from pg_temp.dunning_blocks b where b.open_item_id = d.open_item_id and b.step_kind in ('', 'suspension_order')))
    or exists (select from pg_temp.dunning_blocks b where b.customer_id = o.customer_id and b.open_item_id is null
                and b.step_kind in ('', 'suspension_order'))
  )
