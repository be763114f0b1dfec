select
    id as register_id,
    meter_id,
    zone_code,
    unit,
    digits,
    multiplier
from {{ source('operational', 'registers') }}
