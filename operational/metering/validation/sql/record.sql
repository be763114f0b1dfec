-- New findings join the queue. What a person released or dismissed stays closed; what was called corrected and is not, opens again.
insert into operational.billing_exceptions as e (rule_code, finding_key, supply_point_id, customer_id, area_code, period_from, period_to, code,
  severity, message, cure, suggestion, suggested_value, reading_id, opened_at, resolved_at, resolved_by, resolution)
select distinct on (f.finding_key) f.rule_code, f.finding_key, f.supply_point_id, n.customer_id, f.area_code, f.period_from, f.period_to, f.code,
  case when f.is_automatic then 'review' else r.severity end, f.message, f.cure, f.suggestion, f.suggested_value, f.reading_id, :as_of,
  case when f.is_automatic then cast(:as_of as timestamptz) end, case when f.is_automatic then operational.actor() end,
  case when f.is_automatic then 'automatic' end
from pg_temp.findings f
join operational.validation_rules r on r.code = f.rule_code
left join lateral (
  select c.customer_id from operational.contract_supply_points k join operational.contracts c on c.id = k.contract_id
  where k.supply_point_id = f.supply_point_id and k.superseded_at is null and k.valid_from < f.period_to
    and (k.valid_to is null or k.valid_to > f.period_from)
  order by k.valid_from desc limit 1) n on true
order by f.finding_key
on conflict (finding_key) where finding_key is not null do update
set resolved_at = null, resolved_by = null, resolution = null, message = excluded.message, row_version = e.row_version + 1
where e.resolution = 'fixed' or (e.resolved_at is null and e.message <> excluded.message)
