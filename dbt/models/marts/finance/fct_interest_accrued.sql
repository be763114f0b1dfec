with accrued as (

    select
        open_item_id,
        customer_id,
        sum(amount) as accrued_amount,
        sum(days) as days_late,
        max(through) as through
    from {{ ref('prop_interest_notes') }}
    group by open_item_id, customer_id

),

asked as (

    select
        open_item_id,
        sum(amount) as amount
    from {{ ref('stg_operational__interest_note_lines') }}
    where line_kind in ('interest', 'adjustment')
    group by open_item_id

),

waived as (

    select
        open_item_id,
        sum(amount) as amount
    from {{ ref('stg_operational__interest_waivers') }}
    group by open_item_id

)

select
    accrued.open_item_id,
    accrued.customer_id,
    customers.customer_kind,
    accrued.accrued_amount::numeric(18, 2) as accrued_amount,
    coalesce(asked.amount, 0)::numeric(18, 2) as asked_amount,
    coalesce(waived.amount, 0)::numeric(18, 2) as waived_amount,
    (
        accrued.accrued_amount - coalesce(asked.amount, 0) - coalesce(waived.amount, 0)
    )::numeric(18, 2) as waiting_amount,
    accrued.days_late::integer as days_late,
    accrued.through
from accrued
inner join {{ ref('dim_customers') }} as customers on accrued.customer_id = customers.customer_id
left join asked on accrued.open_item_id = asked.open_item_id
left join waived on accrued.open_item_id = waived.open_item_id
