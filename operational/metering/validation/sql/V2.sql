-- V2: days of supply between two known quantities, or around an exchange of the meter, that nothing measures.
insert into pg_temp.findings (rule_code, code, finding_key, supply_point_id, period_from, period_to, message, cure, suggestion)
with volumes as (
  select v.id, v.supply_point_id, v.zone_code, v.period_to as gap_from,
    lead(v.period_from) over (partition by v.supply_point_id, v.zone_code order by v.period_from) as gap_to
  from operational.billed_volumes v join pg_temp.checked_points p on p.supply_point_id = v.supply_point_id
  where v.superseded_at is null
),
meters as (
  select i.id, i.supply_point_id, i.meter_id, i.valid_to as gap_from, i.valid_from as stood_from,
    lead(i.valid_from) over (partition by i.supply_point_id order by i.valid_from) as gap_to
  from operational.meter_installations i join pg_temp.checked_points p on p.supply_point_id = i.supply_point_id
  where i.superseded_at is null
),
gaps as (
  select 'volume:' || v.id as key, v.supply_point_id, v.gap_from, v.gap_to, 'no volume of zone ' || v.zone_code as what
  from volumes v where v.gap_to > v.gap_from
  union all
  select 'meter:' || m.id, m.supply_point_id, m.gap_from, m.gap_to, 'no meter' from meters m where m.gap_to > m.gap_from
  union all
  -- The old meter went without a last reading: its use since the reading before would stay an estimate for ever.
  select 'final:' || m.id, m.supply_point_id, l.last_date + 1, m.gap_from, 'no last reading of the exchanged meter'
  from meters m cross join lateral (
    select max(c.reading_date) as last_date from pg_temp.chains c
    where c.meter_id = m.meter_id and c.supply_point_id = m.supply_point_id and c.reading_date < m.gap_from) l
  where m.gap_to is not null and l.last_date < m.gap_from - 1
)
select 'V2', 'gap_in_quantities', 'V2:' || g.key, g.supply_point_id, g.gap_from, g.gap_to,
  format('From %s to %s: %s.', g.gap_from, g.gap_to, g.what),
  'Ask the distributor for the missing quantity, or correct the dates of the meter.', 'request_reading'
from gaps g
where exists (select from operational.contract_supply_points s where s.supply_point_id = g.supply_point_id and s.superseded_at is null
  and s.valid_from < g.gap_to and (s.valid_to is null or s.valid_to > g.gap_from))
