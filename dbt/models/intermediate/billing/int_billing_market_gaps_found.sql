-- What keeps energy by intervals from being billed: a day without all its intervals, a day
-- without all its prices.
with found as (
    select
        dynamic.scope_key,
        flags.code,
        dynamic.supply_point_id,
        dynamic.index_code,
        flags.day
    from {{ ref('int_billing_market_dynamic_priced') }} as dynamic
    cross join
        lateral (
            values
            ('incomplete_intervals', dynamic.first_incomplete_day),
            ('missing_market_price', dynamic.first_unpriced_day),
            (
                'missing_vat_rate',
                case when dynamic.vat_rate_id is null then dynamic.period_from end
            )
        ) as flags (code, day)
    where flags.day is not null
    union all
    select
        segments.scope_key,
        'missing_price' as code,
        segments.supply_point_id,
        'energy by an index' as index_code,
        segments.period_from as day
    from {{ ref('int_billing_scopes_cut') }} as segments
    inner join (
        select
            segment_id,
            sum(period_to - period_from) as days
        from {{ ref('int_billing_market_dynamic_priced') }}
        group by segment_id
    ) as covered on segments.segment_id = covered.segment_id
    where covered.days < segments.period_to - segments.period_from
    union all
    select
        segments.scope_key,
        'incomplete_intervals' as code,
        segments.supply_point_id,
        '' as index_code,
        min(days.instant::date) as day
    from {{ ref('int_billing_scopes_cut') }} as segments
    cross join
        lateral generate_series(
            segments.period_from::timestamp,
            (segments.period_to - 1)::timestamp,
            interval '1 day'
        ) as days (instant)
    left join {{ ref('int_billing_market_balanced') }} as balanced
        on
            segments.supply_point_id = balanced.supply_point_id
            and days.instant::date >= balanced.starts
            and days.instant::date < balanced.ends
    where
        segments.metering_mode = 'balanced'
        and coalesce(not balanced.is_complete, true)
    group by segments.scope_key, segments.supply_point_id
)

select
    found.scope_key,
    found.code,
    format(
        'supply point %s, first on %s%s',
        points.code, found.day, coalesce(', index ' || nullif(found.index_code, ''), '')
    ) as told
from found
inner join {{ ref('stg_operational__supply_points') }} as points
    on found.supply_point_id = points.supply_point_id
