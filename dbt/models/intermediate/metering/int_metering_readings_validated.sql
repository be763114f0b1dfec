-- An estimate counts only while nothing actual is known at the same or a later date.
with readings as materialized (
    select
        readings.reading_id,
        readings.register_id,
        readings.supply_point_id,
        readings.reading_date,
        readings.value,
        readings.reason,
        readings.kind in ('estimated', 'substitute') as is_estimated,
        (
            readings.kind not in ('estimated', 'substitute') or readings.reason <> 'periodic'
        ) as is_actual,
        needs.load_from
    from {{ ref('stg_operational__readings') }} as readings
    inner join {{ ref('int_metering_needs_bounded') }} as needs
        on readings.supply_point_id = needs.supply_point_id
),

bounds as (
    select
        register_id,
        supply_point_id,
        max(reading_date) filter (where is_actual) as last_actual,
        max(reading_date) filter (where is_actual and reading_date <= load_from) as base_actual,
        max(reading_date) filter (where reading_date <= load_from) as base_any
    from readings
    group by register_id, supply_point_id
)

select
    readings.reading_id,
    readings.register_id,
    readings.supply_point_id,
    readings.reading_date,
    readings.value,
    readings.reason,
    readings.is_estimated
from readings
inner join bounds
    on
        readings.register_id = bounds.register_id
        and readings.supply_point_id = bounds.supply_point_id
where
    (readings.is_actual or bounds.last_actual is null or readings.reading_date > bounds.last_actual)
    and readings.reading_date >= coalesce(
        case
            when bounds.last_actual is null or bounds.base_any > bounds.last_actual
                then bounds.base_any
            else bounds.base_actual
        end,
        readings.reading_date
    )
