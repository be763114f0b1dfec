-- Share of a chunk on days [a, b) = round(quantity * (b - starts) / of_days) - round(quantity * (a
-- - starts) / of_days).
with measured as (
    {{ metered_flows('kwh') }}
),

flows as (
    select
        measured.*,
        null::numeric as volume_m3,
        null::bigint as gas_conversion_factor_id
    from measured
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
    union all
    -- Forecasts are no use: they price instalments and never meet what was measured.
    select
        supply_point_id,
        zone_code,
        'forecast' as metering_mode,
        period_from as starts,
        period_to as ends,
        energy_kwh as quantity,
        period_to - period_from as of_days,
        0 as digits,
        false as is_estimated,
        false as follows_estimate,
        period_from as estimated_since,
        false as is_negative,
        null as start_reading_id,
        null as end_reading_id,
        null as billed_volume_id,
        'forecast_' || method as method,
        null as volume_m3,
        null as gas_conversion_factor_id
    from {{ ref('stg_operational__forecast_items') }}
)

select
    row_number() over () as chunk_id,
    flows.*
from flows
