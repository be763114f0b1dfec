with gaps as (
    select
        rates.profile_id,
        rates.charge_code,
        rates.zone_code,
        rates.period_from,
        rates.period_to,
        rates.dso_code,
        rates.tariff_group,
        lists.code as price_list_code,
        rates.medium,
        case
            when rates.rate_id is null and rates.rate_source = 'price_list' then 'missing_price'
            when rates.rate_id is null and rates.rate_source = 'dso' then 'missing_dso_rate'
            when rates.rate_id is null then 'missing_statutory_rate'
            else 'missing_vat_rate'
        end as code
    from {{ ref('int_billing_rates_merged') }} as rates
    inner join {{ ref('stg_operational__price_lists') }} as lists
        on rates.price_list_id = lists.price_list_id
    where rates.rate_id is null or rates.vat_rate_id is null
),

found as (
    select
        segments.scope_key,
        gaps.code,
        gaps.charge_code || coalesce(', zone ' || nullif(gaps.zone_code, ''), '') as charge,
        case gaps.code
            when 'missing_price' then 'price list ' || gaps.price_list_code
            when 'missing_dso_rate' then 'tariff of distributor ' || gaps.dso_code
            when 'missing_statutory_rate' then 'statutory rates'
            else 'VAT rates of ' || gaps.medium
        end as place,
        gaps.tariff_group,
        gaps.period_from,
        gaps.period_to
    from gaps
    inner join {{ ref('int_billing_profiles_grouped') }} as profiles
        on gaps.profile_id = profiles.profile_id
    inner join {{ ref('int_billing_scopes_cut') }} as segments
        on profiles.segment_id = segments.segment_id
    union all
    select
        segments.scope_key,
        'missing_contracted_power' as code,
        rates.charge_code as charge,
        'terms of the supply point' as place,
        segments.tariff_group,
        rates.period_from,
        rates.period_to
    from {{ ref('int_billing_rates_merged') }} as rates
    inner join {{ ref('int_billing_profiles_grouped') }} as profiles
        on rates.profile_id = profiles.profile_id
    inner join {{ ref('int_billing_scopes_cut') }} as segments
        on profiles.segment_id = segments.segment_id
    where rates.unit in ('kw_month', 'kw_hour') and segments.contracted_power_kw is null
    union all
    select
        segments.scope_key,
        'missing_charges' as code,
        'any charge of ' || segments.medium as charge,
        'the list of charges' as place,
        segments.tariff_group,
        segments.period_from,
        segments.period_to
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join {{ ref('int_billing_profiles_grouped') }} as profiles
        on segments.segment_id = profiles.segment_id
    where
        profiles.zone_codes <> '{}'
        and profiles.profile_id not in (
            select rates.profile_id from {{ ref('int_billing_rates_merged') }} as rates
        )
        and segments.segment_id not in (
            select dynamic.segment_id
            from {{ ref('int_billing_market_dynamic_priced') }} as dynamic
        )
)

select
    scope_key,
    code,
    charge,
    place,
    tariff_group,
    period_from,
    period_to
from found
