-- Stretches of energy lines in which a cap of the customer's scope, or of what was declared for
-- the point, may hold.
select
    segments.segment_id,
    segments.scope_key,
    segments.supply_point_id,
    segments.customer_id,
    segments.supply_point_terms_id,
    rates.*,
    quantities.energy_kwh,
    quantities.is_estimated,
    quantities.calculation as quantity_calculation,
    first_caps.price_cap_id,
    first_caps.annual_limit_kwh,
    first_caps.valid_from as cap_from,
    first_caps.valid_to as cap_to,
    coalesce(excise.price_pln_per_kwh, 0) as excise,
    first_caps.price as cap_price,
    second_caps.price_cap_id as above_cap_id,
    second_caps.price as above_cap_price
from {{ ref('int_billing_rates_merged') }} as rates
inner join {{ ref('int_billing_profiles_grouped') }} as profiles
    on rates.profile_id = profiles.profile_id
inner join {{ ref('int_billing_scopes_cut') }} as segments
    on profiles.segment_id = segments.segment_id
inner join {{ ref('int_billing_quantities_measured') }} as quantities
    on
        segments.segment_id = quantities.segment_id
        and rates.period_from = quantities.period_from
        and rates.period_to = quantities.period_to
        and rates.quantity_zone_code = quantities.zone_code
left join {{ ref('stg_market__cap_declarations') }} as declarations
    on
        segments.supply_point_id = declarations.supply_point_id
        and rates.period_from >= declarations.valid_from
        and rates.period_from < declarations.valid_to
cross join
    lateral (
        select caps.*
        from {{ ref('stg_market__price_caps') }} as caps
        where
            segments.customer_class = caps.scope
            and caps.tier = 1
            and rates.period_from >= caps.valid_from
            and rates.period_from < caps.valid_to
            and (
                caps.category = declarations.category
                or not caps.needs_declaration
            )
        order by (caps.category = declarations.category) desc nulls last
        limit 1
    ) as first_caps
left join {{ ref('stg_market__price_caps') }} as second_caps
    on
        first_caps.scope = second_caps.scope
        and first_caps.category = second_caps.category
        and second_caps.tier = 2
        and rates.period_from >= second_caps.valid_from
        and rates.period_from < second_caps.valid_to
left join {{ ref('stg_operational__excise_rates') }} as excise
    on rates.excise_rate_id = excise.excise_rate_id
where
    rates.cap_key <> ''
    -- The yearly counter of a cap counts what was really used.
    and segments.metering_mode <> 'forecast'
    and rates.rate_id is not null
