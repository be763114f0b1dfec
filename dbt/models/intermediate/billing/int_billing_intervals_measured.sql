-- kWh of interval data per segment, stretch with one rate and zone: the days as they were, never a
-- share of a longer quantity.
with stretches as (
    select distinct
        profile_id,
        period_from,
        period_to
    from {{ ref('int_billing_rates_merged') }}
    where unit = 'kwh'
),

days as (
    select
        segments.segment_id,
        segments.supply_point_terms_id,
        stretches.period_from,
        stretches.period_to,
        zoned.day,
        zoned.zone_code,
        zoned.energy_kwh,
        zoned.is_estimated
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join {{ ref('int_billing_profiles_grouped') }} as profiles
        on segments.segment_id = profiles.segment_id
    inner join stretches
        on profiles.profile_id = stretches.profile_id
    inner join {{ ref('int_metering_intervals_zoned') }} as zoned
        on
            segments.supply_point_id = zoned.supply_point_id
            and zoned.day >= stretches.period_from
            and zoned.day < stretches.period_to
    where segments.metering_mode = 'intervals'
),

-- Each zone counts for itself and, if it is energy of the distributor's zones, for all together.
sums as (
    select
        segment_id,
        supply_point_terms_id,
        period_from,
        period_to,
        zone_code,
        sum(energy_kwh) as energy_kwh,
        sum(energy_kwh) filter (where is_estimated) as estimated_kwh,
        bool_or(is_estimated) as is_estimated
    from days
    group by segment_id, supply_point_terms_id, period_from, period_to, zone_code
    union all
    select
        segment_id,
        supply_point_terms_id,
        period_from,
        period_to,
        '' as zone_code,
        sum(energy_kwh) as energy_kwh,
        sum(energy_kwh) filter (where is_estimated) as estimated_kwh,
        bool_or(is_estimated) as is_estimated
    from days
    where zone_code <> 'capacity_hours' and not starts_with(zone_code, 'seller:')
    group by segment_id, supply_point_terms_id, period_from, period_to
)

select
    segment_id,
    period_from,
    period_to,
    zone_code,
    energy_kwh,
    is_estimated,
    jsonb_strip_nulls(jsonb_build_object(
        'intervals', jsonb_build_object(
            'from', period_from, 'to', period_to, 'days', period_to - period_from
        ),
        'estimate', case
            when is_estimated
                then jsonb_build_object(
                    'method', 'distributor_intervals',
                    'daily_kwh', round(energy_kwh / (period_to - period_from), 3)
                )
        end,
        'estimated_kwh', estimated_kwh,
        'terms_id', supply_point_terms_id
    )) as calculation
from sums
