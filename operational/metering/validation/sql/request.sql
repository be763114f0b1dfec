-- V10 asks the distributor by itself; a request that an actual reading has answered is closed.
with answered as (
  update operational.reading_requests q set answered_at = :as_of, answered_by_reading_id = r.reading_id, row_version = row_version + 1
  from (select distinct on (c.supply_point_id) c.supply_point_id, c.reading_id, c.reading_date from pg_temp.chains c
        where c.is_actual order by c.supply_point_id, c.reading_date desc) r
  where q.answered_at is null and r.supply_point_id = q.supply_point_id and r.reading_id > q.after_reading_id
  returning q.id
)
insert into operational.reading_requests (supply_point_id, exception_id, reason, requested_at, wanted_by, after_reading_id)
select distinct on (e.supply_point_id) e.supply_point_id, e.id, e.code, :as_of, cast(:today as date) + cast(:answer_days as int),
  (select coalesce(max(r.id), 0) from operational.readings r)
from operational.billing_exceptions e join operational.validation_rules v on v.code = e.rule_code
where e.resolved_at is null and v.action = 'request_reading'
  and e.supply_point_id in (select supply_point_id from pg_temp.checked_points)
  and not exists (select from operational.reading_requests q where q.exception_id = e.id)
  and not exists (select from operational.reading_requests q where q.supply_point_id = e.supply_point_id and q.answered_at is null)
order by e.supply_point_id, e.id
