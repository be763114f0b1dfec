select
    id as load_profile_id,
    dso_code,
    medium,
    tariff_prefix,
    month,
    weight::numeric as weight,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'load_profiles')) }} as facts
