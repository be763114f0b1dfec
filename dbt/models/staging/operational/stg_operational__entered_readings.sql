select
    register_id,
    supply_point_id,
    reading_date,
    value::numeric as value,
    version,
    kind
from {{ known(source('operational', 'readings')) }} as facts
where
    file_id is null
    and (kind not in ('estimated', 'substitute') or reason <> 'periodic')
