with cases as (

    select * from {{ ref('stg_operational__dunning_cases') }}
    where closed_on is null

),

overdue as (

    select
        customer_id,
        sum(open_amount) as overdue_amount
    from {{ ref('fct_open_items') }}
    where days_overdue > 0 and open_amount > 0
    group by customer_id

)

select
    cases.stage,
    array_position(
        array[
            'NEW', 'REMIND', 'CALL1', 'CALL2', 'NOTICE', 'SUSPENSION_ORDERED', 'SUSPENDED',
            'RESTORED', 'PRE_COURT', 'COURT', 'ENFORCEMENT', 'SOLD', 'WRITTEN_OFF'
        ],
        cases.stage
    ) as stage_order,
    customers.customer_kind,
    count(*) as cases,
    coalesce(sum(overdue.overdue_amount), 0)::numeric(18, 2) as overdue_amount
from cases
inner join {{ ref('dim_customers') }} as customers on cases.customer_id = customers.customer_id
left join overdue on cases.customer_id = overdue.customer_id
group by cases.stage, customers.customer_kind
