select
    payment_id,
    customer_id,
    amount,
    booked_on,
    {{ month_of('booked_on') }} as booked_month,
    method,
    coalesce(matched_by, 'suspense') as matched_by,
    customer_id is null as is_in_suspense
from {{ ref('stg_operational__payments') }}
