select
    customer_id,
    customer_number,
    kind as customer_kind,
    name as customer_name,
    customer_since
from {{ ref('stg_operational__customers') }}
