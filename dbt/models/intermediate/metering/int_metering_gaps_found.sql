with last_readings as (
    select distinct on (register_id, supply_point_id)
        register_id,
        supply_point_id,
        reading_id,
        reading_date,
        reason,
        is_estimated
    from {{ ref('int_metering_readings_validated') }}
    order by register_id, supply_point_id, reading_date desc
)

select
    last_readings.register_id,
    last_readings.supply_point_id,
    last_readings.reading_id,
    last_readings.reading_date,
    last_readings.is_estimated as follows_estimate,
    registers.zone_code,
    registers.unit,
    registers.meter_id,
    least(installations.valid_to, needs.needed_to) as ends
from {{ ref('int_metering_needs_bounded') }} as needs
inner join last_readings
    on needs.supply_point_id = last_readings.supply_point_id
inner join {{ ref('stg_operational__registers') }} as registers
    on last_readings.register_id = registers.register_id
inner join {{ ref('stg_operational__meter_installations') }} as installations
    on
        needs.supply_point_id = installations.supply_point_id
        and registers.meter_id = installations.meter_id
where
    last_readings.reason <> 'removal'
    and last_readings.reading_date + 1 < least(installations.valid_to, needs.needed_to)
    and last_readings.reading_date + 1 < installations.valid_to
