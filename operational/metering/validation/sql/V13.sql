-- V13: energy fed in at a point that nobody registered as a prosumer's.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion)
select 'V13', 'export_without_prosumer', 'V13:' || s.id, s.id, min(d.day), max(d.day) + 1,
  format('%s kWh were fed in from %s to %s.', round(sum(d.quantity), 3), min(d.day), max(d.day) + 1),
  'Ask the distributor whether an installation was connected; enter the prosumer, or accept the finding.', 'check_data'
from raw.interval_determinants d
join operational.supply_points s on s.code = d.supply_point_code
join pg_temp.checked_points p on p.supply_point_id = s.id
where d.superseded_at is null and d.determinant = 'exported' and d.quantity > 0
  and not exists (select from operational.prosumer_terms t where t.supply_point_id = s.id and t.superseded_at is null
    and t.valid_from <= d.day and (t.valid_to is null or t.valid_to > d.day))
group by s.id
