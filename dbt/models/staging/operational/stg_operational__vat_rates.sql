select
    id as vat_rate_id,
    medium,
    {{ supposed('rate') }} as rate,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'vat_rates')) }} as facts
{{ supposed_rates('vat_rates') }}
