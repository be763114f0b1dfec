select
    id as contract_id,
    number,
    customer_id,
    kind
from {{ known_since_creation(source('operational', 'contracts')) }} as facts
