with days as (

    select (month_start + interval '1 month' - interval '1 day')::date as as_of_date
    from
        generate_series(
            {{ month_of(business_day()) }} - interval '12 months',
            {{ month_of(business_day()) }} - interval '1 month',
            '1 month'
        ) as month_start

    union

    select {{ business_day() }}

),

items as (

    select * from {{ ref('fct_open_items') }}

),

allocations as (

    select * from {{ ref('stg_operational__allocations') }}

),

-- An item that was settled before a day no longer counts on it: only what could be open is read.
debts as (

    select
        days.as_of_date,
        items.open_item_id,
        items.customer_id,
        items.due_date,
        items.amount
    from days
    inner join items
        on
            items.document_id is not null
            and items.amount > 0
            and items.business_date <= days.as_of_date
            and (items.open_amount > 0 or items.last_allocated_on > days.as_of_date)

),

allocated as (

    select
        debts.as_of_date,
        debts.open_item_id,
        sum(allocations.amount) as amount
    from debts
    inner join allocations
        on
            debts.open_item_id = allocations.debt_item_id
            and allocations.business_date <= debts.as_of_date
    group by debts.as_of_date, debts.open_item_id

),

aged as (

    select
        debts.as_of_date,
        debts.customer_id,
        debts.amount - coalesce(allocated.amount, 0) as open_amount,
        debts.as_of_date - debts.due_date as days_overdue
    from debts
    left join allocated
        on debts.as_of_date = allocated.as_of_date and debts.open_item_id = allocated.open_item_id

)

select
    as_of_date,
    customer_id,
    {{ ageing_bucket('days_overdue') }} as ageing_bucket,
    sum(open_amount)::numeric(18, 2) as open_amount,
    max(greatest(days_overdue, 0)) as oldest_days_overdue,
    count(*) as items
from aged
where open_amount > 0
group by as_of_date, customer_id, {{ ageing_bucket('days_overdue') }}
