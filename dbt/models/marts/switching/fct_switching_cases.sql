with cases as (

    select * from {{ ref('stg_operational__switching_cases') }}

),

stations as (

    select
        case_id,
        min(wanted_start_on) filter (where event_kind = 'opened') as first_wanted_on,
        min(happened_on) filter (where to_status = 'READY') as ready_on,
        min(happened_on) filter (where to_status = 'SENT') as sent_on,
        max(happened_on) filter (where to_status = 'SCHEDULED') as confirmed_on,
        count(*) filter (where to_status in ('REJECTED', 'COLLISION')) as rejections
    from {{ ref('stg_operational__switching_events') }}
    where event_kind in ('opened', 'status')
    group by case_id

),

terms as (

    select
        supply_point_id,
        max(annual_kwh) as annual_kwh
    from {{ ref('stg_operational__supply_point_terms') }}
    group by supply_point_id

)

select
    cases.case_id,
    cases.case_number,
    cases.direction,
    cases.switching_kind,
    cases.medium,
    cases.dso_code,
    customers.customer_kind,
    customers.customer_number,
    cases.status,
    cases.opened_on,
    {{ month_of('cases.opened_on') }} as opened_month,
    stations.ready_on,
    stations.sent_on,
    stations.confirmed_on,
    cases.closed_on,
    cases.wanted_start_on,
    cases.confirmed_start_on,
    coalesce(cases.end_on, cases.confirmed_start_on, cases.wanted_start_on) as happens_on,
    cases.deadline_on,
    case
        when cases.closed_on is null and cases.status not in ('ACTIVE', 'SCHEDULED')
            then (cases.deadline_on - {{ business_day() }})::integer
    end as days_to_deadline,
    cases.rejection_code,
    cases.notifications::integer as notifications,
    coalesce(stations.rejections, 0)::integer as rejections,
    (stations.ready_on - cases.opened_on)::integer as paper_days,
    (stations.sent_on - stations.ready_on)::integer as notify_days,
    (stations.confirmed_on - stations.sent_on)::integer as verification_days,
    (cases.confirmed_start_on - stations.confirmed_on)::integer as start_days,
    greatest(cases.confirmed_start_on - stations.first_wanted_on, 0)::integer as delay_days,
    (
        coalesce(terms.annual_kwh, 0) / 365
        * coalesce(greatest(cases.confirmed_start_on - stations.first_wanted_on, 0), 0)
    )::numeric(18, 3) as delayed_kwh
from cases
inner join {{ ref('dim_customers') }} as customers on cases.customer_id = customers.customer_id
left join stations on cases.case_id = stations.case_id
left join terms on cases.supply_point_id = terms.supply_point_id
