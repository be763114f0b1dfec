with pairs as (
    select
        register_id,
        supply_point_id,
        reading_date as end_date,
        reading_id as end_reading_id,
        value as end_value,
        reason as end_reason,
        is_estimated,
        lag(reading_date) over by_time as start_date,
        lag(reading_id) over by_time as start_reading_id,
        lag(value) over by_time as start_value,
        coalesce(lag(is_estimated) over by_time, false) as follows_estimate
    from {{ ref('int_metering_readings_validated') }}
    window by_time as (partition by register_id, supply_point_id order by reading_date)
),

measured as (
    select
        pairs.*,
        registers.zone_code,
        registers.unit,
        registers.multiplier,
        {{ register_difference(
            'pairs.start_value', 'pairs.end_value', 'registers.digits') }} as difference
    from pairs
    inner join {{ ref('stg_operational__registers') }} as registers
        on pairs.register_id = registers.register_id
    where pairs.start_date is not null
)

select
    register_id,
    supply_point_id,
    zone_code,
    unit,
    start_date + 1 as starts,
    end_date + 1 as ends,
    start_reading_id,
    end_reading_id,
    start_value,
    end_value,
    is_estimated,
    follows_estimate,
    difference < 0 as is_negative,
    round(difference * multiplier, case when unit = 'kwh' then 0 else 3 end) as quantity
from measured
