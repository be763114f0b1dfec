-- The days that a new, changed or withdrawn reading touches begin after the last actual reading
-- before it.
with dirty_readings as (
    select
        changed.owner_id as supply_point_id,
        changed.first_day,
        readings.register_id
    from {{ ref('int_billing_facts_changed') }} as changed
    inner join {{ source('operational', 'readings') }} as readings
        on changed.fact_id = readings.id
    where changed.fact = 'reading'{% if is_full() %} and false{% endif %}
),

first_dirty_readings as (
    select
        register_id,
        supply_point_id,
        min(first_day) as first_day
    from dirty_readings
    group by register_id, supply_point_id
)

select
    first_dirty.supply_point_id,
    coalesce(
        max(readings.reading_date) filter (
            where readings.reading_date < first_dirty.first_day
            and (
                readings.kind not in ('estimated', 'substitute') or readings.reason <> 'periodic'
            )
        ) + 1,
        {{ dawn() }}
    ) as dirty_from
from first_dirty_readings as first_dirty
left join {{ ref('stg_operational__readings') }} as readings
    on
        first_dirty.register_id = readings.register_id
        and first_dirty.supply_point_id = readings.supply_point_id
group by first_dirty.register_id, first_dirty.supply_point_id
