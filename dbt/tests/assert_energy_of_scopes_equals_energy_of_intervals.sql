-- Conservation: over the days of a point's due scopes, energy sold = energy measured or estimated
-- on those days.
-- Computed without cuts, profiles or rates, so an error in the cutting cannot hide. Points with a
-- blocked scope wait.
with points as (
    select
        supply_point_id,
        min(period_from) as starts,
        max(period_to) as ends
    from {{ ref('int_billing_scopes_judged') }}
    where not is_forecast
    group by supply_point_id
    having
        bool_and(is_billable)
        and sum(period_to - period_from) = max(period_to) - min(period_from)
),

modes as (
    select
        supply_point_id,
        min(metering_mode) as metering_mode
    from {{ ref('int_billing_scopes_cut') }}
    where metering_mode <> 'forecast'
    group by supply_point_id
    having min(metering_mode) = max(metering_mode)
),

metered as (
    select
        points.supply_point_id,
        sum({{ even_share(
            'chunks.quantity', 'chunks.of_days', 'chunks.starts',
            'greatest(points.starts, chunks.starts)',
            'least(points.ends, chunks.ends)', 'chunks.digits') }}) as energy_kwh
    from points
    inner join modes on points.supply_point_id = modes.supply_point_id
    inner join {{ ref('int_metering_consumption_united') }} as chunks
        on
            points.supply_point_id = chunks.supply_point_id
            and modes.metering_mode = chunks.metering_mode
            and points.starts < chunks.ends
            and points.ends > chunks.starts
    where chunks.zone_code <> 'capacity_hours' and chunks.metering_mode <> 'intervals'
    group by points.supply_point_id
    union all
    -- The sum of the days without any mask.
    select
        points.supply_point_id,
        sum(round(days.quantity, 3)) as energy_kwh
    from points
    inner join modes
        on points.supply_point_id = modes.supply_point_id and modes.metering_mode = 'intervals'
    inner join {{ ref('int_metering_determinants_needed') }} as days
        on
            points.supply_point_id = days.supply_point_id
            and points.starts <= days.day
            and points.ends > days.day
            and days.determinant = 'energy'
            and days.zone_set = 'all'
    group by points.supply_point_id
),

billed as (
    select
        kept.supply_point_id,
        sum(kept.energy_kwh) as energy_kwh
    from {{ ref('prop_document_scopes') }} as kept
    inner join {{ ref('int_billing_scopes_due') }} as due
        on kept.scope_key = due.scope_key
    where not due.is_forecast
    group by kept.supply_point_id
)

select
    metered.supply_point_id,
    metered.energy_kwh as metered_kwh,
    billed.energy_kwh as billed_kwh
from metered
left join billed on metered.supply_point_id = billed.supply_point_id
where metered.energy_kwh is distinct from billed.energy_kwh
