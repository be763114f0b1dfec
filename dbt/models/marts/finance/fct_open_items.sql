with items as (

    select * from {{ ref('stg_operational__open_items') }}

),

used as (

    select
        debt_item_id as open_item_id,
        sum(amount) as allocated,
        max(business_date) as last_allocated_on
    from {{ ref('stg_operational__allocations') }}
    group by debt_item_id

    union all

    select
        credit_item_id,
        -sum(amount),
        max(business_date)
    from {{ ref('stg_operational__allocations') }}
    group by credit_item_id

),

opened as (

    select
        items.open_item_id,
        items.customer_id,
        items.document_id,
        items.payment_id,
        items.note_id,
        items.amount,
        (items.amount - coalesce(used.allocated, 0))::numeric(18, 2) as open_amount,
        items.business_date,
        items.due_date,
        greatest({{ business_day() }} - items.due_date, 0) as days_overdue,
        used.last_allocated_on
    from items
    left join used on items.open_item_id = used.open_item_id

)

select
    *,
    {{ ageing_bucket('days_overdue') }} as ageing_bucket
from opened
