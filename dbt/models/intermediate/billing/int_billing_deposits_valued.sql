-- Worth of a month of fed-in energy on the deposit (RES Act art. 4b-4c); each step rounded once.
with months as (
    select
        scopes.scope_key,
        scopes.supply_point_id,
        scopes.customer_id,
        prosumers.scheme,
        prosumers.has_opted_in,
        date_trunc('month', feeds.day)::date as feed_in_month,
        sum(feeds.exported_kwh) as fed_kwh,
        bool_and(feeds.is_complete) as is_complete,
        count(distinct feeds.day) as days,
        min(feeds.day) as first_day,
        max(feeds.day) as last_day
    from {{ ref('int_billing_scopes_due') }} as scopes
    inner join {{ ref('int_billing_market_feeds_summed') }} as feeds
        on scopes.scope_key = feeds.scope_key
    inner join {{ ref('stg_market__prosumer_terms') }} as prosumers
        on
            scopes.supply_point_id = prosumers.supply_point_id
            and prosumers.scheme <> 'net_metering'
            and feeds.day >= prosumers.valid_from
            and feeds.day < prosumers.valid_to
    group by
        scopes.scope_key, scopes.supply_point_id, scopes.customer_id, prosumers.scheme,
        prosumers.has_opted_in, feed_in_month
),

hourly as (
    select
        months.scope_key,
        months.feed_in_month,
        sum(determinants.quantity) as value,
        count(distinct determinants.day) as days,
        bool_and(determinants.intervals >= determinants.expected_intervals) as is_complete
    from months
    inner join {{ ref('stg_lake__interval_determinants') }} as determinants
        on
            months.supply_point_id = determinants.supply_point_id
            and determinants.determinant = 'export_value'
            and determinants.index_code in ('RCE', 'RCE60')
            and determinants.day between months.first_day and months.last_day
    where months.scheme = 'net_billing_rce'
    group by months.scope_key, months.feed_in_month
),

valued as (
    select
        months.*,
        prices.market_month_price_id,
        prices.price_pln_per_mwh,
        case
            when not months.is_complete or months.days <= months.last_day - months.first_day
                then 'incomplete_intervals'
            when months.scheme = 'net_billing_rcem' and prices.market_month_price_id is null
                then 'missing_market_price'
            when
                months.scheme = 'net_billing_rce'
                and coalesce(not hourly.is_complete or hourly.days < months.days, true)
                then 'missing_market_price'
            else 'valued'
        end as status,
        case months.scheme
            when 'net_billing_rcem'
                then round(months.fed_kwh * greatest(prices.price_pln_per_mwh, 0) / 1000, 2)
            else round(hourly.value, 2)
        end as fed_value
    from months
    left join {{ ref('stg_market__month_prices') }} as prices
        on
            months.scheme = 'net_billing_rcem'
            and prices.index_code = 'RCEm'
            and months.feed_in_month >= prices.valid_from
            and months.feed_in_month < prices.valid_to
    left join hourly
        on
            months.scope_key = hourly.scope_key
            and months.feed_in_month = hourly.feed_in_month
),

rules as (
    select
        valued.feed_in_month,
        max(parameters.value) filter (where parameters.code = 'deposit_uplift') as uplift,
        max(parameters.value)
        filter (where parameters.code = 'deposit_life_months')::integer as life_months,
        max(parameters.value)
        filter (where parameters.code = 'deposit_assignment_day')::integer as assignment_day,
        max(parameters.value)
        filter (where parameters.code = 'deposit_refund_share') as refund_share,
        max(parameters.value)
        filter (where parameters.code = 'deposit_refund_share_opted') as refund_share_opted
    from (select distinct feed_in_month from valued) as valued
    inner join {{ ref('stg_market__parameters') }} as parameters
        on
            valued.feed_in_month >= parameters.valid_from
            and valued.feed_in_month < parameters.valid_to
    group by valued.feed_in_month
)

select
    valued.scope_key,
    valued.supply_point_id,
    valued.customer_id,
    valued.feed_in_month,
    case valued.scheme when 'net_billing_rcem' then 'RCEm' else 'RCE' end as price_kind,
    valued.status,
    valued.fed_kwh,
    valued.price_pln_per_mwh,
    valued.market_month_price_id,
    valued.fed_value,
    rules.uplift,
    round(valued.fed_value * rules.uplift, 2) as credited,
    (valued.feed_in_month + interval '1 month')::date + rules.assignment_day - 1 as assigned_on,
    case
        when valued.has_opted_in then rules.refund_share_opted else rules.refund_share
    end as refund_share,
    rules.life_months
from valued
inner join rules on valued.feed_in_month = rules.feed_in_month
