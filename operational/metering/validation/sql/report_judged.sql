-- One row per report: the actual readings around it, the daily use of a year, and what follows from them.
framed as (
  select w.*, g.digits, g.multiplier, b.value as last_value, b.reading_date as last_date, n.value as next_value, f.daily,
    b.value > 0.9 * 10::numeric ^ g.digits and w.value < 0.1 * 10::numeric ^ g.digits as may_roll_over,
    exists (select from operational.readings r where r.register_id = w.register_id and r.reading_date = w.reading_date
      and r.superseded_at is null and (r.kind not in ('estimated', 'substitute') or r.reason <> 'periodic')) as is_known
  from waiting w
  join operational.registers g on g.id = w.register_id
  left join lateral (select r.value, r.reading_date from operational.readings r where r.register_id = w.register_id
    and r.reading_date < w.reading_date and r.superseded_at is null and (r.kind not in ('estimated', 'substitute') or r.reason <> 'periodic') order by r.reading_date desc limit 1) b on true
  left join lateral (select r.value from operational.readings r where r.register_id = w.register_id
    and r.reading_date > w.reading_date and r.superseded_at is null and (r.kind not in ('estimated', 'substitute') or r.reason <> 'periodic') order by r.reading_date limit 1) n on true
  left join lateral (
    -- Intervals that end in the last year; the last one at least, however long it was.
    select sum(p.value - p.before) / nullif(sum(p.days), 0) as daily from (
      select r.value, r.reading_date, lag(r.value) over (order by r.reading_date) as before,
        r.reading_date - lag(r.reading_date) over (order by r.reading_date) as days
      from operational.readings r where r.register_id = w.register_id and r.superseded_at is null
        and (r.kind not in ('estimated', 'substitute') or r.reason <> 'periodic') and r.reading_date <= b.reading_date) p
    where p.value >= p.before and p.reading_date > b.reading_date - 366) f on true
),
judged as (
  select f.*, round(f.last_value + f.daily * (f.reading_date - f.last_date)) as expected,
    f.value - f.last_value + case when f.may_roll_over then round(10::numeric ^ f.digits) else 0 end as difference
  from framed f
)
select j.*, case
    when j.is_known then 'superseded'
    when j.value >= 10::numeric ^ j.digits then 'below_last'
    when j.difference < 0 or j.next_value < j.value then 'below_last'
    when j.difference * j.multiplier > j.daily * j.multiplier * (j.reading_date - j.last_date) * :factor
      and (j.difference - j.daily * (j.reading_date - j.last_date)) * j.multiplier > :floor then 'above_forecast'
    else 'plausible' end as verdict
from judged j
