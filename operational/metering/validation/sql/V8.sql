-- V8: more than the power allows, much more than in the same days a year ago, or nothing for long after some use.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion, reading_id)
with powers as (
  select u.*, coalesce(t.contracted_power_kw, (select value from operational.billing_limits where code = 'power_kw_without_contract')) as kw
  from pg_temp.uses u
  left join operational.supply_point_terms t on t.supply_point_id = u.supply_point_id and t.superseded_at is null
    and t.valid_from < u.ends and (t.valid_to is null or t.valid_to >= u.ends)
  where u.unit = 'kwh'
),
yearly as (
  select u.supply_point_id, u.starts, u.ends, u.days, u.quantity, u.reading_id, u.unit,
    sum(o.quantity * (least(o.ends, (u.ends - interval '1 year')::date) - greatest(o.starts, (u.starts - interval '1 year')::date)) / o.days)
      / sum(least(o.ends, (u.ends - interval '1 year')::date) - greatest(o.starts, (u.starts - interval '1 year')::date)) as daily_before,
    sum(least(o.ends, (u.ends - interval '1 year')::date) - greatest(o.starts, (u.starts - interval '1 year')::date)) as days_before
  from pg_temp.uses u
  join pg_temp.uses o on o.supply_point_id = u.supply_point_id and o.unit = u.unit
    and o.starts < (u.ends - interval '1 year')::date and o.ends > (u.starts - interval '1 year')::date
  where o.quantity >= 0
  group by u.supply_point_id, u.starts, u.ends, u.days, u.quantity, u.reading_id, u.unit
),
silent as (
  select u.supply_point_id, max(u.ends) as ends, max(u.ends) filter (where u.quantity > 0) as last_use, max(u.reading_id) as reading_id
  from pg_temp.uses u group by u.supply_point_id
)
select 'V8', 'use_above_power', 'V8:power:' || p.reading_id, p.supply_point_id, p.starts, p.ends,
  format('%s kWh in %s days are more than %s kW allow.', round(p.quantity), p.days, trim_scale(p.kw)),
  'Check the reading and the multiplier; accept the finding when the use is right.', 'accept', p.reading_id
from powers p where p.quantity > p.kw * 24 * p.days * :power_factor
union all
select 'V8', 'use_above_last_year', 'V8:year:' || y.reading_id, y.supply_point_id, y.starts, y.ends,
  format('%s a day are more than %s times the %s a day of a year ago.', round(y.quantity / y.days, 1), trim_scale(cast(:last_year_factor as numeric)),
    round(y.daily_before, 1)),
  'Check the reading; accept the finding when the use is right.', 'accept', y.reading_id
from yearly y
where y.days_before * 2 >= y.days and y.quantity / y.days > y.daily_before * :last_year_factor and y.quantity / y.days > :last_year_floor_daily
union all
select 'V8', 'zero_use_too_long', 'V8:zero:' || s.supply_point_id || ':' || s.last_use, s.supply_point_id, s.last_use, s.ends,
  format('No use since %s, %s days.', s.last_use, s.ends - s.last_use),
  'Ask whether the place is empty; the meter may stand still.', 'request_reading', s.reading_id
from silent s
where s.ends - s.last_use > :zero_days and exists (select from operational.contract_supply_points k where k.supply_point_id = s.supply_point_id
  and k.superseded_at is null and k.valid_from < s.ends and (k.valid_to is null or k.valid_to >= s.ends))
