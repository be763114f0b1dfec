with open_debts as (
    select
        ageing.as_of_date,
        customers.customer_kind,
        sum(ageing.open_amount) as open_amount,
        sum(ageing.open_amount) filter (where ageing.ageing_bucket <> 'current') as overdue_amount,
        count(distinct ageing.customer_id) filter (
            where ageing.ageing_bucket <> 'current'
        ) as debtors
    from {{ ref('fct_receivables_by_month_end') }} as ageing
    inner join {{ ref('dim_customers') }} as customers
        on ageing.customer_id = customers.customer_id
    group by ageing.as_of_date, customers.customer_kind
),

days as (
    select distinct as_of_date from {{ ref('fct_receivables_by_month_end') }}
),

billed as (
    select
        days.as_of_date,
        customers.customer_kind,
        sum(documents.gross_amount) as billed_90_days
    from days
    inner join {{ ref('fct_documents') }} as documents
        on documents.issue_date > days.as_of_date - 90 and documents.issue_date <= days.as_of_date
    inner join {{ ref('dim_customers') }} as customers
        on documents.customer_id = customers.customer_id
    group by days.as_of_date, customers.customer_kind
),

-- What was due in the 90 days that ended 30 days ago, and what of it was paid within 30 days.
due as (
    select
        days.as_of_date,
        customers.customer_kind,
        items.open_item_id,
        items.amount,
        items.due_date
    from days
    inner join {{ ref('fct_open_items') }} as items
        on
            items.document_id is not null
            and items.amount > 0
            and items.due_date > days.as_of_date - 120
            and items.due_date <= days.as_of_date - 30
    inner join {{ ref('dim_customers') }} as customers on items.customer_id = customers.customer_id
),

paid as (
    select
        due.as_of_date,
        due.open_item_id,
        sum(allocations.amount) as amount
    from due
    inner join {{ ref('stg_operational__allocations') }} as allocations
        on
            due.open_item_id = allocations.debt_item_id
            and allocations.business_date <= due.due_date + 30
    group by due.as_of_date, due.open_item_id
),

collected as (
    select
        due.as_of_date,
        due.customer_kind,
        sum(due.amount) as due_amount,
        sum(coalesce(paid.amount, 0)) as paid_amount
    from due
    left join paid on due.as_of_date = paid.as_of_date and due.open_item_id = paid.open_item_id
    group by due.as_of_date, due.customer_kind
),

segments as (
    select
        as_of_date,
        customer_kind
    from open_debts
    union
    select
        as_of_date,
        customer_kind
    from billed
    union
    select
        as_of_date,
        customer_kind
    from collected
)

select
    segments.as_of_date,
    segments.customer_kind,
    coalesce(open_debts.open_amount, 0)::numeric(18, 2) as open_amount,
    coalesce(open_debts.overdue_amount, 0)::numeric(18, 2) as overdue_amount,
    coalesce(open_debts.debtors, 0) as debtors,
    coalesce(billed.billed_90_days, 0)::numeric(18, 2) as billed_90_days,
    coalesce(collected.due_amount, 0)::numeric(18, 2) as due_amount,
    coalesce(collected.paid_amount, 0)::numeric(18, 2) as paid_amount
from segments
left join open_debts
    on
        segments.as_of_date = open_debts.as_of_date
        and segments.customer_kind = open_debts.customer_kind
left join billed
    on segments.as_of_date = billed.as_of_date and segments.customer_kind = billed.customer_kind
left join collected
    on
        segments.as_of_date = collected.as_of_date
        and segments.customer_kind = collected.customer_kind
