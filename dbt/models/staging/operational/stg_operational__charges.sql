select
    code,
    medium,
    section,
    quantity_basis,
    rate_source,
    capacity_mode,
    is_required,
    applies_from,
    coalesce(applies_to, {{ forever() }}) as applies_to,
    sort_order
from {{ source('operational', 'charges') }}
