-- What holds for a supply point on which days: masks of the DSO and of the seller, contracted power.
with points as (
  select id, dso_code from operational.supply_points
  where medium = :medium and dso_code = any(cast(:dso_codes as text[])) and (cast(:points as integer[]) is null or id = any(cast(:points as integer[])))
),
terms as (
  select t.supply_point_id, t.tariff_group, t.contracted_power_kw, t.customer_class, t.valid_from, coalesce(t.valid_to, date '9999-12-31') as valid_to
  from operational.supply_point_terms t join points p on p.id = t.supply_point_id
  where t.superseded_at is null
),
sellers as (
  select distinct s.supply_point_id, l.code, greatest(s.valid_from, t.valid_from) as valid_from,
    least(coalesce(s.valid_to, date '9999-12-31'), coalesce(t.valid_to, date '9999-12-31')) as valid_to
  from operational.contract_supply_points s
  join points p on p.id = s.supply_point_id
  join operational.contract_terms t on t.contract_id = s.contract_id and t.superseded_at is null
  join operational.price_lists l on l.id = t.price_list_id
  where s.superseded_at is null
    and exists (select from operational.zone_masks m where m.dso_code = 'seller' and m.tariff_group = l.code and m.superseded_at is null)
),
cuts as (
  select id as supply_point_id, date '0001-01-01' as day from points
  union select supply_point_id, valid_from from terms union select supply_point_id, valid_to from terms
  union select supply_point_id, valid_from from sellers where valid_to > valid_from
  union select supply_point_id, valid_to from sellers where valid_to > valid_from
),
pieces as (
  select supply_point_id, day as day_from,
    coalesce(lead(day) over (partition by supply_point_id order by day), date '9999-12-31') as day_to
  from cuts
)
select c.supply_point_id, c.day_from, c.day_to,
  'dso:' || p.dso_code || ':' || t.tariff_group as dso_set,
  'seller:' || s.code as seller_set,
  case when t.customer_class = 'business' then t.contracted_power_kw end as peak_kw
from pieces c
join points p on p.id = c.supply_point_id
left join terms t on t.supply_point_id = c.supply_point_id and t.valid_from <= c.day_from and c.day_from < t.valid_to
left join sellers s on s.supply_point_id = c.supply_point_id and s.valid_from <= c.day_from and c.day_from < s.valid_to
where c.day_to > :first_day and c.day_from <= :last_day
