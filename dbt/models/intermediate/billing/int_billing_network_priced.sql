-- Reactive energy above tg phi: k * Crk * (sqrt((1 + tg^2) / (1 + limit^2)) - 1) * A, written as
-- kvarh * price * factor, where price = k * Crk and factor = (sqrt(...) - 1) * A / kvarh; without
-- active energy every kvarh is charged. The distributor's amount is billed when there is one; ours
-- stands beside it.
with prepared as (
    select
        measured.*,
        months.supply_point_id,
        months.supply_point_terms_id,
        months.network_rule_id,
        months.exceedance_rule,
        months.tolerance_pln,
        months.tolerance_share,
        months.tg_phi_limit,
        months.reactive_factor,
        months.reactive_price,
        months.vat_rate_id,
        months.vat_rate,
        case when measured.charge_code = 'exceeded_power' then months.dso_rate_id end
            as dso_rate_id,
        case measured.charge_code
            when 'exceeded_power' then months.power_price
            else months.reactive_factor * months.reactive_price
        end as unit_price,
        coalesce(active.active_kwh, 0) as active_kwh,
        case
            when months.tg_phi_decimals is null
                then measured.quantity::numeric(60, 30) / nullif(active.active_kwh, 0)
            else round(measured.quantity / nullif(active.active_kwh, 0), months.tg_phi_decimals)
        end as tg_phi
    from {{ ref('int_billing_network_measured') }} as measured
    inner join {{ ref('int_billing_network_months_found') }} as months
        on
            measured.scope_key = months.scope_key
            and measured.month_start = months.month_start
    left join {{ ref('int_billing_network_active_summed') }} as active
        on
            measured.charge_code = 'reactive_inductive'
            and measured.scope_key = active.scope_key
            and measured.month_start = active.month_start
),

charged as (
    select
        prepared.*,
        case
            when charge_code <> 'reactive_inductive' or active_kwh = 0 then 1
            when tg_phi <= tg_phi_limit then 0
            else round(
                (
                    sqrt((1 + tg_phi * tg_phi)::numeric(60, 30) / (1 + tg_phi_limit * tg_phi_limit))
                    - 1
                ) * active_kwh / quantity, 24
            )
        end as factor
    from prepared
),

counted as (
    select
        charged.*,
        round(quantity * unit_price * factor, 2) as own_amount
    from charged
)

select
    counted.*,
    coalesce(told_amount, own_amount) as net_amount,
    case
        when coalesce(told_amount, own_amount) is null then 'missing_network_rule'
        when
            abs(told_amount - own_amount)
            > greatest(tolerance_pln, tolerance_share * abs(own_amount))
            then 'dso_amount_differs'
    end as code,
    case
        when own_amount is null and quantity is not null and told_amount is null then 'unknown'
        when told_amount is not null then 'distributor_amount'
        when is_told then 'distributor_quantity'
        else 'intervals'
    end as origin
from counted
