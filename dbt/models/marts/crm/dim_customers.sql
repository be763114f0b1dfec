select
    customer_id,
    customer_number,
    customer_kind,
    customer_name,
    invoice_channel,
    customer_since
from {{ ref('stg_operational__customers') }}
