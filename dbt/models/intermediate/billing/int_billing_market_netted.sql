-- Net-metering: the months of each prosumer settled in the order of time, zones by the variable
-- network rate of the month from the highest down. The bank of a month needs all months before
-- it, so the whole past of the points at work is read, as sums.
with chosen as (
    select * from {{ ref('int_billing_market_netting_months') }}
),

ranked as (
    select
        chosen.*,
        rank() over (
            partition by chosen.supply_point_id, chosen.customer_id, chosen.feed_month
            order by rates.price desc nulls last, chosen.zone_code
        ) as zone_rank
    from chosen
    left join
        lateral (
            select max(found.price) as price
            from {{ ref('stg_operational__dso_rates') }} as found
            where
                chosen.dso_code = found.dso_code
                and chosen.tariff_group = found.tariff_group
                and found.charge_code = 'network_variable'
                and found.zone_code in ('', chosen.zone_code)
                and chosen.feed_month < found.valid_to
                and chosen.feed_month + 31 > found.valid_from
        ) as rates
        on true
    where chosen.is_zoned = chosen.has_zones
),

bundled as (
    select
        ranked.supply_point_id,
        ranked.customer_id,
        ranked.feed_month,
        case
            when min(ranked.installed_kw) <= small.kw then small.ratio else large.ratio
        end as ratio,
        jsonb_agg(jsonb_build_object(
            'zone', ranked.zone_code, 'rank', ranked.zone_rank,
            'import', ranked.imported_kwh, 'export', ranked.exported_kwh
        ) order by ranked.zone_rank) as zones
    from ranked
    cross join
        lateral (
            select
                max(rules.value) filter (where rules.code = 'netting_small_kw') as kw,
                max(rules.value) filter (where rules.code = 'netting_ratio_small') as ratio
            from {{ ref('stg_market__parameters') }} as rules
            where ranked.feed_month >= rules.valid_from and ranked.feed_month < rules.valid_to
        ) as small
    cross join
        lateral (
            select max(rules.value) filter (where rules.code = 'netting_ratio_large') as ratio
            from {{ ref('stg_market__parameters') }} as rules
            where ranked.feed_month >= rules.valid_from and ranked.feed_month < rules.valid_to
        ) as large
    group by
        ranked.supply_point_id, ranked.customer_id, ranked.feed_month,
        small.kw, small.ratio, large.ratio
),

stories as (
    select
        supply_point_id,
        customer_id,
        jsonb_agg(jsonb_build_object(
            'month', feed_month, 'ratio', ratio, 'zones', zones
        ) order by feed_month) as months
    from bundled
    group by supply_point_id, customer_id
),

life as (
    select max(value)::integer as months
    from {{ ref('stg_market__parameters') }}
    where
        code = 'netting_life_months'
        and {{ billed_through() }} >= valid_from
        and {{ billed_through() }} < valid_to
)

select
    stories.supply_point_id,
    stories.customer_id,
    settled.*
from stories
cross join life
cross join
    lateral operational.settle_net_metering(stories.months, life.months) as settled
