-- Ranges of days that changed since an instant; null supply point: all of them. Closed and opened versions count alike.
with changed_indexes as (
  select index_code, (starts_at at time zone 'Europe/Warsaw')::date as day_from,
    case resolution when 'month' then ((starts_at at time zone 'Europe/Warsaw')::date + interval '1 month')::date
      else (starts_at at time zone 'Europe/Warsaw')::date + 1 end as day_to
  from raw.market_prices where recorded_at >= :since or superseded_at >= :since
  union
  select index_code, valid_from, valid_to from operational.market_month_prices where recorded_at >= :since or superseded_at >= :since
)
select supply_point_id, cast(null as text) as dso_code, false as feeding_only, valid_from as day_from, coalesce(valid_to, date '9999-12-31') as day_to
from operational.supply_point_terms where recorded_at >= :since or superseded_at >= :since
union
select supply_point_id, null, false, valid_from, coalesce(valid_to, date '9999-12-31')
from operational.contract_supply_points where recorded_at >= :since or superseded_at >= :since
union
select s.supply_point_id, null, false, t.valid_from, coalesce(t.valid_to, date '9999-12-31')
from operational.contract_terms t join operational.contract_supply_points s on s.contract_id = t.contract_id and s.superseded_at is null
where t.recorded_at >= :since or t.superseded_at >= :since
union
select s.supply_point_id, null, false, f.valid_from, coalesce(f.valid_to, date '9999-12-31')
from operational.price_formulas f
join operational.contract_terms t on t.price_list_id = f.price_list_id and t.superseded_at is null
join operational.contract_supply_points s on s.contract_id = t.contract_id and s.superseded_at is null
where f.recorded_at >= :since or f.superseded_at >= :since
union
select s.supply_point_id, null, false, c.day_from, c.day_to
from changed_indexes c
join operational.price_formulas f on f.index_code = c.index_code and f.superseded_at is null
join operational.contract_terms t on t.price_list_id = f.price_list_id and t.superseded_at is null
join operational.contract_supply_points s on s.contract_id = t.contract_id and s.superseded_at is null
union
select null, null, true, c.day_from, c.day_to
from changed_indexes c join operational.market_indices m on m.code = c.index_code and m.is_floored_at_zero
union
select null, nullif(nullif(dso_code, ''), 'seller'), false, valid_from, coalesce(valid_to, date '9999-12-31')
from operational.zone_masks where recorded_at >= :since or superseded_at >= :since
