select
    id as register_id,
    meter_id,
    zone_code,
    unit,
    digits,
    multiplier
from {{ source('operational', 'registers') }}
-- The register of the total is compared with the zones (rule V5) and never billed.
where zone_code <> 'total'
