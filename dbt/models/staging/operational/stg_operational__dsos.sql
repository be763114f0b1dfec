select
    code,
    name,
    medium
from {{ source('operational', 'dsos') }}
