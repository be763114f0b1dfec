select
    id as meter_installation_id,
    meter_id,
    supply_point_id,
    valid_from,
    coalesce(valid_to, {{ forever() }}) as valid_to
from {{ known(source('operational', 'meter_installations')) }} as facts
