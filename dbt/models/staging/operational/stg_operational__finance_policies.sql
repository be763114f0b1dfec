select
    id as finance_policy_id,
    customer_kind,
    rate_kind,
    year_days,
    smallest_note,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ source('operational', 'finance_policies') }}
where superseded_at is null
