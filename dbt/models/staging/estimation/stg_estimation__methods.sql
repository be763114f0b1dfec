select
    id as estimation_method_id,
    dso_code,
    medium,
    tariff_prefix,
    method,
    rank,
    is_active,
    minimum_days,
    is_seasonal,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'estimation_methods')) }} as facts
