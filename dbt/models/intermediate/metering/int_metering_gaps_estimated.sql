-- The average daily use of the last twelve months, of the last interval at least, or the declared
-- year, fills a gap.
with gaps as (
    select * from {{ ref('int_metering_gaps_found') }}
),

actual_pairs as (
    select
        readings.supply_point_id,
        registers.zone_code,
        registers.unit,
        readings.reading_date as end_date,
        readings.reading_date - lag(readings.reading_date) over by_time as days,
        round(
            {{ register_difference(
                'lag(readings.value) over by_time', 'readings.value', 'registers.digits') }}
            * registers.multiplier, case when registers.unit = 'kwh' then 0 else 3 end
        ) as quantity
    from {{ ref('stg_operational__readings') }} as readings
    inner join {{ ref('stg_operational__registers') }} as registers
        on readings.register_id = registers.register_id
    where
        readings.supply_point_id in (select gaps.supply_point_id from gaps)
        and (readings.kind not in ('estimated', 'substitute') or readings.reason <> 'periodic')
    window by_time as (
        partition by readings.register_id, readings.supply_point_id order by readings.reading_date
    )
),

ranked as (
    select
        gaps.register_id,
        gaps.reading_id,
        gaps.reading_date,
        actual_pairs.quantity,
        actual_pairs.days,
        actual_pairs.end_date,
        row_number() over (
            partition by gaps.reading_id order by actual_pairs.end_date desc
        ) as recency
    from gaps
    inner join actual_pairs
        on
            gaps.supply_point_id = actual_pairs.supply_point_id
            and gaps.zone_code = actual_pairs.zone_code
            and gaps.unit = actual_pairs.unit
    where actual_pairs.end_date <= gaps.reading_date and actual_pairs.quantity >= 0
),

histories as (
    select
        reading_id,
        sum(quantity) as quantity,
        sum(days) as days
    from ranked
    where recency = 1 or end_date > reading_date - interval '12 months'
    group by reading_id
),

shares as (
    select
        meter_id,
        count(*) as register_count
    from {{ ref('stg_operational__registers') }}
    where meter_id in (select gaps.meter_id from gaps)
    group by meter_id
)

select
    gaps.register_id,
    gaps.supply_point_id,
    gaps.zone_code,
    gaps.reading_id as start_reading_id,
    gaps.reading_date + 1 as starts,
    gaps.ends,
    gaps.follows_estimate,
    case
        when histories.reading_id is null then 'annual_declared' else 'average_daily'
    end as method,
    case when histories.reading_id is null then 'kwh' else gaps.unit end as quantity_unit,
    gaps.unit,
    coalesce(histories.quantity, round(terms.annual_kwh / shares.register_count, 3)) as quantity,
    coalesce(histories.days, 365)::integer as of_days
from gaps
inner join shares on gaps.meter_id = shares.meter_id
left join histories on gaps.reading_id = histories.reading_id
left join lateral (
    select point_terms.annual_kwh
    from {{ ref('stg_operational__supply_point_terms') }} as point_terms
    where
        point_terms.supply_point_id = gaps.supply_point_id
        and point_terms.valid_to > gaps.reading_date + 1
    order by point_terms.valid_from
    limit 1
) as terms on histories.reading_id is null
