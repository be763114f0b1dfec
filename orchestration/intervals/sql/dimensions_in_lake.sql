-- Runs in DuckDB: expands masks, days and prices of a range of days to hours and intervals in UTC.
create or replace temp table hour as
select c.starts_at as hour_start, if(getvariable('medium') = 'gas', c.gas_day, c.day) as day, c.day as civil_day, c.clock,
  isodow(c.day) as weekday, h.day is not null as is_holiday, strftime(c.day, '%m-%d') as month_day
from civil c left join given_holidays h on h.day = c.day
where c.day >= getvariable('first_day') - interval 1 day and c.day <= getvariable('last_day') + interval 1 day;

-- Several rows may name an hour (a holiday that is a Sunday): the narrowest kind of day holds.
create or replace temp table zoned as
select m.zone_set, h.hour_start, arg_min(m.zone_code, case m.day_type when 'sunday' then 1 when 'saturday' then 2
    when 'holiday' then 3 when 'all' then 5 else 4 end) as zone_code
from hour h
join given_masks m on h.clock >= m.hour_from and h.clock < m.hour_to
  and h.civil_day >= m.valid_from and (m.valid_to is null or h.civil_day < m.valid_to)
  and if(m.season_from <= m.season_to, h.month_day between m.season_from and m.season_to,
    h.month_day >= m.season_from or h.month_day <= m.season_to)
  and case m.day_type when 'all' then true when 'workday' then h.weekday <= 5 and not h.is_holiday
    when 'nonworking' then h.weekday > 5 or h.is_holiday when 'saturday' then h.weekday = 6
    when 'sunday' then h.weekday = 7 when 'holiday' then h.is_holiday end
where m.zone_set in (select dso_set from given_periods union select seller_set from given_periods union select 'capacity')
group by all;

create or replace temp table profile as
select row_number() over (order by dso_set, seller_set)::integer as profile_id, dso_set, seller_set
from (select distinct dso_set, seller_set from given_periods);

create or replace temp table hour_of_profile as
select p.profile_id, h.hour_start, if(d.zone_code is null, null, p.dso_set) as dso_set, d.zone_code as dso_zone,
  if(s.zone_code is null, null, p.seller_set) as seller_set, s.zone_code as seller_zone,
  case when getvariable('medium') = 'gas' then null when c.zone_code = 'capacity_hours' then 'capacity_hours'
    when h.weekday <= 5 and not h.is_holiday then 'capacity_other_hours' end as capacity
from profile p
cross join hour h
left join zoned d on d.zone_set = p.dso_set and d.hour_start = h.hour_start
left join zoned s on s.zone_set = p.seller_set and s.hour_start = h.hour_start
left join zoned c on c.zone_set = 'capacity' and c.hour_start = h.hour_start;

create or replace temp table dim_classes as
select row_number() over (order by dso_set, dso_zone, seller_set, seller_zone, capacity)::integer as class_id, *
from (select distinct dso_set, dso_zone, seller_set, seller_zone, capacity from hour_of_profile);

create or replace temp table dim_calendar as
select h.profile_id, h.hour_start, c.class_id
from hour_of_profile h
join dim_classes c on c.dso_set is not distinct from h.dso_set and c.dso_zone is not distinct from h.dso_zone
  and c.seller_set is not distinct from h.seller_set and c.seller_zone is not distinct from h.seller_zone
  and c.capacity is not distinct from h.capacity;

create or replace temp table dim_periods as
select g.supply_point_id::integer as supply_point_id, g.day_from, g.day_to, p.profile_id,
  cast(round(g.peak_kw * 1000000) as bigint) as peak_limit
from given_periods g
join profile p on p.dso_set is not distinct from g.dso_set and p.seller_set is not distinct from g.seller_set;

create or replace temp table dim_days as
select day, count(*)::integer as hours from hour
where day between getvariable('first_day') and getvariable('last_day') group by day;

create or replace temp table dim_point_indexes as
select supply_point_id::integer as supply_point_id, index_code, index_from, index_to from given_point_indexes;

-- A price of a quarter, an hour, a day or a month is brought to quarters, half hours and hours. An interval longer than the price's
-- takes the mean of its prices when all are there.
create or replace temp table bounded as
with floored as (
  select i.use, i.determinant_index as index_code, p.starts_at, p.resolution, i.cap,
    greatest(p.price, coalesce(i.floor, if(i.is_floored, 0, p.price))) as price
  from given_prices p join given_indexes i on i.index_code = p.index_code
)
select use, index_code, starts_at, resolution,
  cast(round(if(cap is null, price, least(price, cap)) * 10000) as bigint) as price
from floored;

create or replace temp table dim_prices as
with starts as (
  select h.hour_start + to_minutes(m.minutes * t.step) as starts_at, m.minutes::smallint as minutes, h.hour_start, h.civil_day
  from hour h, (values (15), (30), (60)) m (minutes), range(0, 4) t (step)
  where t.step < 60 // m.minutes
),
civil_start as (select civil_day, min(hour_start) as day_start from hour group by civil_day),
quarters as (
  select b.use, b.index_code, s.starts_at, s.minutes, sum(b.price) as total, count(*) as prices
  from starts s join bounded b on b.resolution = 'quarter' and b.starts_at >= s.starts_at
    and b.starts_at < s.starts_at + to_minutes(s.minutes::bigint)
  group by all
),
found as (
  select use, index_code, starts_at, minutes, cast(round(total / prices) as bigint) as price, 1 as fineness
  from quarters where prices * 15 = minutes
  union all
  select b.use, b.index_code, s.starts_at, s.minutes, b.price, 2
  from starts s join bounded b on b.resolution = 'hour' and b.starts_at = s.hour_start
  union all
  select b.use, b.index_code, s.starts_at, s.minutes, b.price, 3
  from starts s join civil_start c on c.civil_day = s.civil_day join bounded b on b.resolution = 'day' and b.starts_at = c.day_start
  union all
  select b.use, b.index_code, s.starts_at, s.minutes, b.price, 4
  from starts s
  join bounded b on b.resolution = 'month'
    and timezone('Europe/Warsaw', b.starts_at::timestamptz)::date = date_trunc('month', s.civil_day)::date
)
select use, index_code, starts_at, minutes, arg_min(price, fineness)::bigint as price from found group by all;
