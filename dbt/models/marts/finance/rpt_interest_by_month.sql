with notes as (

    select
        notes.note_id,
        notes.note_kind,
        notes.amount,
        customers.customer_kind,
        {{ month_of('notes.issue_date') }} as report_month,
        notes.amount - items.open_amount as settled_amount
    from {{ ref('stg_operational__interest_notes') }} as notes
    inner join {{ ref('dim_customers') }} as customers on notes.customer_id = customers.customer_id
    inner join {{ ref('fct_open_items') }} as items on notes.note_id = items.note_id
    where notes.note_kind in ('interest_note', 'compensation_note')

),

waived as (

    select
        customers.customer_kind,
        {{ month_of('waivers.waived_on') }} as report_month,
        waivers.amount
    from {{ ref('stg_operational__interest_waivers') }} as waivers
    inner join {{ ref('stg_operational__open_items') }} as items
        on waivers.open_item_id = items.open_item_id
    inner join {{ ref('dim_customers') }} as customers on items.customer_id = customers.customer_id

),

moves as (

    select
        report_month,
        customer_kind,
        case when note_kind = 'interest_note' then amount else 0 end as interest_amount,
        case when note_kind = 'compensation_note' then amount else 0 end as compensation_amount,
        settled_amount,
        0 as waived_amount,
        1 as notes
    from notes

    union all

    select
        report_month,
        customer_kind,
        0,
        0,
        0,
        amount,
        0
    from waived

)

select
    report_month,
    customer_kind,
    sum(interest_amount)::numeric(18, 2) as interest_amount,
    sum(compensation_amount)::numeric(18, 2) as compensation_amount,
    sum(settled_amount)::numeric(18, 2) as settled_amount,
    sum(waived_amount)::numeric(18, 2) as waived_amount,
    sum(notes)::integer as notes
from moves
group by report_month, customer_kind
