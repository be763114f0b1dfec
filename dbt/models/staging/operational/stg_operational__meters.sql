select
    id as meter_id,
    serial,
    medium
from {{ source('operational', 'meters') }}
