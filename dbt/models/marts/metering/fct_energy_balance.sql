-- delivered (rows of files) = billed (issued lines) + unbilled (measured outside issued periods,
-- pending corrections, less what was billed ahead by estimate).
with within_supply as (
    select
        delivered.supply_point_id,
        sum({{ share_of_delivery('supplies.valid_from', 'supplies.valid_to') }}) as energy_kwh
    from {{ ref('fct_delivered_energy') }} as delivered
    inner join {{ ref('stg_operational__contract_supply_points') }} as supplies
        on
            delivered.supply_point_id = supplies.supply_point_id
            and delivered.period_from < supplies.valid_to
            and delivered.period_to > supplies.valid_from
    group by delivered.supply_point_id
),

by_point as (
    select
        supply_point_id,
        sum(billed_kwh) as billed_kwh,
        sum(measured_kwh) as measured_kwh,
        sum(pending_kwh) as pending_kwh
    from {{ ref('fct_scope_energy') }}
    group by supply_point_id
),

balanced as (
    select
        points.supply_point_id,
        points.medium,
        coalesce(within_supply.energy_kwh, 0) as delivered_kwh,
        coalesce(by_point.billed_kwh, 0) as billed_kwh,
        coalesce(within_supply.energy_kwh, 0) - coalesce(by_point.measured_kwh, 0)
        + coalesce(by_point.pending_kwh, 0) as unbilled_kwh
    from {{ ref('dim_supply_points') }} as points
    left join within_supply on points.supply_point_id = within_supply.supply_point_id
    left join by_point on points.supply_point_id = by_point.supply_point_id
)

select
    supply_point_id,
    medium,
    delivered_kwh::numeric(18, 3) as delivered_kwh,
    billed_kwh::numeric(18, 3) as billed_kwh,
    unbilled_kwh::numeric(18, 3) as unbilled_kwh,
    (delivered_kwh - billed_kwh - unbilled_kwh)::numeric(18, 3) as difference_kwh
from balanced
