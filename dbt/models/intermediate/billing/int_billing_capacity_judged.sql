-- Capacity Market Act art. 70a: mean power in the hours of the fee against the other hours of the
-- same working days. Compared by products, since a quotient would have to be rounded. Without the
-- other hours nothing is known: no row, full fee.
with periods as (
    select distinct
        first_day,
        end_day
    from {{ ref('int_billing_capacity_measured') }}
),

calendars as (
    select
        periods.first_day,
        periods.end_day,
        count(*) filter (
            where extract(isodow from days.instant) < 6 and holidays.holiday is null
        ) as working_days
    from periods
    cross join
        lateral generate_series(
            periods.first_day::timestamp, (periods.end_day - 1)::timestamp, interval '1 day'
        ) as days (instant)
    left join {{ ref('stg_operational__holidays') }} as holidays
        on days.instant::date = holidays.holiday
    group by periods.first_day, periods.end_day
),

hours as (
    select
        calendars.first_day,
        calendars.end_day,
        sum(masks.hours * calendars.working_days) filter (where masks.is_capacity_hour)
            as capacity_hours,
        sum(masks.hours * calendars.working_days) filter (where not masks.is_capacity_hour)
            as other_hours
    from calendars
    inner join {{ ref('stg_network__capacity_hours') }} as masks
        on
            calendars.first_day >= masks.valid_from
            and calendars.first_day < masks.valid_to
    group by calendars.first_day, calendars.end_day
),

measured as (
    select
        sums.*,
        hours.capacity_hours,
        hours.other_hours
    from {{ ref('int_billing_capacity_measured') }} as sums
    inner join hours
        on sums.first_day = hours.first_day and sums.end_day = hours.end_day
    where sums.other_days >= sums.end_day - sums.first_day and sums.capacity_kwh is not null
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
