select distinct on (volumes.supply_point_code, volumes.zone_code, volumes.period_from)
    volumes.supply_point_code,
    volumes.zone_code,
    volumes.period_from,
    volumes.period_to,
    volumes.quantity,
    volumes.unit,
    volumes.quality
from {{ source('raw', 'billed_volumes') }} as volumes
inner join {{ source('raw', 'files') }} as files
    on volumes.file_id = files.id and files.received_at <= {{ known_at() }}
where volumes.status = 'accepted'
order by
    volumes.supply_point_code asc,
    volumes.zone_code asc,
    volumes.period_from asc,
    volumes.version desc
