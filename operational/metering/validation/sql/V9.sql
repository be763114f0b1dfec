-- V9: a reading of the customer below the last actual one, or far above the forecast of the last twelve months.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion,
  suggested_value, reading_id)
with forecasts as (
  select c.*, f.daily
  from pg_temp.chains c left join lateral (
    select sum(o.quantity) / sum(o.days) as daily from pg_temp.chains o
    where o.register_id = c.register_id and o.is_actual and o.quantity >= 0 and o.days > 0
      and o.reading_date <= c.previous_date and o.reading_date > c.previous_date - 366) f on true
  where c.kind = 'customer' and c.previous_id is not null and not c.has_rolled_over
)
select 'V9', case when c.quantity < 0 then 'customer_below_last' else 'customer_above_forecast' end, 'V9:' || c.reading_id,
  c.supply_point_id, c.previous_date + 1, c.reading_date + 1,
  case when c.quantity < 0 then format('The customer reports %s on %s, below %s of %s.', c.value, c.reading_date, c.previous_value, c.previous_date)
    else format('The customer reports a use of %s, the forecast is %s.', round(c.quantity), round(c.daily * c.days)) end,
  'Ask the customer for a photograph, or set the reading aside.',
  case when c.quantity < 0 then 'estimate' else 'accept' end, c.previous_value + round(c.daily * c.days / c.multiplier), c.reading_id
from forecasts c
where c.quantity < 0 or (c.quantity > c.daily * c.days * :forecast_factor and c.quantity - c.daily * c.days > :forecast_floor)
union all
select 'V9', 'customer_' || r.verdict, 'V9:report:' || r.id, r.supply_point_id, r.reading_date, r.reading_date + 1,
  format('The customer reported %s on %s; it was not taken.', r.value, r.reading_date),
  'Ask the customer for a photograph and enter the reading when it is right.', 'check_data', r.expected_value, null
from operational.customer_readings r join pg_temp.checked_points p on p.supply_point_id = r.supply_point_id
where r.processed_at is not null and r.reading_id is null and r.verdict = 'below_last'
