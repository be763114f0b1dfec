-- V10: estimated again and again, or no actual reading for a year while the point is supplied.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion)
with points as (
  select c.supply_point_id, max(c.reading_date) filter (where c.is_actual) as last_actual, max(c.reading_date) as last_date,
    count(distinct c.reading_date) filter (where not c.is_actual) as estimates
  from pg_temp.chains c group by c.supply_point_id
)
select 'V10', case when p.estimates >= :estimates_in_a_row then 'estimated_too_often' else 'no_actual_reading' end,
  'V10:' || p.supply_point_id || ':' || coalesce(p.last_actual::text, 'never'), p.supply_point_id, p.last_actual + 1,
  greatest(p.last_date, p.last_actual + 1) + 1,
  case when p.estimates >= :estimates_in_a_row then format('%s estimates in a row since the actual reading of %s.', p.estimates, p.last_actual)
    else format('The last actual reading is of %s.', p.last_actual) end,
  'The distributor was asked for an actual reading.', 'request_reading'
from points p
where (p.estimates >= :estimates_in_a_row
    or p.last_actual < cast(:today as date) - make_interval(months => cast(:months_without_actual as int)))
  and exists (select from operational.contract_supply_points k where k.supply_point_id = p.supply_point_id and k.superseded_at is null
    and k.valid_from <= :today and (k.valid_to is null or k.valid_to > :today))
