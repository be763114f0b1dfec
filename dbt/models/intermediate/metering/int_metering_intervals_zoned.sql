-- The mask of the distributor's group makes the zones; the seller's own mask makes the zones of the
-- sale, told apart by 'seller:'. Without a mask a day is one zone.
with terms as (
    select
        point_terms.supply_point_id,
        'dso:' || points.dso_code || ':' || point_terms.tariff_group as zone_set,
        point_terms.valid_from,
        point_terms.valid_to
    from {{ ref('stg_operational__supply_point_terms') }} as point_terms
    inner join {{ ref('stg_operational__supply_points') }} as points
        on point_terms.supply_point_id = points.supply_point_id
    where point_terms.metering_mode = 'intervals'
),

price_lists as (
    select
        supplies.supply_point_id,
        'seller:' || lists.code as zone_set,
        greatest(supplies.valid_from, agreed.valid_from) as valid_from,
        least(supplies.valid_to, agreed.valid_to) as valid_to
    from {{ ref('stg_operational__contract_supply_points') }} as supplies
    inner join {{ ref('stg_operational__contract_terms') }} as agreed
        on supplies.contract_id = agreed.contract_id
    inner join {{ ref('stg_operational__price_lists') }} as lists
        on agreed.price_list_id = lists.price_list_id
    where supplies.supply_point_id in (select terms.supply_point_id from terms)
),

days as (
    select
        determinants.*,
        terms.zone_set as dso_set,
        price_lists.zone_set as seller_set,
        bool_or(determinants.zone_set = terms.zone_set) over (
            partition by determinants.supply_point_id, determinants.day
        ) as has_zones
    from {{ ref('int_metering_determinants_needed') }} as determinants
    inner join terms
        on
            determinants.supply_point_id = terms.supply_point_id
            and determinants.day >= terms.valid_from
            and determinants.day < terms.valid_to
            and determinants.determinant in ('energy', 'capacity_hours')
    left join price_lists
        on
            determinants.supply_point_id = price_lists.supply_point_id
            and determinants.day >= price_lists.valid_from
            and determinants.day < price_lists.valid_to
)

select
    supply_point_id,
    day,
    case
        when determinant = 'capacity_hours' then 'capacity_hours'
        when zone_set = seller_set then 'seller:' || zone_code
        else zone_code
    end as zone_code,
    concat_ws('|', case when has_zones then dso_set else 'all' end, seller_set) as zone_key,
    round(quantity, 3) as energy_kwh,
    estimated_intervals > 0 as is_estimated,
    intervals >= expected_intervals as is_complete,
    expected_intervals - intervals as missing_intervals
from days
where
    determinant = 'capacity_hours'
    or zone_set in (dso_set, seller_set)
    or (zone_set = 'all' and not has_zones)
