with refused as (

    select * from {{ ref('stg_operational__switching_events') }}
    where event_kind = 'status' and to_status in ('REJECTED', 'COLLISION')

)

select
    cases.dso_code,
    {{ month_of('refused.happened_on') }} as rejected_month,
    coalesce(refused.rejection_code, 'R05') as rejection_code,
    count(*) as rejections,
    count(distinct cases.case_id) filter (
        where cases.status in ('SCHEDULED', 'ACTIVE')
    ) as remedied_cases
from refused
inner join {{ ref('stg_operational__switching_cases') }} as cases
    on refused.case_id = cases.case_id
where cases.direction = 'in'
group by
    cases.dso_code,
    {{ month_of('refused.happened_on') }},
    coalesce(refused.rejection_code, 'R05')
