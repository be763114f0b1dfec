select
    day as holiday,
    name as holiday_name
from {{ source('operational', 'holidays') }}
