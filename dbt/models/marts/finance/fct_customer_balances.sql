with documents as (

    select
        customer_id,
        sum(gross_amount) as documents_gross
    from {{ ref('stg_operational__documents') }}
    group by customer_id

),

payments as (

    select
        customer_id,
        sum(amount) as payments_amount
    from {{ ref('stg_operational__payments') }}
    where customer_id is not null and reversed_on is null
    group by customer_id

),

notes as (

    select
        customer_id,
        sum(amount) as notes_amount
    from {{ ref('stg_operational__interest_notes') }}
    group by customer_id

),

-- Money given back raises what is owed, debts given up lower it.
settlements as (

    select
        customer_id,
        sum(amount) as amount
    from (
        select
            customer_id,
            amount
        from {{ ref('stg_operational__refunds') }}
        where refund_status in ('approved', 'exported', 'paid')

        union all

        select
            customer_id,
            case when is_credit then amount else -amount end
        from {{ ref('stg_operational__write_offs') }}
        where write_off_status = 'booked'

        union all

        -- What a prosumer's deposit paid of documents, or got back by corrections.
        select
            customer_id,
            amount
        from {{ ref('stg_market__deposit_entries') }}
        where document_id is not null
    ) as entries
    group by customer_id

),

ledger as (

    select
        customer_id,
        sum(case when debit_account = 'receivable' then amount else 0 end)
        - sum(case when credit_account = 'receivable' then amount else 0 end) as ledger_balance
    from {{ ref('stg_operational__ledger_transfers') }}
    where customer_id is not null
    group by customer_id

),

items as (

    select
        customer_id,
        sum(open_amount) as open_items_balance,
        sum(case when open_amount > 0 and days_overdue > 0 then open_amount else 0 end)
            as overdue_amount,
        max(case when open_amount > 0 then days_overdue else 0 end) as oldest_days_overdue
    from {{ ref('fct_open_items') }}
    group by customer_id

)

select
    customers.customer_id,
    coalesce(documents.documents_gross, 0)::numeric(18, 2) as documents_gross,
    coalesce(payments.payments_amount, 0)::numeric(18, 2) as payments_amount,
    coalesce(notes.notes_amount, 0)::numeric(18, 2) as notes_amount,
    coalesce(settlements.amount, 0)::numeric(18, 2) as settlements_amount,
    (
        coalesce(documents.documents_gross, 0)
        - coalesce(payments.payments_amount, 0)
        + coalesce(notes.notes_amount, 0)
        + coalesce(settlements.amount, 0)
    )::numeric(18, 2) as warehouse_balance,
    coalesce(ledger.ledger_balance, 0)::numeric(18, 2) as ledger_balance,
    coalesce(items.open_items_balance, 0)::numeric(18, 2) as open_items_balance,
    coalesce(items.overdue_amount, 0)::numeric(18, 2) as overdue_amount,
    coalesce(items.oldest_days_overdue, 0) as oldest_days_overdue
from {{ ref('dim_customers') }} as customers
left join documents on customers.customer_id = documents.customer_id
left join payments on customers.customer_id = payments.customer_id
left join notes on customers.customer_id = notes.customer_id
left join settlements on customers.customer_id = settlements.customer_id
left join ledger on customers.customer_id = ledger.customer_id
left join items on customers.customer_id = items.customer_id
