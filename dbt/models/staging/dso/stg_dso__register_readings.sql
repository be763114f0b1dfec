select distinct on (readings.meter_serial, readings.zone_code, readings.reading_date)
    readings.supply_point_code,
    readings.meter_serial,
    readings.zone_code,
    readings.reading_date,
    readings.value,
    readings.kind,
    readings.reason,
    readings.version
from {{ source('raw', 'register_readings') }} as readings
inner join {{ source('raw', 'files') }} as files
    on readings.file_id = files.id and files.received_at <= {{ known_at() }}
where readings.status = 'accepted'
order by
    readings.meter_serial asc,
    readings.zone_code asc,
    readings.reading_date asc,
    readings.version desc
