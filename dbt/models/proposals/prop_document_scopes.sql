-- depends_on: {{ ref('prop_billing_exceptions') }}
-- depends_on: {{ ref('prop_deposit_lots') }}
-- depends_on: {{ ref('int_billing_scopes_due') }}
-- depends_on: {{ ref('int_billing_work_selected') }}
{{ config(
    meta={'delete_where': 'scope_key in ({{ scopes_to_replace() }})'},
    indexes=[{'columns': ['supply_point_id']}]
) }}
with lines as (
    select
        scope_key,
        sum(net_amount) as net_amount,
        sum(energy_kwh) as energy_kwh,
        count(*) as line_count,
        bool_or(is_estimated) as is_estimated,
        md5(string_agg(
            line_key || '|' || quantity || '|' || price || '|' || net_amount || '|' || vat_rate
            || '|' || energy_kwh || '|' || is_estimated,
            chr(10) order by line_key
        )) as fingerprint
    from {{ ref('prop_document_lines') }}
    where
        period_from >= '{{ first_replaced_day() }}'
        and scope_key in (select due.scope_key from {{ ref('int_billing_scopes_due') }} as due)
    group by scope_key
)

select
    scopes.scope_key,
    scopes.contract_id,
    scopes.supply_point_id,
    scopes.customer_id,
    scopes.cycle_start,
    scopes.period_from,
    scopes.period_to,
    scopes.is_forecast,
    case
        when scopes.is_forecast
            then
                'forecast:' || scopes.contract_id || ':' || scopes.supply_point_id || ':'
                || scopes.block_from
        when scopes.invoicing_rule = 'per_contract'
            then 'contract:' || scopes.contract_id || ':' || scopes.cycle_start
        when scopes.invoicing_rule = 'per_customer'
            then 'customer:' || scopes.customer_id || ':' || scopes.cycle_start
        else 'sp:' || scopes.scope_key
    end as group_key,
    scopes.payment_term_days::integer as payment_term_days,
    coalesce(lines.net_amount, 0)::numeric(18, 2) as net_amount,
    coalesce(lines.energy_kwh, 0)::numeric(18, 3) as energy_kwh,
    coalesce(lines.line_count, 0)::integer as line_count,
    coalesce(lines.is_estimated, false) as is_estimated,
    scopes.is_billable,
    case when scopes.is_billable then lines.fingerprint end as fingerprint
from {{ ref('int_billing_scopes_judged') }} as scopes
left join lines on scopes.scope_key = lines.scope_key
