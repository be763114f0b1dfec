-- What a statute let the seller claim: energy sold under a cap, by month of supply, as it stands
-- after all corrections.
with latest as (
    select distinct on (scope_id, line_key, vat_rate)
        scope_id,
        line_key,
        period_from,
        quantity_after,
        net_after,
        cap_id,
        cap_price,
        cap_contract_price,
        cap_difference
    from {{ ref('stg_operational__document_lines') }}
    order by scope_id asc, line_key asc, vat_rate asc, document_id desc
)

select
    {{ month_of('latest.period_from') }} as delivery_month,
    caps.price_cap_id,
    caps.scope as cap_scope,
    caps.category as cap_category,
    latest.cap_contract_price::numeric(18, 8) as contract_price,
    latest.cap_price::numeric(18, 8) as cap_price,
    count(*) as lines,
    sum(latest.quantity_after)::numeric(18, 3) as energy_kwh,
    sum(latest.net_after)::numeric(18, 2) as net_amount,
    sum(latest.cap_difference)::numeric(18, 2) as difference_amount
from latest
inner join {{ ref('stg_market__price_caps') }} as caps
    on latest.cap_id = caps.price_cap_id
where latest.quantity_after <> 0
group by
    delivery_month, caps.price_cap_id, caps.scope, caps.category, latest.cap_contract_price,
    latest.cap_price
