select
    id as contract_supply_point_id,
    contract_id,
    supply_point_id,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'contract_supply_points')) }} as facts
