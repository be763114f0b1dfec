-- kWh per segment, stretch with one rate and zone (zone '' = all energy zones together).
with stretches as (
    select distinct
        profile_id,
        period_from,
        period_to
    from {{ ref('int_billing_rates_merged') }}
    where unit = 'kwh'
),

-- Each zone counts for itself and, if it is energy, for all zones together.
counted_zones as (
    select distinct
        zone_code,
        zone_code as counted_zone_code
    from {{ ref('int_metering_consumption_united') }}
    union all
    select distinct
        zone_code,
        '' as counted_zone_code
    from {{ ref('int_metering_consumption_united') }}
    where zone_code <> 'capacity_hours' and not starts_with(zone_code, 'seller:')
),

shares as (
    select
        profiles.segment_id,
        segments.supply_point_terms_id,
        stretches.period_from,
        stretches.period_to,
        chunks.*,
        zones.counted_zone_code,
        {{ even_share(
            'chunks.quantity', 'chunks.of_days', 'chunks.starts',
            'greatest(stretches.period_from, chunks.starts)',
            'least(stretches.period_to, chunks.ends)', 'chunks.digits') }} as energy_kwh,
        least(stretches.period_to, chunks.ends)
        - greatest(stretches.period_from, chunks.starts) as days
    from {{ ref('int_billing_profiles_grouped') }} as profiles
    inner join stretches
        on profiles.profile_id = stretches.profile_id
    inner join {{ ref('int_billing_scopes_cut') }} as segments
        on profiles.segment_id = segments.segment_id
    inner join {{ ref('int_metering_consumption_united') }} as chunks
        on
            segments.supply_point_id = chunks.supply_point_id
            and stretches.period_from < chunks.ends
            and stretches.period_to > chunks.starts
            and chunks.metering_mode <> 'intervals'
            and (
                segments.metering_mode = chunks.metering_mode
                or (
                    chunks.zone_code = 'capacity_hours'
                    and chunks.metering_mode = 'volumes'
                    and segments.metering_mode <> 'intervals'
                )
            )
    inner join counted_zones as zones
        on chunks.zone_code = zones.zone_code
),

described as (
    select
        shares.*,
        case
            when start_reading_id is not null
                then jsonb_build_array(start_reading_id, end_reading_id)
        end as reading_pair,
        case
            when method is not null
                then jsonb_build_object(
                    'method', method, 'daily_kwh', round(quantity / of_days, 3)
                )
        end as estimate,
        case
            when volume_m3 is not null
                then jsonb_build_object(
                    'm3', volume_m3, 'factor_id', gas_conversion_factor_id, 'kwh', quantity
                )
        end as gas,
        case
            when method is null and days < ends - starts
                then jsonb_build_object(
                    'days', days, 'of_days', ends - starts, 'interval_kwh', quantity
                )
        end as split
    from shares
)

select
    segment_id,
    period_from,
    period_to,
    counted_zone_code as zone_code,
    sum(energy_kwh) as energy_kwh,
    bool_or(is_estimated) as is_estimated,
    jsonb_strip_nulls(jsonb_build_object(
        'readings', jsonb_agg(reading_pair order by starts, zone_code)
        filter (where reading_pair is not null),
        'volumes', jsonb_agg(billed_volume_id order by starts, zone_code)
        filter (where billed_volume_id is not null),
        'estimate', jsonb_agg(estimate order by starts, zone_code)
        filter (where estimate is not null) -> 0,
        'estimated_kwh', sum(energy_kwh) filter (where method is not null),
        'gas', jsonb_agg(gas order by starts, zone_code) filter (where gas is not null),
        'split', jsonb_agg(split order by starts, zone_code) filter (where split is not null) -> 0,
        'terms_id', supply_point_terms_id
    )) as calculation
from described
group by segment_id, supply_point_terms_id, period_from, period_to, counted_zone_code
union all
select
    segment_id,
    period_from,
    period_to,
    zone_code,
    energy_kwh,
    is_estimated,
    calculation
from {{ ref('int_billing_intervals_measured') }}
