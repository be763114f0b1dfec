-- A case whose write-off finance rejected goes on from the stage that it had.
with rejected as (
  select c.id as case_id, c.customer_id, e.details ->> 'stage' as stage, w.id as write_off_id
  from operational.dunning_cases c
  join pg_temp.dunning_payers p on p.customer_id = c.customer_id
  join lateral (
    select w.id, w.status from operational.write_offs w where w.dunning_case_id = c.id order by w.id desc limit 1
  ) w on w.status = 'rejected'
  join lateral (
    select e.details from operational.dunning_events e where e.case_id = c.id and e.kind = 'write_off_proposed' order by e.id desc limit 1
  ) e on true
  where c.closed_on is null and c.stage = 'WRITTEN_OFF'
),
moved as (
  update operational.dunning_cases c set stage = r.stage, row_version = c.row_version + 1
    from rejected r where r.case_id = c.id and r.stage is not null
  returning c.id, c.customer_id, c.stage
)
insert into operational.dunning_events (case_id, customer_id, kind, happened_on, details)
select m.id, m.customer_id, 'stage_changed', :as_of, jsonb_build_object('stage', m.stage, 'reason', 'write-off rejected') from moved m order by m.id
