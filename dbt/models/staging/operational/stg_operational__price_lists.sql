select
    id as price_list_id,
    code,
    name,
    product_id
from {{ known_since_creation(source('operational', 'price_lists')) }} as facts
