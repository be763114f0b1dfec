-- V3: a register does not fall; from above 90 % to below 10 % of its range it has rolled over (golden case GC16).
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion,
  suggested_value, reading_id, is_automatic)
select 'V3', case when c.has_rolled_over then 'rollover_accepted' else 'register_falls' end,
  'V3:' || c.previous_id || ':' || c.reading_id, c.supply_point_id, c.previous_date + 1, c.reading_date + 1,
  case when c.has_rolled_over
    then format('The register rolled over from %s to %s; the use is %s.', c.previous_value, c.value, trim_scale(c.quantity))
    else format('The reading of %s is %s, below %s of %s.', c.reading_date, c.value, c.previous_value, c.previous_date) end,
  'Set the reading aside, so that the use is estimated, or enter the exchange of the meter.',
  case when not c.has_rolled_over then 'estimate' end,
  case when not c.has_rolled_over then c.previous_value + round(f.daily * c.days / c.multiplier) end,
  c.reading_id, c.has_rolled_over
from pg_temp.chains c left join lateral (
  select sum(o.quantity) / sum(o.days) as daily from pg_temp.chains o
  where o.register_id = c.register_id and o.is_actual and o.quantity >= 0 and o.reading_date <= c.previous_date
    and o.reading_date > c.previous_date - 366 and o.days > 0) f on true
where c.previous_id is not null and (c.has_rolled_over or c.quantity < 0) and not (c.kind = 'customer' and not c.has_rolled_over)
