-- Each month of a gap by the methods that know months: the same days a year ago, and the load
-- profile.
with months as (
    select
        gaps.reading_id,
        gaps.register_id,
        gaps.supply_point_id,
        gaps.unit,
        greatest(gaps.reading_date + 1, first_instant::date) as starts,
        (first_instant + interval '1 month')::date as ends,
        extract(month from first_instant)::integer as month,
        (first_instant + interval '1 month')::date - first_instant::date as days_in_month
    from {{ ref('int_metering_gaps_found') }} as gaps
    cross join lateral generate_series(
        date_trunc('month', (gaps.reading_date + 1)::timestamp),
        (gaps.ends - 1)::timestamp,
        interval '1 month'
    ) as first_instant
),

a_year_ago as (
    select
        months.*,
        (months.starts - interval '1 year')::date as old_starts,
        (months.ends - interval '1 year')::date as old_ends
    from months
),

repeated as (
    select
        a_year_ago.reading_id,
        a_year_ago.starts,
        sum(pairs.quantity * (
            least(pairs.end_date + 1, a_year_ago.old_ends)
            - greatest(pairs.end_date + 1 - pairs.days, a_year_ago.old_starts)
        ) / pairs.days) as quantity
    from a_year_ago
    inner join {{ ref('int_metering_gap_pairs_measured') }} as pairs
        on
            a_year_ago.register_id = pairs.register_id
            and a_year_ago.supply_point_id = pairs.supply_point_id
            and a_year_ago.old_starts < pairs.end_date + 1
            and a_year_ago.old_ends > pairs.end_date + 1 - pairs.days
    where pairs.quantity >= 0 and pairs.days > 0
    group by a_year_ago.reading_id, a_year_ago.starts, a_year_ago.old_starts, a_year_ago.old_ends
    having
        sum(
            least(pairs.end_date + 1, a_year_ago.old_ends)
            - greatest(pairs.end_date + 1 - pairs.days, a_year_ago.old_starts)
        ) = a_year_ago.old_ends - a_year_ago.old_starts
),

weights as (
    select distinct on (months.reading_id, months.starts)
        months.reading_id,
        months.starts,
        profiles.weight
    from months
    inner join
        (
            select distinct
                reading_id,
                dso_code,
                medium,
                tariff_group
            from {{ ref('int_metering_estimation_methods_chosen') }}
        ) as places
        on months.reading_id = places.reading_id
    inner join {{ ref('stg_estimation__load_profiles') }} as profiles
        on
            places.medium = profiles.medium
            and profiles.dso_code in ('', places.dso_code)
            and starts_with(places.tariff_group, profiles.tariff_prefix)
            and months.month = profiles.month
            and months.starts >= profiles.valid_from
            and months.starts < profiles.valid_to
    order by
        months.reading_id asc, months.starts asc, profiles.dso_code desc,
        length(profiles.tariff_prefix) desc
)

select
    months.reading_id,
    months.starts,
    months.ends,
    months.days_in_month,
    round(repeated.quantity * histories.trend, 6) as last_year_quantity,
    weights.weight
from months
inner join {{ ref('int_metering_gap_histories_summed') }} as histories
    on months.reading_id = histories.reading_id
left join repeated
    on months.reading_id = repeated.reading_id and months.starts = repeated.starts
left join weights on months.reading_id = weights.reading_id and months.starts = weights.starts
