-- Months of scopes in which something other than kWh was told, with what is needed to price it: the
-- terms, the rule, the rate of power and the VAT of their last day.
with told as (
    select
        scopes.scope_key,
        scopes.supply_point_id,
        scopes.period_from,
        scopes.period_to,
        volumes.period_to - 1 as day
    from {{ ref('int_billing_scopes_due') }} as scopes
    inner join {{ ref('stg_operational__billed_volumes') }} as volumes
        on
            scopes.supply_point_id = volumes.supply_point_id
            and scopes.period_from < volumes.period_to
            and scopes.period_to >= volumes.period_to
            and volumes.unit in ('kvarh', 'kw', 'pln')
    where scopes.contract_kind = 'comprehensive' and not scopes.is_forecast
    union all
    select
        scopes.scope_key,
        scopes.supply_point_id,
        scopes.period_from,
        scopes.period_to,
        determinants.day
    from {{ ref('int_billing_scopes_due') }} as scopes
    inner join {{ ref('int_metering_determinants_needed') }} as determinants
        on
            scopes.supply_point_id = determinants.supply_point_id
            and scopes.period_from <= determinants.day
            and scopes.period_to > determinants.day
            and determinants.determinant in (
                'reactive_inductive', 'reactive_capacitive', 'peak_power'
            )
    where scopes.contract_kind = 'comprehensive' and not scopes.is_forecast
),

months as (
    select distinct
        scope_key,
        supply_point_id,
        date_trunc('month', day::timestamp)::date as month_start,
        greatest(period_from, date_trunc('month', day::timestamp)::date) as first_day,
        least(period_to, (date_trunc('month', day::timestamp) + interval '1 month')::date)
            as end_day
    from told
)

select
    months.scope_key,
    months.supply_point_id,
    months.month_start,
    months.first_day,
    months.end_day,
    segments.metering_mode,
    segments.supply_point_terms_id,
    segments.tariff_group,
    rules.network_rule_id,
    rules.reactive_factor,
    rules.reactive_price,
    least(rules.tg_phi_limit, segments.tg_phi_limit) as tg_phi_limit,
    rules.tg_phi_decimals,
    rules.exceedance_rule,
    rules.power_decimals,
    rules.tolerance_pln,
    rules.tolerance_share,
    power.dso_rate_id,
    power.price as power_price,
    vat.vat_rate_id,
    vat.rate as vat_rate
from months
inner join {{ ref('int_billing_scopes_cut') }} as segments
    on
        months.scope_key = segments.scope_key
        and months.end_day > segments.period_from
        and months.end_day <= segments.period_to
left join lateral (
    select *
    from {{ ref('stg_network__rules') }} as candidates
    where
        candidates.dso_code in ('', segments.dso_code)
        and starts_with(segments.tariff_group, candidates.tariff_prefix)
        and candidates.valid_from < months.end_day
        and candidates.valid_to >= months.end_day
    order by (candidates.dso_code <> '') desc, length(candidates.tariff_prefix) desc
    limit 1
) as rules on true
left join lateral (
    select
        rates.dso_rate_id,
        rates.price
    from {{ ref('stg_operational__dso_rates') }} as rates
    where
        rates.dso_code = segments.dso_code
        and rates.tariff_group = segments.tariff_group
        and rates.charge_code = 'network_fixed'
        and rates.unit = 'kw_month'
        and rates.valid_from < months.end_day
        and rates.valid_to >= months.end_day
    order by rates.settlement_months desc, rates.phases desc
    limit 1
) as power on true
left join {{ ref('stg_operational__vat_rates') }} as vat
    on
        segments.medium = vat.medium
        and months.end_day > vat.valid_from
        and months.end_day <= vat.valid_to
