-- A case ends when every debt that had a step in it is settled (before the first step: every debt that joined).
with carried as (
  select c.id as case_id, x.open_item_id
  from operational.dunning_cases c
  join pg_temp.dunning_payers p on p.customer_id = c.customer_id
  join operational.dunning_actions a on a.case_id = c.id
  join operational.dunning_action_items x on x.action_id = a.id
  where c.closed_on is null
  union all
  select c.id, x.open_item_id
  from operational.dunning_cases c
  join pg_temp.dunning_payers p on p.customer_id = c.customer_id
  join operational.dunning_case_items x on x.case_id = c.id
  where c.closed_on is null and c.last_step_on is null
),
ended as (
  select k.case_id
  from carried k
  left join pg_temp.dunning_debts d on d.open_item_id = k.open_item_id
  group by k.case_id
  having count(d.open_item_id) = 0
),
closed as (
  update operational.dunning_cases c
     set stage = 'CLOSED', closed_on = :as_of, row_version = c.row_version + 1
    from ended e where e.case_id = c.id
  returning c.id, c.customer_id
)
insert into operational.dunning_events (case_id, customer_id, kind, happened_on, details)
select id, customer_id, 'closed', :as_of, '{"reason": "settled"}' from closed order by id
