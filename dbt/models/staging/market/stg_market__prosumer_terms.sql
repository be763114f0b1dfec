select
    id as prosumer_terms_id,
    supply_point_id,
    scheme,
    installed_kw,
    has_opted_in,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('market', 'prosumer_terms')) }} as facts
