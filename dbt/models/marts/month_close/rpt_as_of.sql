select
    {{ business_day() }} as business_day,
    known_at,
    billed_through,
    computation_id
from {{ ref('prop_computation') }}
