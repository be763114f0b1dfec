-- V11: a higher version of a reading or volume; the warehouse bills again from the first day it changes.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, reading_id, is_automatic)
select 'V11', 'corrected_by_distributor', 'V11:' || c.reading_id, c.supply_point_id, coalesce(c.previous_date + 1, c.reading_date),
  c.reading_date + 1, format('Version %s of the reading of %s: %s instead of %s; billed again from %s.', c.version, c.reading_date, c.value,
    o.value, coalesce(c.previous_date + 1, c.reading_date)), 'Nothing to do.', c.reading_id, true
from pg_temp.chains c
join lateral (select r.value from operational.readings r where r.register_id = c.register_id and r.reading_date = c.reading_date
  and r.version < c.version order by r.version desc limit 1) o on true
where c.version > 1 and c.reading_id > :last_reading_id
union all
select 'V11', 'corrected_by_distributor', 'V11:volume:' || v.id, v.supply_point_id, v.period_from, v.period_to,
  format('Version %s of the volume from %s: %s instead of %s; billed again from %s.', v.version, v.period_from, v.quantity, o.quantity,
    v.period_from), 'Nothing to do.', null, true
from operational.billed_volumes v join pg_temp.checked_points p on p.supply_point_id = v.supply_point_id
join lateral (select b.quantity from operational.billed_volumes b where b.supply_point_id = v.supply_point_id and b.zone_code = v.zone_code
  and b.period_from = v.period_from and b.version < v.version order by b.version desc limit 1) o on true
where v.superseded_at is null and v.version > 1 and v.id > :last_volume_id
