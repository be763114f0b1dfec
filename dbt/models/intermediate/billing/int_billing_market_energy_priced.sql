-- Energy lines of the segments whose contract has a discount on energy, as they will stand on the
-- document.
with discounted as (
    select distinct terms.contract_terms_id
    from {{ ref('stg_market__contract_components') }} as components
    inner join {{ ref('stg_operational__contract_terms') }} as terms
        on components.contract_id = terms.contract_id
    where components.kind in ('discount_kwh', 'discount_percent')
),

segments as (
    select segments.*
    from {{ ref('int_billing_scopes_cut') }} as segments
    where
        segments.contract_terms_id in (select discounted.contract_terms_id from discounted)
)

select
    segments.segment_id,
    rates.period_from,
    rates.period_to,
    rates.vat_rate_id,
    rates.vat_rate,
    quantities.energy_kwh,
    round(quantities.energy_kwh * rates.price * rates.factor, 2) as net_amount
from segments
inner join {{ ref('int_billing_profiles_grouped') }} as profiles
    on segments.segment_id = profiles.segment_id
inner join {{ ref('int_billing_rates_merged') }} as rates
    on profiles.profile_id = rates.profile_id and rates.charge_code in ('energy_active', 'gas_fuel')
inner join {{ ref('int_billing_quantities_measured') }} as quantities
    on
        segments.segment_id = quantities.segment_id
        and rates.period_from = quantities.period_from
        and rates.period_to = quantities.period_to
        and rates.quantity_zone_code = quantities.zone_code
left join {{ ref('int_billing_caps_applied') }} as capped
    on
        segments.segment_id = capped.segment_id
        and rates.period_from = capped.period_from
        and rates.zone_code = capped.zone_code
where rates.rate_id is not null and capped.segment_id is null
union all
select
    segments.segment_id,
    capped.period_from,
    capped.period_to,
    capped.vat_rate_id,
    capped.vat_rate,
    capped.energy_kwh,
    round(capped.energy_kwh * capped.price, 2) as net_amount
from segments
inner join {{ ref('int_billing_caps_applied') }} as capped
    on segments.segment_id = capped.segment_id
union all
select
    segments.segment_id,
    dynamic.period_from,
    dynamic.period_to,
    dynamic.vat_rate_id,
    dynamic.vat_rate,
    dynamic.energy_kwh,
    round(dynamic.amount, 2) as net_amount
from segments
inner join {{ ref('int_billing_market_dynamic_priced') }} as dynamic
    on segments.segment_id = dynamic.segment_id
