select
    payment_id,
    customer_id,
    amount,
    booked_on,
    {{ month_of('booked_on') }} as booked_month,
    method,
    coalesce(matched_by, 'suspense') as matched_by,
    reversed_on,
    reversed_on is not null as is_reversed,
    customer_id is null and reversed_on is null as is_in_suspense
from {{ ref('stg_operational__payments') }}
