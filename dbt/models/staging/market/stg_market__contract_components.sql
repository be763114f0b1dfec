select
    id as contract_component_id,
    contract_id,
    supply_point_id,
    kind,
    code,
    name_pl,
    name_en,
    value::numeric as value,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('market', 'contract_components')) }} as facts
