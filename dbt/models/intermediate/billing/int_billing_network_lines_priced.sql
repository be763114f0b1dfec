-- Lines of network charges as they stand on the bill.
select
    scope_key,
    charge_code || '||' || to_char(period_from, 'YYYY-MM-DD') as line_key,
    supply_point_id,
    charge_code,
    'distribution' as section,
    '' as zone_code,
    period_from,
    period_to,
    case
        when told_amount is not null then 'pln'
        when charge_code = 'exceeded_power' then 'kw'
        else 'kvarh'
    end as unit,
    case when told_amount is null then quantity else 1 end as quantity,
    coalesce(told_amount, unit_price) as price,
    net_amount,
    vat_rate,
    0 as energy_kwh,
    is_estimated,
    sort_order,
    jsonb_strip_nulls(jsonb_build_object(
        'formula', case
            when told_amount is null and charge_code = 'reactive_inductive'
                then 'quantity * price * factor'
            else 'quantity * price'
        end,
        'factor', case
            when told_amount is null and charge_code = 'reactive_inductive' then factor
        end,
        'rate', case
            when told_amount is null and dso_rate_id is not null
                then jsonb_build_object('table', 'dso_rates', 'id', dso_rate_id)
        end,
        'vat_rate_id', vat_rate_id,
        'terms_id', supply_point_terms_id,
        'volumes', volumes,
        'network', jsonb_build_object(
            'origin', origin,
            'rule_id', network_rule_id,
            'quantity', quantity,
            'told_amount', told_amount,
            'own_amount', own_amount,
            'exceedance', case when charge_code = 'exceeded_power' then exceedance_rule end,
            'surpluses', surpluses,
            'k', case when charge_code like 'reactive%' then reactive_factor end,
            'crk', case when charge_code like 'reactive%' then reactive_price end,
            'active_kwh', case when charge_code = 'reactive_inductive' then active_kwh end,
            'tg_phi', case
                when charge_code = 'reactive_inductive' then trim_scale(round(tg_phi, 6))
            end,
            'tg_phi_limit', case when charge_code = 'reactive_inductive' then tg_phi_limit end
        )
    )) as calculation
from {{ ref('int_billing_network_priced') }}
where net_amount <> 0 or told_amount is not null
