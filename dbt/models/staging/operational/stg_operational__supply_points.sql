select
    id as supply_point_id,
    code,
    medium,
    dso_code
from {{ known_since_creation(source('operational', 'supply_points')) }} as facts
