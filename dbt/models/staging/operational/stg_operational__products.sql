select
    id as product_id,
    code,
    name,
    medium
from {{ known_since_creation(source('operational', 'products')) }} as facts
