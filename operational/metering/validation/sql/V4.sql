-- V4: the volume of the distributor is the difference of the registers x multiplier.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion)
select 'V4', 'volume_differs', 'V4:' || v.id || ':' || string_agg(c.reading_id::text, ',' order by c.reading_id), v.supply_point_id,
  v.period_from, v.period_to,
  format('Zone %s: the distributor bills %s kWh, the registers and the multiplier give %s kWh.', v.zone_code, v.quantity,
    round(sum(c.quantity), 3)),
  'Check the multiplier of the meter and the readings; ask the distributor for a corrected file.', 'check_data'
from operational.billed_volumes v
join pg_temp.checked_points p on p.supply_point_id = v.supply_point_id
join pg_temp.chains c on c.supply_point_id = v.supply_point_id and c.zone_code = v.zone_code and c.previous_id is not null
  and c.previous_date + 1 >= v.period_from and c.reading_date + 1 <= v.period_to
where v.superseded_at is null and v.unit = 'kwh' and c.unit = 'kwh'
group by v.id, v.supply_point_id, v.zone_code, v.period_from, v.period_to, v.quantity
having sum(c.days) = v.period_to - v.period_from and abs(v.quantity - sum(c.quantity)) > :volume_tolerance
