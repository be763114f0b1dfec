select
    {{ month_of('leads.received_on') }} as received_month,
    leads.lead_source,
    leads.customer_kind,
    count(*)::bigint as leads,
    (count(*) filter (where leads.farthest >= 2))::bigint as contacted,
    (count(*) filter (where leads.farthest >= 3))::bigint as qualified,
    (count(*) filter (where leads.farthest >= 4))::bigint as offered,
    (count(*) filter (where leads.farthest >= 5))::bigint as won,
    (count(*) filter (where leads.stage = 'lost'))::bigint as lost,
    coalesce(sum(won.margin_amount), 0)::numeric(18, 2) as won_margin_amount
from {{ ref('stg_operational__lead_progress') }} as leads
left join (
    select
        lead_id,
        sum(margin_amount) as margin_amount
    from {{ ref('stg_operational__offer_outcomes') }}
    where lead_id is not null
    group by lead_id
) as won on leads.lead_id = won.lead_id
group by {{ month_of('leads.received_on') }}, leads.lead_source, leads.customer_kind
