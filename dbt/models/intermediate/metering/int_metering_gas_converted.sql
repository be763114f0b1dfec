-- Cubic metres per calendar month, each with the conversion factor of its month, rounded to whole
-- kWh.
with flows as (
    select
        supply_point_id,
        zone_code,
        'registers' as metering_mode,
        starts,
        ends,
        ends as last_exact_day,
        quantity,
        ends - starts as of_days,
        0 as digits,
        is_estimated,
        follows_estimate,
        starts as estimated_since,
        is_negative,
        start_reading_id,
        end_reading_id,
        null::bigint as billed_volume_id,
        case when is_estimated then 'distributor_reading' end as method
    from {{ ref('int_metering_intervals_paired') }}
    where unit = 'm3'
    union all
    select
        supply_point_id,
        zone_code,
        'registers' as metering_mode,
        starts,
        (date_trunc('month', (ends - 1)::timestamp) + interval '1 month')::date as ends,
        null as last_exact_day,
        quantity,
        of_days,
        0 as digits,
        true as is_estimated,
        follows_estimate,
        estimated_since,
        false as is_negative,
        start_reading_id,
        null as end_reading_id,
        null as billed_volume_id,
        method
    from {{ ref('int_metering_gaps_estimated') }}
    where quantity_unit = 'm3'
    union all
    select
        volumes.supply_point_id,
        volumes.zone_code,
        'volumes' as metering_mode,
        volumes.period_from as starts,
        volumes.period_to as ends,
        volumes.period_to as last_exact_day,
        volumes.quantity,
        volumes.period_to - volumes.period_from as of_days,
        3 as digits,
        volumes.quality = 'estimated' as is_estimated,
        false as follows_estimate,
        volumes.period_from as estimated_since,
        false as is_negative,
        null as start_reading_id,
        null as end_reading_id,
        volumes.billed_volume_id,
        case when volumes.quality = 'estimated' then 'distributor_volume' end as method
    from {{ ref('stg_operational__billed_volumes') }} as volumes
    inner join {{ ref('int_metering_needs_bounded') }} as needs
        on volumes.supply_point_id = needs.supply_point_id
    where
        volumes.unit = 'm3'
        and volumes.period_to > needs.load_from
        and volumes.period_from < needs.needed_to
),

pieces as (
    select
        flows.*,
        greatest(flows.starts, months.first_instant::date) as piece_starts,
        least(flows.ends, (months.first_instant + interval '1 month')::date) as piece_ends
    from flows
    cross join lateral generate_series(
        date_trunc('month', flows.starts::timestamp),
        (flows.ends - 1)::timestamp,
        interval '1 month'
    ) as months (first_instant)
),

volumes_by_month as (
    select
        pieces.*,
        case
            when pieces.piece_ends = pieces.last_exact_day
                then
                    pieces.quantity - round(
                        pieces.quantity * (pieces.piece_starts - pieces.starts) / pieces.of_days,
                        pieces.digits
                    )
            else {{ even_share(
                'pieces.quantity', 'pieces.of_days', 'pieces.starts',
                'pieces.piece_starts', 'pieces.piece_ends', 'pieces.digits') }}
        end as volume_m3
    from pieces
)

select
    volumes_by_month.*,
    factors.gas_conversion_factor_id,
    factors.factor_kwh_per_m3,
    round(
        volumes_by_month.volume_m3 * factors.factor_kwh_per_m3, volumes_by_month.digits
    ) as energy_kwh
from volumes_by_month
left join {{ ref('stg_operational__supply_point_terms') }} as terms
    on
        volumes_by_month.supply_point_id = terms.supply_point_id
        and volumes_by_month.piece_starts >= terms.valid_from
        and volumes_by_month.piece_starts < terms.valid_to
left join {{ ref('stg_operational__gas_conversion_factors') }} as factors
    on
        terms.gas_area_code = factors.area_code
        and volumes_by_month.piece_starts >= factors.valid_from
        and volumes_by_month.piece_starts < factors.valid_to
