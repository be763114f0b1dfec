select
    readings.register_id,
    readings.supply_point_id,
    registers.zone_code,
    registers.unit,
    readings.reading_date as end_date,
    readings.reading_date - lag(readings.reading_date) over by_time as days,
    round(
        {{ register_difference(
            'lag(readings.value) over by_time', 'readings.value', 'registers.digits') }}
        * registers.multiplier, case when registers.unit = 'kwh' then 0 else 3 end
    ) as quantity
from {{ ref('stg_operational__readings') }} as readings
inner join {{ ref('stg_operational__registers') }} as registers
    on readings.register_id = registers.register_id
where
    readings.supply_point_id in (
        select gaps.supply_point_id from {{ ref('int_metering_gaps_found') }} as gaps
    )
    and (readings.kind not in ('estimated', 'substitute') or readings.reason <> 'periodic')
window by_time as (
    partition by readings.register_id, readings.supply_point_id order by readings.reading_date
)
