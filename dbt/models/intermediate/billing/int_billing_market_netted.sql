-- Net-metering: the months of each prosumer settled in the order of time, zones by the variable network rate of the month from the
-- highest down. The bank of a month needs all months before it, so the whole past of the points at work is read, as sums.
with months as (
    select
        scopes.supply_point_id,
        scopes.customer_id,
        date_trunc('month', determinants.day)::date as feed_month,
        determinants.zone_set <> 'all' as is_zoned,
        determinants.zone_code,
        min(scopes.dso_code) as dso_code,
        min(terms.tariff_group) as tariff_group,
        min(prosumers.installed_kw) as installed_kw,
        coalesce(sum(determinants.quantity) filter (
            where determinants.determinant = 'balanced_import'
        ), 0) as imported_kwh,
        coalesce(sum(determinants.quantity) filter (
            where determinants.determinant = 'balanced_export'
        ), 0) as exported_kwh
    from (
        select distinct
            due.supply_point_id,
            due.customer_id,
            due.dso_code
        from {{ ref('int_billing_scopes_due') }} as due
    ) as scopes
    inner join {{ ref('stg_market__prosumer_terms') }} as prosumers
        on
            scopes.supply_point_id = prosumers.supply_point_id
            and prosumers.scheme = 'net_metering'
    inner join {{ ref('stg_operational__contract_supply_points') }} as supplies
        on scopes.supply_point_id = supplies.supply_point_id
    inner join {{ ref('stg_operational__contracts') }} as contracts
        on
            supplies.contract_id = contracts.contract_id
            and scopes.customer_id = contracts.customer_id
    inner join {{ ref('stg_operational__supply_point_terms') }} as terms
        on scopes.supply_point_id = terms.supply_point_id and terms.metering_mode = 'balanced'
    inner join {{ ref('stg_lake__interval_determinants') }} as determinants
        on
            scopes.supply_point_id = determinants.supply_point_id
            and determinants.determinant in ('balanced_import', 'balanced_export')
            and determinants.zone_set
            in ('all', 'dso:' || scopes.dso_code || ':' || terms.tariff_group)
            and determinants.day >= greatest(
                supplies.valid_from, terms.valid_from, prosumers.valid_from
            )
            and determinants.day < least(supplies.valid_to, terms.valid_to, prosumers.valid_to)
            and determinants.day <= {{ billed_through() }}
    group by
        scopes.supply_point_id, scopes.customer_id, feed_month, is_zoned, determinants.zone_code
),

chosen as (
    select
        months.*,
        bool_or(is_zoned) over (partition by supply_point_id, customer_id, feed_month) as has_zones
    from months
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
        ) as rates on true
    where chosen.is_zoned = chosen.has_zones
),

bundled as (
    select
        supply_point_id,
        customer_id,
        feed_month,
        case
            when min(installed_kw) <= small.kw then small.ratio else large.ratio
        end as ratio,
        jsonb_agg(jsonb_build_object(
            'zone', zone_code, 'rank', zone_rank, 'import', imported_kwh, 'export', exported_kwh
        ) order by zone_rank) as zones
    from ranked
    cross join
        lateral (
            select
                max(value) filter (where code = 'netting_small_kw') as kw,
                max(value) filter (where code = 'netting_ratio_small') as ratio
            from {{ ref('stg_market__parameters') }}
            where ranked.feed_month >= valid_from and ranked.feed_month < valid_to
        ) as small
    cross join
        lateral (
            select max(value) filter (where code = 'netting_ratio_large') as ratio
            from {{ ref('stg_market__parameters') }}
            where ranked.feed_month >= valid_from and ranked.feed_month < valid_to
        ) as large
    group by supply_point_id, customer_id, feed_month, small.kw, small.ratio, large.ratio
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
