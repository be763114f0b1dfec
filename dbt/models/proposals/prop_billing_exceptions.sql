-- depends_on: {{ ref('int_billing_scopes_due') }}
-- depends_on: {{ ref('int_billing_work_selected') }}
{{ config(meta={'delete_where': 'scope_key in ({{ scopes_to_replace() }})'}) }}
select
    scope_key,
    supply_point_id,
    customer_id,
    code,
    severity,
    message,
    cure
from {{ ref('int_billing_exceptions_found') }}
