-- Lines that the price list alone does not give: energy by an index, energy under a cap,
-- discounts and services.
with dynamic as (
    select
        scope_key,
        segment_id,
        'energy_dynamic|' || '|' || to_char(period_from, 'YYYY-MM-DD') as line_key,
        supply_point_id,
        'energy_dynamic' as charge_code,
        '' as zone_code,
        period_from,
        period_to,
        'kwh' as unit,
        energy_kwh as quantity,
        case when energy_kwh <> 0 then amount / energy_kwh else 0 end as price,
        round(amount, 2) as net_amount,
        vat_rate,
        energy_kwh,
        estimated_intervals > 0 as is_estimated,
        jsonb_build_object(
            'formula', 'index_value * multiplier + quantity * (margin + excise)',
            'index', jsonb_build_object(
                'code', index_code, 'determinant', determinant_index, 'value', index_value,
                'intervals', intervals
            ),
            'days', daily, 'multiplier', multiplier, 'margin', margin, 'excise', excise,
            'rate', jsonb_build_object('table', 'price_formulas', 'id', price_formula_id),
            'vat_rate_id', vat_rate_id, 'excise_rate_id', excise_rate_id,
            'terms_id', supply_point_terms_id
        ) as calculation
    from {{ ref('int_billing_market_dynamic_priced') }}
    where vat_rate is not null and amount is not null
),

capped as (
    select
        scope_key,
        segment_id,
        charge_code || '|' || zone_code || '|' || to_char(period_from, 'YYYY-MM-DD')
        || case tier when 2 then '|above' else '' end as line_key,
        supply_point_id,
        charge_code,
        zone_code,
        period_from,
        period_to,
        'kwh' as unit,
        energy_kwh as quantity,
        price,
        round(energy_kwh * price, 2) as net_amount,
        vat_rate,
        energy_kwh,
        is_estimated,
        calculation || jsonb_build_object('cap', jsonb_strip_nulls(jsonb_build_object(
            'id', price_cap_id, 'price', cap_price, 'excise', excise, 'tier', tier,
            'contract_price', contract_price, 'limit_kwh', limit_kwh,
            'counted_kwh', case when limit_kwh is not null then counted_kwh end,
            'difference', round(energy_kwh * (contract_price - price), 2)
        ))) as calculation
    from {{ ref('int_billing_caps_applied') }}
),

components as (
    select
        scope_key,
        segment_id,
        kind || '|' || code || '|' || to_char(period_from, 'YYYY-MM-DD') || '|' || vat_rate
            as line_key,
        supply_point_id,
        case medium when 'gas' then 'gas_' else '' end
        || case when kind like 'discount%' then 'discount' else kind end as charge_code,
        '' as zone_code,
        period_from,
        period_to,
        unit,
        quantity,
        price,
        net_amount,
        vat_rate,
        0::numeric as energy_kwh,
        false as is_estimated,
        jsonb_strip_nulls(jsonb_build_object(
            'formula', case unit when 'month' then 'months * price' else 'quantity * price' end,
            'months', case
                when unit = 'month' then {{ months_of('period_from', 'period_to') }}
            end,
            'name_pl', name_pl, 'name_en', name_en,
            'rate', jsonb_build_object('table', 'contract_components', 'id', contract_component_id),
            'vat_rate_id', vat_rate_id, 'terms_id', supply_point_terms_id
        )) as calculation
    from {{ ref('int_billing_market_components_priced') }}
),

lines as (
    select * from dynamic
    union all
    select * from capped
    union all
    select * from components
)

select
    lines.*,
    charges.section,
    charges.sort_order
from lines
inner join {{ ref('stg_operational__charges') }} as charges
    on lines.charge_code = charges.code
