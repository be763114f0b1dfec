-- The method of the gap is the first that has its data; last year's days give way to the next
-- method where they end.
with months as (
    select
        reading_id,
        min(starts) as starts,
        min(starts) filter (where last_year_quantity is null) as missing_year_from,
        bool_and(weight is not null) as has_profile
    from {{ ref('int_metering_gap_months_estimated') }}
    group by reading_id
),

tried as (
    select
        rules.*,
        histories.quantity as history_quantity,
        histories.days as history_days,
        months.missing_year_from,
        case rules.method
            when 'same_period_last_year'
                then
                    histories.history_days >= rules.minimum_days
                    and (months.missing_year_from is distinct from months.starts)
            when 'average_daily' then histories.days >= rules.minimum_days
            when 'load_profile' then months.has_profile and rules.annual_kwh is not null
            else rules.annual_kwh is not null
        end as is_possible
    from {{ ref('int_metering_estimation_methods_chosen') }} as rules
    inner join {{ ref('int_metering_gap_histories_summed') }} as histories
        on rules.reading_id = histories.reading_id
    inner join months on rules.reading_id = months.reading_id
),

ordered as (
    select
        tried.*,
        row_number() over (partition by reading_id order by rank) as choice,
        row_number() over (
            partition by reading_id, method = 'same_period_last_year' order by rank
        ) as choice_of_kind
    from tried
    where is_possible
),

firsts as (
    select
        reading_id,
        method = 'same_period_last_year' as begins_with_last_year,
        missing_year_from
    from ordered
    where choice = 1
)

select
    firsts.reading_id,
    firsts.begins_with_last_year,
    firsts.missing_year_from,
    ordered.method,
    ordered.is_seasonal,
    ordered.history_quantity,
    ordered.history_days,
    ordered.annual_kwh
from firsts
left join ordered
    on
        firsts.reading_id = ordered.reading_id
        and ordered.method <> 'same_period_last_year'
        and ordered.choice_of_kind = 1
