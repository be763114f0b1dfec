select
    id as write_off_id,
    customer_id,
    kind as write_off_kind,
    is_credit,
    amount,
    status as write_off_status,
    decided_on
from {{ source('operational', 'write_offs') }}
