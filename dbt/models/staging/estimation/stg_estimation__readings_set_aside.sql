-- Versions that a person closed without a newer one: the reading of that day counts no more.
select
    readings.register_id,
    readings.reading_date,
    readings.version
from {{ source('operational', 'readings') }} as readings
where
    readings.superseded_at <= {{ known_at() }}
    and not exists (
        select newer.id from {{ source('operational', 'readings') }} as newer
        where
            newer.register_id = readings.register_id
            and newer.reading_date = readings.reading_date
            and newer.version > readings.version
            and newer.recorded_at <= {{ known_at() }}
    )
