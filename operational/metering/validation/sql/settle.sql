-- A finding whose cause is gone is settled by itself; only points that this pass looked at.
update operational.billing_exceptions e
set resolved_at = :as_of, resolved_by = operational.actor(), resolution = 'fixed', row_version = row_version + 1
where e.resolved_at is null and e.rule_code is not null
  and (e.supply_point_id is null or e.supply_point_id in (select supply_point_id from pg_temp.checked_points))
  and not exists (select from pg_temp.findings f where f.finding_key = e.finding_key)
