select
    id as market_parameter_id,
    code,
    value,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('market', 'market_parameters')) }} as facts
