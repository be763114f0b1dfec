-- Actual use before a gap: of the last twelve months (of the last interval at least), of the same
-- register in the last 365 days and in the 365 days before them.
with gaps as (
    select * from {{ ref('int_metering_gaps_found') }}
),

pairs as (
    select * from {{ ref('int_metering_gap_pairs_measured') }}
),

ranked as (
    select
        gaps.reading_id,
        gaps.reading_date,
        pairs.quantity,
        pairs.days,
        pairs.end_date,
        row_number() over (partition by gaps.reading_id order by pairs.end_date desc) as recency
    from gaps
    inner join pairs
        on
            gaps.supply_point_id = pairs.supply_point_id
            and gaps.zone_code = pairs.zone_code
            and gaps.unit = pairs.unit
    where pairs.end_date <= gaps.reading_date and pairs.quantity >= 0
),

averages as (
    select
        reading_id,
        sum(quantity) as quantity,
        sum(days)::integer as days
    from ranked
    where recency = 1 or end_date > reading_date - interval '12 months'
    group by reading_id
),

yearly as (
    select
        gaps.reading_id,
        gaps.reading_date - min(pairs.end_date - pairs.days) as history_days,
        sum(pairs.quantity) filter (
            where pairs.end_date > gaps.reading_date - 365
        ) as last_quantity,
        sum(pairs.days) filter (where pairs.end_date > gaps.reading_date - 365) as last_days,
        sum(pairs.quantity) filter (
            where pairs.end_date between gaps.reading_date - 730 and gaps.reading_date - 365
        ) as earlier_quantity,
        sum(pairs.days) filter (
            where pairs.end_date between gaps.reading_date - 730 and gaps.reading_date - 365
        ) as earlier_days
    from gaps
    inner join pairs
        on gaps.register_id = pairs.register_id and gaps.supply_point_id = pairs.supply_point_id
    where pairs.end_date <= gaps.reading_date and pairs.quantity >= 0
    group by gaps.reading_id, gaps.reading_date
)

select
    gaps.reading_id,
    averages.quantity,
    averages.days,
    coalesce(yearly.history_days, 0) as history_days,
    -- The trend counts when both years are covered well enough; otherwise the year repeats itself.
    case
        when yearly.last_days >= 300 and yearly.earlier_days >= 300 and yearly.earlier_quantity > 0
            then
                yearly.last_quantity * yearly.earlier_days
                / (yearly.earlier_quantity * yearly.last_days)
        else 1
    end as trend
from gaps
left join averages on gaps.reading_id = averages.reading_id
left join yearly on gaps.reading_id = yearly.reading_id
