select
    supply_point_id,
    min(period_from) - 1 as load_from,
    max(period_to) as needed_to
from {{ ref('int_billing_scopes_due') }}
where not is_forecast
group by supply_point_id
