-- Use of a point between two readings, all zones of its meter together; registers of the total are not counted twice.
create temp table uses on commit drop as
select c.supply_point_id, c.meter_id, c.unit, c.previous_date + 1 as starts, c.reading_date + 1 as ends, c.days,
  max(c.reading_id) as reading_id, sum(c.quantity) as quantity, bool_and(c.is_actual) as is_actual,
  bool_or(c.kind = 'customer') as is_customer
from pg_temp.chains c
where c.previous_id is not null and c.days > 0 and c.zone_code <> 'total'
group by c.supply_point_id, c.meter_id, c.unit, c.previous_date, c.reading_date, c.days
