-- Items follow their plan: they are known when the plan is.
select
    plans.forecast_plan_id,
    plans.contract_id,
    plans.supply_point_id,
    plans.method,
    items.zone_code,
    items.period_from,
    items.period_to,
    items.block_from,
    items.energy_kwh
from {{ ref('stg_operational__forecast_plans') }} as plans
inner join {{ source('operational', 'forecast_plan_items') }} as items
    on plans.forecast_plan_id = items.plan_id
