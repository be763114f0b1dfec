select
    id as instalment_plan_id,
    number as plan_number,
    customer_id,
    kind as plan_kind,
    status as plan_status,
    agreed_on,
    ended_on,
    interest_rule,
    contract_rate_pct,
    amount
from {{ source('operational', 'instalment_plans') }}
