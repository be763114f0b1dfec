with moved as (
  update operational.dunning_cases c
     set stage = f.stage, last_step_on = :as_of, row_version = c.row_version + 1
    from pg_temp.dunning_fired f where f.case_id = c.id
)
insert into operational.dunning_events (case_id, customer_id, kind, happened_on, action_id, details)
select f.case_id, f.customer_id, 'step', :as_of, f.action_id, jsonb_build_object('step', f.step_code)
from pg_temp.dunning_fired f
where f.case_id is not null
order by f.action_id
