select
    id as customer_id,
    customer_number,
    kind,
    name,
    customer_since
from {{ known_since_creation(source('operational', 'customers')) }} as facts
