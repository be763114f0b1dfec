select
    id as excise_rate_id,
    medium,
    customer_class,
    price_pln_per_kwh::numeric as price_pln_per_kwh,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'excise_rates')) }} as facts
