select
    id as refund_id,
    customer_id,
    amount,
    status as refund_status,
    requested_on,
    decided_on
from {{ source('operational', 'refunds') }}
