-- Energy of prosumers in the form of int_metering_consumption_united. Net-billing: one chunk a
-- day, rounded cumulatively from the first day of the scope, so any stretch of days has exactly
-- its energy and the days add up to the rounded sum (whole kWh in the groups of small customers,
-- three decimals elsewhere). Net-metering: one chunk a month, what is left to bill after the
-- credits.
with feeds as (
    select
        feeds.*,
        prosumers.scheme = 'net_metering' as is_netted
    from {{ ref('int_billing_market_feeds_summed') }} as feeds
    left join {{ ref('stg_market__prosumer_terms') }} as prosumers
        on
            feeds.supply_point_id = prosumers.supply_point_id
            and feeds.day >= prosumers.valid_from
            and feeds.day < prosumers.valid_to
),

running as (
    select
        feeds.*,
        case when is_whole then 0 else 3 end as digits,
        sum(imported_kwh) over (partition by scope_key, zone_code order by day) as so_far
    from feeds
    where not coalesce(is_netted, false)
),

-- A day has no hours of some zones (no peak on a Sunday), so days are counted over all zones.
months as (
    select
        scope_key,
        date_trunc('month', day)::date as month,
        min(day) as starts,
        max(day) + 1 as ends,
        bool_or(is_estimated) as is_estimated,
        bool_and(is_complete) and count(distinct day) = max(day) + 1 - min(day) as is_complete
    from feeds
    where is_netted
    group by scope_key, date_trunc('month', day)::date
),

netted as (
    select
        feeds.supply_point_id,
        feeds.zone_code,
        months.starts,
        months.ends,
        months.is_estimated,
        months.is_complete,
        case when bool_or(feeds.is_whole) then 0 else 3 end as digits,
        min(netting.billed) as billed
    from feeds
    inner join months
        on
            feeds.scope_key = months.scope_key
            and date_trunc('month', feeds.day)::date = months.month
    inner join {{ ref('int_billing_market_netted') }} as netting
        on
            feeds.supply_point_id = netting.supply_point_id
            and feeds.customer_id = netting.customer_id
            and feeds.zone_code = netting.zone_code
            and months.month = netting.month
    where feeds.is_netted
    group by
        feeds.scope_key, feeds.supply_point_id, feeds.zone_code, months.month, months.starts,
        months.ends, months.is_estimated, months.is_complete
)

select
    supply_point_id,
    zone_code,
    day as starts,
    day + 1 as ends,
    round(so_far, digits) - round(so_far - imported_kwh, digits) as quantity,
    digits,
    is_estimated,
    is_complete
from running
union all
select
    supply_point_id,
    zone_code,
    starts,
    ends,
    round(billed, digits) as quantity,
    digits,
    is_estimated,
    is_complete
from netted
