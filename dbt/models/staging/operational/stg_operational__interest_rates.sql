select
    id as interest_rate_id,
    kind as rate_kind,
    rate_pct,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ source('operational', 'interest_rates') }}
where superseded_at is null
