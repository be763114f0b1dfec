select
    determinants.id as interval_determinant_id,
    points.supply_point_id,
    determinants.supply_point_code,
    determinants.day,
    determinants.determinant,
    determinants.zone_set,
    determinants.zone_code,
    determinants.index_code,
    determinants.rank,
    determinants.quantity,
    determinants.unit,
    determinants.intervals,
    determinants.expected_intervals,
    determinants.estimated_intervals
from {{ known(source('lake', 'interval_determinants')) }} as determinants
inner join {{ ref('stg_operational__supply_points') }} as points
    on determinants.supply_point_code = points.code
