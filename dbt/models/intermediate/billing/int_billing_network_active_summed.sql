-- Active energy of the days for which inductive reactive energy is settled.
with reactive as (
    select
        measured.*,
        months.supply_point_id,
        months.metering_mode
    from {{ ref('int_billing_network_measured') }} as measured
    inner join {{ ref('int_billing_network_months_found') }} as months
        on
            measured.scope_key = months.scope_key
            and measured.month_start = months.month_start
    where measured.charge_code = 'reactive_inductive'
),

parts as (
    select
        reactive.scope_key,
        reactive.month_start,
        {{ even_share(
            'chunks.quantity', 'chunks.of_days', 'chunks.starts',
            'greatest(reactive.period_from, chunks.starts)',
            'least(reactive.period_to, chunks.ends)', 'chunks.digits') }} as energy_kwh
    from reactive
    inner join {{ ref('int_metering_consumption_united') }} as chunks
        on
            reactive.supply_point_id = chunks.supply_point_id
            and reactive.metering_mode = chunks.metering_mode
            and reactive.period_from < chunks.ends
            and reactive.period_to > chunks.starts
    where
        chunks.zone_code <> 'capacity_hours'
        and chunks.metering_mode <> 'intervals'
    union all
    select
        reactive.scope_key,
        reactive.month_start,
        days.energy_kwh
    from reactive
    inner join {{ ref('int_metering_intervals_zoned') }} as days
        on
            reactive.supply_point_id = days.supply_point_id
            and reactive.period_from <= days.day
            and reactive.period_to > days.day
    where days.zone_code <> 'capacity_hours' and not starts_with(days.zone_code, 'seller:')
)

select
    scope_key,
    month_start,
    sum(energy_kwh) as active_kwh
from parts
group by scope_key, month_start
