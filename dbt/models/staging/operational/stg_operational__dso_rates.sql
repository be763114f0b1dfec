select
    id as dso_rate_id,
    dso_code,
    tariff_group,
    charge_code,
    zone_code,
    phases,
    settlement_months,
    unit,
    {{ supposed('price') }}::numeric as price,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'dso_rates')) }} as facts
{{ supposed_rates('dso_rates') }}
