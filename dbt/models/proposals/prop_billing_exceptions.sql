select
    scope_key,
    supply_point_id,
    customer_id,
    code,
    severity,
    message,
    cure
from {{ ref('int_billing_exceptions_found') }}
