-- V7: a civil day has as many intervals as it has hours (23, 24, 25) or quarters.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion)
select 'V7', 'interval_count_wrong', 'V7:' || d.id, s.id, d.day, d.day + 1,
  format('%s has %s intervals instead of %s.', d.day, d.intervals, d.expected_intervals),
  'Ask the distributor for the missing intervals; a corrected file is a newer version.', 'request_reading'
from raw.interval_determinants d
join operational.supply_points s on s.code = d.supply_point_code
join pg_temp.checked_points p on p.supply_point_id = s.id
where d.superseded_at is null and d.determinant = 'energy' and d.zone_set = 'all' and d.zone_code = 'all'
  and d.intervals + d.estimated_intervals <> d.expected_intervals
