-- Quantities and amounts of network charges: those of the distributor, else those of interval data.
with told as (
    select
        months.scope_key,
        months.month_start,
        regexp_replace(volumes.zone_code, '_amount$', '') as charge_code,
        sum(volumes.quantity) filter (where volumes.unit <> 'pln') as told_quantity,
        sum(volumes.quantity) filter (where volumes.unit = 'pln') as told_amount,
        greatest(min(volumes.period_from), min(months.first_day)) as period_from,
        max(volumes.period_to) as period_to,
        bool_or(volumes.quality = 'estimated') as is_estimated,
        jsonb_agg(volumes.billed_volume_id order by volumes.billed_volume_id) as volumes
    from {{ ref('int_billing_network_months_found') }} as months
    inner join {{ ref('stg_operational__billed_volumes') }} as volumes
        on
            months.supply_point_id = volumes.supply_point_id
            and months.first_day < volumes.period_to
            and months.end_day >= volumes.period_to
            and volumes.unit in ('kvarh', 'kw', 'pln')
    group by months.scope_key, months.month_start, charge_code
),

metered as (
    select
        months.scope_key,
        months.month_start,
        determinants.determinant as charge_code,
        sum(determinants.quantity) as quantity,
        bool_or(determinants.estimated_intervals > 0) as is_estimated,
        null::jsonb as surpluses
    from {{ ref('int_billing_network_months_found') }} as months
    inner join {{ ref('int_metering_determinants_needed') }} as determinants
        on
            months.supply_point_id = determinants.supply_point_id
            and months.first_day <= determinants.day
            and months.end_day > determinants.day
            and determinants.determinant in ('reactive_inductive', 'reactive_capacitive')
    where months.network_rule_id is not null
    group by months.scope_key, months.month_start, determinants.determinant
    union all
    select
        scope_key,
        month_start,
        'exceeded_power' as charge_code,
        surplus_kw as quantity,
        false as is_estimated,
        jsonb_build_object(
            'power_kw', contracted_power_kw, 'largest_kw', largest_kw, 'hours', hours
        ) as surpluses
    from {{ ref('int_billing_power_exceeded') }}
)

select
    months.scope_key,
    months.month_start,
    charges.code as charge_code,
    charges.sort_order,
    coalesce(told.period_from, months.first_day) as period_from,
    coalesce(told.period_to, months.end_day) as period_to,
    coalesce(told.told_quantity, metered.quantity) as quantity,
    told.told_quantity is not null as is_told,
    case charges.code when 'network_bonus' then -told.told_amount else told.told_amount end
        as told_amount,
    coalesce(told.is_estimated, metered.is_estimated) as is_estimated,
    told.volumes,
    metered.surpluses
from {{ ref('int_billing_network_months_found') }} as months
inner join {{ ref('stg_operational__charges') }} as charges on charges.quantity_basis = 'network'
left join told
    on
        months.scope_key = told.scope_key
        and months.month_start = told.month_start
        and charges.code = told.charge_code
left join metered
    on
        months.scope_key = metered.scope_key
        and months.month_start = metered.month_start
        and charges.code = metered.charge_code
where told.charge_code is not null or metered.charge_code is not null
