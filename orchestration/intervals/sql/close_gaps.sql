-- content of an entry: code;channel;first day;last day;number of missing intervals
update raw.rejected_rows r set resolved_at = :as_of, resolved_by = 'system:lake', resolution = 'fixed'
from (
  select id, split_part(content, ';', 1) as code, split_part(content, ';', 2) as channel,
    cast(split_part(content, ';', 3) as date) as first_day, cast(split_part(content, ';', 4) as date) as last_day
  from raw.rejected_rows where code = 'interval_gap' and resolved_at is null
) g
where r.id = g.id and not exists (
  select from generate_series(g.first_day, g.last_day, interval '1 day') d (day)
  where not exists (
    select from raw.interval_determinants t
    where t.supply_point_code = g.code and t.day = d.day::date and t.superseded_at is null and t.intervals = t.expected_intervals
      and t.zone_set = 'all'
      and t.determinant = case g.channel when 'import' then 'energy' when 'export' then 'exported'
        when 'inductive' then 'reactive_inductive' else 'reactive_capacitive' end))
