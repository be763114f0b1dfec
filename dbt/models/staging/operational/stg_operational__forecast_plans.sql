select
    id as forecast_plan_id,
    contract_id,
    supply_point_id,
    method,
    period_from,
    period_to
from {{ known(source('operational', 'forecast_plans')) }} as facts
