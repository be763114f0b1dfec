-- Capacity Market Act art. 70a: mean power in the hours of the fee against the other hours of the
-- same working days, over the days of the scope in a calendar month. Compared by products, since a
-- quotient would have to be rounded. Without the other hours nothing is known: no row, full fee.
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
),

sums as (
    select
        scope_key,
        month_start,
        sum(energy_kwh) filter (where is_capacity_hour) as capacity_kwh,
        sum(energy_kwh) filter (where not is_capacity_hour) as other_kwh,
        coalesce(sum(days) filter (where not is_capacity_hour), 0) as other_days
    from used
    group by scope_key, month_start
),

calendars as (
    select
        periods.first_day,
        periods.end_day,
        count(*) filter (
            where extract(isodow from days.instant) < 6 and holidays.holiday is null
        ) as working_days
    from (select distinct months.first_day, months.end_day from months) as periods
    cross join
        lateral generate_series(
            periods.first_day::timestamp, (periods.end_day - 1)::timestamp, interval '1 day'
        ) as days (instant)
    left join {{ ref('stg_operational__holidays') }} as holidays
        on days.instant::date = holidays.holiday
    group by periods.first_day, periods.end_day
),

measured as (
    select
        months.scope_key,
        months.month_start,
        months.first_day,
        sums.capacity_kwh,
        sums.other_kwh,
        calendars.working_days * (
            select sum(hours.hours)
            from {{ ref('stg_network__capacity_hours') }} as hours
            where hours.is_capacity_hour and months.first_day >= hours.valid_from
                and months.first_day < hours.valid_to
        ) as capacity_hours,
        calendars.working_days * (
            select sum(hours.hours)
            from {{ ref('stg_network__capacity_hours') }} as hours
            where not hours.is_capacity_hour and months.first_day >= hours.valid_from
                and months.first_day < hours.valid_to
        ) as other_hours
    from months
    inner join sums
        on months.scope_key = sums.scope_key and months.month_start = sums.month_start
    inner join calendars
        on months.first_day = calendars.first_day and months.end_day = calendars.end_day
    where sums.other_days >= months.end_day - months.first_day and sums.capacity_kwh is not null
)

select distinct on (measured.scope_key, measured.month_start)
    measured.scope_key,
    measured.month_start,
    classes.factor,
    jsonb_strip_nulls(jsonb_build_object(
        'class', classes.code,
        'class_id', classes.capacity_class_id,
        'capacity_kwh', measured.capacity_kwh,
        'capacity_hours', measured.capacity_hours,
        'other_kwh', measured.other_kwh,
        'other_hours', measured.other_hours,
        'share', case
            when round(measured.other_kwh / 1000, 3) > 0 and measured.capacity_hours > 0
                then round(
                    measured.capacity_kwh * measured.other_hours
                    / (measured.other_kwh * measured.capacity_hours) - 1, 6
                )
        end
    )) as capacity
from measured
inner join {{ ref('stg_network__capacity_classes') }} as classes
    on
        measured.first_day >= classes.valid_from
        and measured.first_day < classes.valid_to
        and case
            when round(measured.other_kwh / 1000, 3) = 0 then classes.is_without_other_hours
            else
                classes.share_from is null
                or measured.capacity_kwh * measured.other_hours
                >= measured.other_kwh * measured.capacity_hours * (1 + classes.share_from)
        end
order by
    measured.scope_key asc,
    measured.month_start asc,
    classes.share_from desc nulls last
