select
    id as gas_conversion_factor_id,
    area_code,
    factor_kwh_per_m3,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'gas_conversion_factors')) }} as facts
