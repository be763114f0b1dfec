create temp table dunning_fired on commit drop as
select a.id as action_id, a.case_id, a.customer_id, a.step_id, a.channel, a.message_key, a.template_code, a.total_amount as total, a.pay_by,
  c.step_code, c.kind, c.stage
from pg_temp.dunning_chosen c
join operational.dunning_actions a on a.customer_id = c.customer_id and a.step_id = c.step_id and a.case_id is not distinct from c.case_id
  and a.fired_on = :as_of
where exists (select from operational.dunning_action_items x where x.action_id = a.id and x.open_item_id = c.open_item_ids[1])
