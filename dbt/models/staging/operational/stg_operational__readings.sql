select
    id as reading_id,
    register_id,
    supply_point_id,
    reading_date,
    value::numeric as value,
    kind,
    reason,
    version
from {{ known(source('operational', 'readings')) }} as facts
