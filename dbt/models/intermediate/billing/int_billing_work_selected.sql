select distinct
    supply_point_id,
    {{ dawn() }} as dirty_from
from {{ ref('stg_operational__contract_supply_points') }}
