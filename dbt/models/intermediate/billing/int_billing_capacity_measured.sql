-- Energy in the hours of the capacity fee and in the other hours of the same working days, over the
-- days of the scope in a calendar month: of the distributor, or of interval data.
with scopes as (
    select
        scope_key,
        supply_point_id,
        min(period_from) as period_from,
        max(period_to) as period_to,
        bool_or(metering_mode in ('intervals', 'balanced')) as has_intervals
    from {{ ref('int_billing_scopes_cut') }}
    where capacity_mode = 'volumetric' and contract_kind = 'comprehensive'
    group by scope_key, supply_point_id
),

months as (
    select
        scopes.scope_key,
        scopes.supply_point_id,
        scopes.has_intervals,
        months.first_instant::date as month_start,
        greatest(scopes.period_from, months.first_instant::date) as first_day,
        least(scopes.period_to, (months.first_instant + interval '1 month')::date) as end_day
    from scopes
    cross join
        lateral generate_series(
            date_trunc('month', scopes.period_from::timestamp),
            (scopes.period_to - 1)::timestamp,
            interval '1 month'
        ) as months (first_instant)
),

used as (
    select
        months.scope_key,
        months.month_start,
        volumes.zone_code = 'capacity_hours' as is_capacity_hour,
        least(volumes.period_to, months.end_day)
        - greatest(volumes.period_from, months.first_day) as days,
        {{ even_share(
            'volumes.quantity', '(volumes.period_to - volumes.period_from)', 'volumes.period_from',
            'greatest(volumes.period_from, months.first_day)',
            'least(volumes.period_to, months.end_day)', '3') }} as energy_kwh
    from months
    inner join {{ ref('stg_operational__billed_volumes') }} as volumes
        on
            months.supply_point_id = volumes.supply_point_id
            and months.first_day < volumes.period_to
            and months.end_day > volumes.period_from
            and volumes.zone_code in ('capacity_hours', 'capacity_other_hours')
    where not months.has_intervals
    union all
    select
        months.scope_key,
        months.month_start,
        determinants.determinant = 'capacity_hours' as is_capacity_hour,
        months.end_day - months.first_day as days,
        determinants.quantity as energy_kwh
    from months
    inner join {{ ref('int_metering_determinants_needed') }} as determinants
        on
            months.supply_point_id = determinants.supply_point_id
            and months.first_day <= determinants.day
            and months.end_day > determinants.day
            and determinants.determinant in ('capacity_hours', 'capacity_other_hours')
    where months.has_intervals
)

select
    months.scope_key,
    months.month_start,
    months.first_day,
    months.end_day,
    sum(used.energy_kwh) filter (where used.is_capacity_hour) as capacity_kwh,
    sum(used.energy_kwh) filter (where not used.is_capacity_hour) as other_kwh,
    coalesce(sum(used.days) filter (where not used.is_capacity_hour), 0) as other_days
from months
inner join used
    on months.scope_key = used.scope_key and months.month_start = used.month_start
group by months.scope_key, months.month_start, months.first_day, months.end_day
