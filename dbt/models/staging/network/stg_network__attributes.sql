select
    id as network_attribute_id,
    supply_point_id,
    oze_base_factor,
    tg_phi_limit,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('network', 'network_attributes')) }} as facts
