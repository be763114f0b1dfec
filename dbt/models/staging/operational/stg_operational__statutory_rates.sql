select
    id as statutory_rate_id,
    charge_code,
    tariff_prefix,
    customer_class,
    annual_kwh_range,
    unit,
    {{ supposed('price') }}::numeric as price,
    factor,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'statutory_rates')) }} as facts
{{ supposed_rates('statutory_rates') }}
