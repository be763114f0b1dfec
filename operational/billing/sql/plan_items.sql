-- The instalments of the plans with their kWh by zone.
create temp table plan_items on commit drop as
with piece as (
  select p.contract_id, p.supply_point_id, z.zone_code, cardinality(p.zones) as zone_count,
         greatest(b.starts, p.period_from, p.terms_from) as period_from, least(b.ends, p.period_to) as period_to, b.block_from,
         p.annual_kwh, p.method, p.customer_id, p.dso_code, p.tariff_group, p.gas_area_code,
         min(greatest(b.starts, p.period_from, p.terms_from)) over (partition by p.contract_id, p.supply_point_id) as first_day
    from plan_pairs p
    cross join lateral unnest(p.zones) as z (zone_code)
    cross join lateral (
      select (p.cycle_start + make_interval(months => n))::date as starts,
             (p.cycle_start + make_interval(months => n + p.instalment_months))::date as ends,
             (p.cycle_start + make_interval(months => n / p.block_months * p.block_months))::date as block_from
        from generate_series(0, p.cycle_months - 1, p.instalment_months) as n
    ) b
   where b.ends > cast(:day as date) and b.ends > p.terms_from and b.starts < p.terms_to and b.ends > p.period_from
),
point as (select distinct contract_id, supply_point_id, customer_id, first_day, gas_area_code from piece),
own_supply as (
  select p.supply_point_id, min(k.valid_from) as since
    from point p
    join operational.contract_supply_points k on k.supply_point_id = p.supply_point_id and k.superseded_at is null
    join operational.contracts c on c.id = k.contract_id and c.customer_id = p.customer_id
   group by p.supply_point_id
),
paired as (
  select p.supply_point_id, g.zone_code, lag(r.reading_date) over by_register + 1 as used_from, r.reading_date + 1 as used_to,
         (r.value - lag(r.value) over by_register) * g.multiplier
         * case when g.unit = 'm3' then (
             select x.factor_kwh_per_m3 from operational.gas_conversion_factors x
              where x.area_code = p.gas_area_code and x.superseded_at is null order by x.valid_from desc limit 1) else 1 end as kwh
    from point p
    join own_supply o on o.supply_point_id = p.supply_point_id
    join operational.readings r on r.supply_point_id = p.supply_point_id and r.superseded_at is null
     and r.kind in ('actual_remote', 'actual_manual', 'customer') and r.reading_date >= o.since - 1
     and r.reading_date >= p.first_day - interval '2 years'
    join operational.registers g on g.id = r.register_id
  window by_register as (partition by r.register_id order by r.reading_date)
),
used as (select * from paired where kwh >= 0 and used_from is not null),
year as (
  select p.supply_point_id, u.zone_code, sum(u.kwh * d.days / (u.used_to - u.used_from)) as kwh, sum(d.days) as days
    from point p
    join used u on u.supply_point_id = p.supply_point_id and u.used_to > p.first_day - interval '1 year' and u.used_from < p.first_day
    cross join lateral (select least(u.used_to, p.first_day) - greatest(u.used_from, (p.first_day - interval '1 year')::date) as days) d
   where d.days > 0
   group by p.supply_point_id, u.zone_code
),
same_days as (
  select i.supply_point_id, i.zone_code, i.period_from, sum(u.kwh * d.days / (u.used_to - u.used_from)) as kwh, sum(d.days) as days
    from piece i
    join used u on u.supply_point_id = i.supply_point_id and u.zone_code = i.zone_code
    cross join lateral (
      select least(u.used_to, (i.period_to - interval '1 year')::date) - greatest(u.used_from, (i.period_from - interval '1 year')::date)
        as days) d
   where d.days > 0
   group by i.supply_point_id, i.zone_code, i.period_from
),
mask as (
  select m.dso_code, m.tariff_group, m.zone_code,
         sum((m.hour_to - m.hour_from) * case m.day_type when 'workday' then 5 when 'nonworking' then 2 else 7 end) as hours
    from operational.zone_masks m
   where m.superseded_at is null and m.valid_from <= cast(:day as date) and (m.valid_to is null or m.valid_to > cast(:day as date))
     and (m.dso_code, m.tariff_group) in (select i.dso_code, i.tariff_group from piece i)
   group by m.dso_code, m.tariff_group, m.zone_code
),
weighed as (
  -- A declared yearly use has no zones: they share it as they did before, else by their hours.
  select i.supply_point_id, i.zone_code, coalesce(y.kwh, 0) as year_kwh, coalesce(y.days, 0) as days,
         sum(coalesce(y.kwh, 0)) over by_point as point_kwh, min(coalesce(y.days, 0)) over by_point as covered_days,
         coalesce(m.hours, 1)::numeric / sum(coalesce(m.hours, 1)) over by_point as hours_share
    from (select distinct supply_point_id, zone_code, dso_code, tariff_group from piece) i
    left join year y on y.supply_point_id = i.supply_point_id and y.zone_code = i.zone_code
    left join mask m on m.dso_code = i.dso_code and m.tariff_group = i.tariff_group and m.zone_code = i.zone_code
  window by_point as (partition by i.supply_point_id)
),
judged as (
  select w.*, w.covered_days >= x.least and w.point_kwh > 0 as has_history,
         case when w.point_kwh > 0 then w.year_kwh / w.point_kwh else w.hours_share end as share
    from weighed w
    cross join (select value as least from operational.forecast_parameters
                 where code = 'history_days_least' and valid_from <= cast(:day as date)
                   and (valid_to is null or valid_to > cast(:day as date)) order by valid_from desc limit 1) x
)
select i.contract_id, i.supply_point_id, i.zone_code, i.period_from, i.period_to, i.block_from,
       case when i.method = 'agreed' then 'agreed' when i.method = 'last_year' and j.has_history then 'last_year' else 'declared' end as method,
       j.covered_days, round(j.point_kwh) as year_kwh, i.annual_kwh,
       round(case when i.method = 'last_year' and j.has_history
                  then case when s.days = i.period_to - i.period_from then s.kwh
                            else j.year_kwh / j.days * (i.period_to - i.period_from) end
                  else i.annual_kwh * (i.period_to - i.period_from) / 365 * j.share end) as energy_kwh
  from piece i
  join judged j on j.supply_point_id = i.supply_point_id and j.zone_code = i.zone_code
  left join same_days s on s.supply_point_id = i.supply_point_id and s.zone_code = i.zone_code and s.period_from = i.period_from
