-- Plans of the billing cycles that contain the day, for contracts billed by forecast, where there is none yet.
-- kWh of an instalment: what the same customer used on the same days a year ago, else the declared (or agreed) yearly use by days.
-- Rules 5.5 no. 3, 4 and 6; a cycle that has begun gets its instalments from the first one that is not over.
create temp table plan_pairs on commit drop as
with pair as (
  select k.contract_id, k.supply_point_id, c.customer_id, f.id as terms_id, f.method, f.block_months, f.instalment_months,
         greatest(f.valid_from, cast(:first_day as date)) as terms_from, coalesce(f.valid_to, 'infinity') as terms_to,
         k.valid_from as supply_from, t.cycle_months, t.cycle_anchor, s.dso_code, p.tariff_group, p.gas_area_code,
         case when f.method = 'agreed'
              then f.annual_kwh * case when sum(p.annual_kwh) over by_contract > 0 then p.annual_kwh / sum(p.annual_kwh) over by_contract
                                       else 1.0 / count(*) over by_contract end
              else p.annual_kwh end as annual_kwh,
         (extract(year from cast(:day as date)) - extract(year from t.cycle_anchor))::int * 12
         + (extract(month from cast(:day as date)) - extract(month from t.cycle_anchor))::int as months
    from operational.forecast_terms f
    join operational.contracts c on c.id = f.contract_id
    join operational.contract_supply_points k on k.contract_id = f.contract_id and k.superseded_at is null
     and k.valid_from <= cast(:day as date) and (k.valid_to is null or k.valid_to > cast(:day as date))
    join operational.supply_points s on s.id = k.supply_point_id
    join operational.contract_terms t on t.contract_id = f.contract_id and t.superseded_at is null
     and t.valid_from <= cast(:day as date) and (t.valid_to is null or t.valid_to > cast(:day as date))
    join operational.supply_point_terms p on p.supply_point_id = k.supply_point_id and p.superseded_at is null
     and p.valid_from <= cast(:day as date) and (p.valid_to is null or p.valid_to > cast(:day as date))
   where f.superseded_at is null and f.valid_from <= cast(:day as date) and (f.valid_to is null or f.valid_to > cast(:day as date))
     and p.metering_mode in ('registers', 'volumes') and p.capacity_mode = 'flat'
     and (cast(:contract_id as bigint) is null or f.contract_id = cast(:contract_id as bigint))
  window by_contract as (partition by f.contract_id)
),
cycle as (
  select p.*, g.cycle_start, greatest(g.cycle_start, p.supply_from) as period_from,
         (g.cycle_start + make_interval(months => p.cycle_months))::date as period_to
    from pair p
    cross join lateral (
      select (p.cycle_anchor + make_interval(months => p.cycle_months * (floor(p.months::numeric / p.cycle_months)::int - n.n)))::date
               as cycle_start
        from (values (0), (1)) as n (n)
       order by n.n
    ) g
   where g.cycle_start <= cast(:day as date)
)
select distinct on (y.contract_id, y.supply_point_id) y.*, z.zones
  from cycle y
  join lateral (
    select coalesce(array_agg(r.zone_code order by r.zone_code), '{all}') as zones
      from operational.meter_installations i
      join operational.registers r on r.meter_id = i.meter_id
     where i.supply_point_id = y.supply_point_id and i.superseded_at is null
       and i.valid_from <= cast(:day as date) and (i.valid_to is null or i.valid_to > cast(:day as date))) z on true
 where not exists (select from operational.forecast_plans p
                    where p.contract_id = y.contract_id and p.supply_point_id = y.supply_point_id and p.superseded_at is null
                      and p.period_from < y.period_to and p.period_to > y.period_from)
 order by y.contract_id, y.supply_point_id, y.cycle_start desc
