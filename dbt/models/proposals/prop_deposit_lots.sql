-- depends_on: {{ ref('int_billing_scopes_due') }}
-- depends_on: {{ ref('int_billing_work_selected') }}
{{ config(meta={'delete_where': 'scope_key in ({{ scopes_to_replace() }})'}) }}
select
    scope_key,
    feed_in_month,
    supply_point_id,
    customer_id,
    price_kind,
    status,
    fed_kwh::numeric(18, 3) as fed_kwh,
    price_pln_per_mwh::numeric(12, 4) as price_pln_per_mwh,
    market_month_price_id,
    fed_value::numeric(18, 2) as fed_value,
    uplift::numeric(6, 4) as uplift,
    credited::numeric(18, 2) as credited,
    assigned_on,
    (assigned_on + make_interval(months => life_months))::date as expires_on,
    refund_share::numeric(6, 4) as refund_share
from {{ ref('int_billing_deposits_valued') }}
