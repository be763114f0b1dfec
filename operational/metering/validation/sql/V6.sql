-- V6: the intervals of a period add up to the difference of the registers; looked at when every day is complete.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion, reading_id)
select 'V6', 'profile_differs', 'V6:' || u.reading_id || ':' || max(d.id), u.supply_point_id, u.starts, u.ends,
  format('The intervals give %s kWh, the registers %s kWh.', round(sum(d.quantity), 3), round(u.quantity, 3)),
  'Ask the distributor which of the two is right; billing keeps the one it bills by.', 'request_reading', u.reading_id
from pg_temp.uses u
join operational.supply_points s on s.id = u.supply_point_id
join raw.interval_determinants d on d.supply_point_code = s.code and d.superseded_at is null and d.determinant = 'energy'
  and d.zone_set = 'all' and d.zone_code = 'all' and d.day >= u.starts and d.day < u.ends
where u.unit = 'kwh' and u.is_actual
group by u.reading_id, u.supply_point_id, u.starts, u.ends, u.days, u.quantity
having count(*) filter (where d.intervals = d.expected_intervals) = u.days
  and abs(sum(d.quantity) - u.quantity) > greatest(:profile_tolerance_kwh, :profile_tolerance_share * u.quantity)
