-- One row per scope and code; several causes of one code share the message.
with terms_covered as (
    select
        scope_key,
        sum(period_to - period_from) as days
    from {{ ref('int_billing_scopes_cut') }}
    group by scope_key
),

readings_below as (
    select
        intervals.supply_point_id,
        intervals.zone_code,
        intervals.starts,
        intervals.ends,
        format(
            'the reading %s of %s (meter %s) is below %s of %s',
            intervals.end_value, intervals.ends - 1, meters.serial,
            intervals.start_value, intervals.starts - 1
        ) as told
    from {{ ref('int_metering_intervals_paired') }} as intervals
    inner join {{ ref('stg_operational__registers') }} as registers
        on intervals.register_id = registers.register_id
    inner join {{ ref('stg_operational__meters') }} as meters
        on registers.meter_id = meters.meter_id
    where intervals.is_negative
),

found as (
    select
        scopes.scope_key,
        'missing_terms' as code,
        format(
            'contract terms and terms of supply point %s do not cover every day from %s to %s',
            points.code, scopes.period_from, scopes.period_to
        ) as told
    from {{ ref('int_billing_scopes_due') }} as scopes
    inner join {{ ref('stg_operational__supply_points') }} as points
        on scopes.supply_point_id = points.supply_point_id
    left join terms_covered on scopes.scope_key = terms_covered.scope_key
    where coalesce(terms_covered.days, 0) < scopes.period_to - scopes.period_from
    union all
    select
        scope_key,
        code,
        format(
            'no value for %s, tariff group %s in %s from %s to %s',
            charge, tariff_group, place, period_from, period_to
        ) as told
    from {{ ref('int_billing_rate_gaps_found') }}
    union all
    select
        scope_key,
        code,
        told
    from {{ ref('int_billing_market_gaps_found') }}
    union all
    select
        network.scope_key,
        network.code,
        format(
            '%s from %s to %s: distributor %s PLN, our own %s PLN', network.charge_code,
            network.period_from, network.period_to, coalesce(network.told_amount::text, '-'),
            coalesce(network.own_amount::text, '-')
        ) as told
    from {{ ref('int_billing_network_priced') }} as network
    where network.code is not null
    union all
    select
        gaps.scope_key,
        gaps.code,
        coalesce(
            readings_below.told,
            format(
                'supply point %s%s from %s to %s',
                gaps.point_code, ', zone ' || gaps.zone_code, gaps.period_from, gaps.period_to
            )
        ) as told
    from {{ ref('int_billing_metering_gaps_found') }} as gaps
    left join readings_below
        on
            gaps.code = 'reading_below_last'
            and gaps.supply_point_id = readings_below.supply_point_id
            and gaps.zone_code = readings_below.zone_code
            and gaps.period_from < readings_below.ends
            and gaps.period_to > readings_below.starts
)

select
    found.scope_key,
    scopes.supply_point_id,
    scopes.customer_id,
    found.code,
    texts.severity,
    format(
        '%s: %s.', texts.message, string_agg(distinct found.told, '; ' order by found.told)
    ) as message,
    texts.cure
from found
inner join {{ ref('int_billing_scopes_due') }} as scopes
    on found.scope_key = scopes.scope_key
inner join ({{ exception_texts() }}) as texts
    on found.code = texts.code
group by
    found.scope_key, scopes.supply_point_id, scopes.customer_id, found.code, texts.severity,
    texts.message, texts.cure
