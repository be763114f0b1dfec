-- What fills a gap, method by method (rules of estimation as data).
-- A piece of a month is spread over the whole month, whatever part of it is asked for.
with gaps as (
    select
        gaps.*,
        decided.begins_with_last_year,
        decided.method,
        decided.is_seasonal,
        decided.history_quantity,
        decided.history_days,
        decided.annual_kwh,
        case
            when decided.begins_with_last_year
                then coalesce(decided.missing_year_from, gaps.ends)
            else gaps.reading_date + 1
        end as rest_from
    from {{ ref('int_metering_gaps_found') }} as gaps
    inner join {{ ref('int_metering_gap_methods_decided') }} as decided
        on gaps.reading_id = decided.reading_id
),

shares as (
    select
        meter_id,
        count(*) as register_count
    from {{ ref('stg_operational__registers') }}
    where meter_id in (select gaps.meter_id from gaps)
    group by meter_id
),

months as (
    select * from {{ ref('int_metering_gap_months_estimated') }}
),

pieces as (
    select
        gaps.reading_id,
        months.starts,
        least(months.ends, gaps.ends) as ends,
        'same_period_last_year' as method,
        gaps.unit as quantity_unit,
        months.last_year_quantity as quantity,
        months.ends - months.starts as of_days
    from gaps
    inner join months on gaps.reading_id = months.reading_id
    where gaps.begins_with_last_year and months.starts < gaps.rest_from
    union all
    select
        gaps.reading_id,
        months.starts,
        least(months.ends, gaps.ends) as ends,
        gaps.method,
        case when gaps.method = 'load_profile' then 'kwh' else gaps.unit end as quantity_unit,
        case
            when gaps.method = 'load_profile'
                then gaps.annual_kwh * months.weight / shares.register_count
            -- The average day weighted by the month: 365 x weight / days of the month.
            else
                gaps.history_quantity / gaps.history_days
                * 365 * coalesce(months.weight, months.days_in_month / 365.0)
        end as quantity,
        months.days_in_month as of_days
    from gaps
    inner join shares on gaps.meter_id = shares.meter_id
    inner join months
        on gaps.reading_id = months.reading_id and gaps.rest_from <= months.starts
    where gaps.method = 'load_profile' or (gaps.method = 'average_daily' and gaps.is_seasonal)
    union all
    select
        gaps.reading_id,
        gaps.rest_from as starts,
        gaps.ends,
        gaps.method,
        case when gaps.method = 'annual_declared' then 'kwh' else gaps.unit end as quantity_unit,
        case
            when gaps.method = 'annual_declared'
                then round(gaps.annual_kwh / shares.register_count, 3)
            else gaps.history_quantity
        end as quantity,
        case when gaps.method = 'annual_declared' then 365 else gaps.history_days end as of_days
    from gaps
    inner join shares on gaps.meter_id = shares.meter_id
    where
        (
            gaps.method = 'annual_declared'
            or (gaps.method = 'average_daily' and not gaps.is_seasonal)
        )
        and gaps.rest_from < gaps.ends
)

select
    gaps.register_id,
    gaps.supply_point_id,
    gaps.zone_code,
    gaps.reading_id as start_reading_id,
    gaps.reading_date + 1 as estimated_since,
    pieces.starts,
    pieces.ends,
    gaps.follows_estimate,
    pieces.method,
    pieces.quantity_unit,
    gaps.unit,
    pieces.quantity,
    pieces.of_days::integer as of_days
from gaps
inner join pieces on gaps.reading_id = pieces.reading_id
