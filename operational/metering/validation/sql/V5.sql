-- V5: the zones of a meter add up to its register of the total (zone code `total`, which is never billed).
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion, reading_id)
select 'V5', 'zones_differ', 'V5:' || t.reading_id || ':' || max(z.reading_id), t.supply_point_id, t.previous_date + 1, t.reading_date + 1,
  format('The zones of meter %s give %s kWh, its total register %s kWh.', m.serial, round(sum(z.quantity), 3), round(t.quantity, 3)),
  'Check the readings of the zones; ask the distributor for an actual reading.', 'request_reading', t.reading_id
from pg_temp.chains t
join pg_temp.chains z on z.meter_id = t.meter_id and z.supply_point_id = t.supply_point_id and z.zone_code <> 'total'
  and z.reading_date = t.reading_date and z.previous_date = t.previous_date
join operational.meters m on m.id = t.meter_id
where t.zone_code = 'total' and t.previous_id is not null
group by t.reading_id, t.supply_point_id, t.previous_date, t.reading_date, t.quantity, m.serial
having abs(sum(z.quantity) - t.quantity) > :zone_tolerance * count(*)
