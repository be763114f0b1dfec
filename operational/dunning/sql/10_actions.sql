-- The log: what fired, for which debts. The unique keys of both tables make a second time impossible.
with fired as (
  insert into operational.dunning_actions (case_id, customer_id, step_id, fired_on, channel, template_code, total_amount, message_key, pay_by, recorded_at)
  select c.case_id, c.customer_id, c.step_id, :as_of, c.channel, c.template_code, c.total,
    case when c.template_code = '' then null
         when c.case_id is null then 'dunning:reminder:' || c.open_item_ids[1]
         else 'dunning:' || c.case_id || ':' || c.step_code end,
    case when c.template_code = '' or c.kind in ('reminder') then null
         when c.kind = 'suspension_notice' then :as_of + n.days + cast(:last_chance_days as integer)
         else :as_of + n.days + cast(:demand_pay_days as integer) end, :moment
  from pg_temp.dunning_chosen c
  left join operational.dunning_delivery_days n on n.channel = c.channel
  order by c.customer_id, c.step_id
  returning id, case_id, customer_id, step_id
)
insert into operational.dunning_action_items (action_id, case_id, step_id, open_item_id, open_amount, due_date, fired_on)
select f.id, f.case_id, f.step_id, d.open_item_id, d.open_amount, d.due_date, :as_of
from fired f
join pg_temp.dunning_chosen c on c.customer_id = f.customer_id and c.step_id = f.step_id and c.case_id is not distinct from f.case_id
cross join lateral unnest(c.open_item_ids) as i(open_item_id)
join pg_temp.dunning_debts d on d.open_item_id = i.open_item_id
order by f.id, d.open_item_id
