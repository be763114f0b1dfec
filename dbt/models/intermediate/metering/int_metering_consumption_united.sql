-- Share of a chunk on days [a, b) = round(quantity * (b - starts) / of_days) - round(quantity * (a
-- - starts) / of_days).
with flows as (
    select
        supply_point_id,
        zone_code,
        'registers' as metering_mode,
        starts,
        ends,
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
        case when is_estimated then 'distributor_reading' end as method,
        null::numeric as volume_m3,
        null::bigint as gas_conversion_factor_id
    from {{ ref('int_metering_intervals_paired') }}
    where unit = 'kwh'
    union all
    select
        supply_point_id,
        zone_code,
        'registers' as metering_mode,
        starts,
        ends,
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
        method,
        null as volume_m3,
        null as gas_conversion_factor_id
    from {{ ref('int_metering_gaps_estimated') }}
    where quantity_unit = 'kwh'
    union all
    select
        supply_point_id,
        zone_code,
        metering_mode,
        piece_starts as starts,
        piece_ends as ends,
        energy_kwh as quantity,
        piece_ends - piece_starts as of_days,
        digits,
        is_estimated,
        follows_estimate,
        estimated_since,
        is_negative,
        start_reading_id,
        end_reading_id,
        billed_volume_id,
        method,
        volume_m3,
        gas_conversion_factor_id
    from {{ ref('int_metering_gas_converted') }}
    union all
    select
        volumes.supply_point_id,
        volumes.zone_code,
        'volumes' as metering_mode,
        volumes.period_from as starts,
        volumes.period_to as ends,
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
        case when volumes.quality = 'estimated' then 'distributor_volume' end as method,
        null as volume_m3,
        null as gas_conversion_factor_id
    from {{ ref('stg_operational__billed_volumes') }} as volumes
    inner join {{ ref('int_metering_needs_bounded') }} as needs
        on volumes.supply_point_id = needs.supply_point_id
    where
        volumes.unit = 'kwh'
        and volumes.zone_code <> 'capacity_other_hours'
        and volumes.period_to > needs.load_from
        and volumes.period_from < needs.needed_to
    union all
    -- Energy of interval data is summed day by day elsewhere; here are the days it covers.
    select
        supply_point_id,
        zone_code,
        'intervals' as metering_mode,
        starts,
        ends,
        0 as quantity,
        ends - starts as of_days,
        3 as digits,
        is_estimated,
        false as follows_estimate,
        ends as estimated_since,
        false as is_negative,
        null as start_reading_id,
        null as end_reading_id,
        null as billed_volume_id,
        case when is_estimated then 'distributor_intervals' end as method,
        null as volume_m3,
        null as gas_conversion_factor_id
    from {{ ref('int_metering_interval_stretches_joined') }}
    union all
    -- Prosumers: what the hourly balance, or net-metering, leaves to bill.
    select
        supply_point_id,
        zone_code,
        'balanced' as metering_mode,
        starts,
        ends,
        quantity,
        ends - starts as of_days,
        digits,
        is_estimated,
        false as follows_estimate,
        starts as estimated_since,
        false as is_negative,
        null as start_reading_id,
        null as end_reading_id,
        null as billed_volume_id,
        null as method,
        null as volume_m3,
        null as gas_conversion_factor_id
    from {{ ref('int_billing_market_balanced') }}
)

select
    row_number() over () as chunk_id,
    flows.*
from flows
