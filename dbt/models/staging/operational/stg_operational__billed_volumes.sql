select
    id as billed_volume_id,
    supply_point_id,
    zone_code,
    period_from,
    period_to,
    quantity::numeric as quantity,
    unit,
    quality,
    version
from {{ known(source('operational', 'billed_volumes')) }} as facts
