select
    id as price_cap_id,
    scope,
    category,
    tier,
    annual_limit_kwh,
    needs_declaration,
    price::numeric as price,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('market', 'price_caps')) }} as facts
