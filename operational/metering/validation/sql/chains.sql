-- The readings that count at the points looked at, each with the one before it (as the warehouse counts them).
create temp table chains on commit drop as
with standing as (
  select r.id as reading_id, r.register_id, r.supply_point_id, r.reading_date, r.value, r.kind, r.reason, r.version,
    r.kind not in ('estimated', 'substitute') or r.reason <> 'periodic' as is_actual
  from operational.readings r join pg_temp.checked_points p on p.supply_point_id = r.supply_point_id
  where r.superseded_at is null
),
bounded as (
  select s.*, max(s.reading_date) filter (where s.is_actual) over (partition by s.register_id, s.supply_point_id) as last_actual
  from standing s
),
linked as (
  select b.*, g.zone_code, g.unit, g.digits, g.multiplier, g.meter_id,
    lag(b.reading_id) over w as previous_id, lag(b.reading_date) over w as previous_date, lag(b.value) over w as previous_value
  from bounded b join operational.registers g on g.id = b.register_id
  where b.is_actual or b.last_actual is null or b.reading_date > b.last_actual
  window w as (partition by b.register_id, b.supply_point_id order by b.reading_date)
),
judged as (
  select l.*, l.reading_date - l.previous_date as days,
    l.value < l.previous_value and l.previous_value > 0.9 * 10::numeric ^ l.digits
      and l.value < 0.1 * 10::numeric ^ l.digits as has_rolled_over
  from linked l
)
select j.*,
  (j.value - j.previous_value + case when j.has_rolled_over then round(10::numeric ^ j.digits) else 0 end) * j.multiplier
    as quantity
from judged j
