select
    id as customer_finance_terms_id,
    customer_id,
    interest_mode,
    rate_kind,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ source('operational', 'customer_finance_terms') }}
where superseded_at is null
