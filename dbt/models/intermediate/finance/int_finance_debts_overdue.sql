-- Bills only: interest on interest before a lawsuit is forbidden (Civil Code art. 482).
with debts as (

    select
        items.open_item_id,
        items.customer_id,
        items.document_id,
        items.amount,
        items.due_date,
        customers.kind as customer_kind
    from {{ ref('stg_operational__open_items') }} as items
    inner join {{ ref('stg_operational__customers') }} as customers
        on items.customer_id = customers.customer_id
    where
        items.document_id is not null
        and items.amount > 0
        and items.due_date < {{ interest_through() }}

),

days_off as (

    select holiday from {{ ref('stg_operational__holidays') }}

),

-- A due date on a Saturday or a day off moves to the next day that is neither (KC art. 115).
due_days as (

    select distinct due_date from debts

),

moved as (

    select
        due_days.due_date,
        (
            select min(due_days.due_date + moves.by_days)
            from generate_series(0, 9) as moves (by_days)
            where
                extract(isodow from due_days.due_date + moves.by_days) < 6
                and due_days.due_date + moves.by_days not in (select holiday from days_off)
        ) as effective_due_date
    from due_days

)

select
    debts.open_item_id,
    debts.customer_id,
    debts.document_id,
    debts.amount,
    debts.due_date,
    moved.effective_due_date,
    coalesce(terms.rate_kind, policies.rate_kind) as rate_kind,
    policies.year_days
from debts
inner join moved on debts.due_date = moved.due_date
inner join {{ ref('stg_operational__finance_policies') }} as policies
    on
        debts.customer_kind = policies.customer_kind
        and debts.due_date >= policies.valid_from
        and debts.due_date < policies.valid_to
left join {{ ref('stg_operational__customer_finance_terms') }} as terms
    on
        debts.customer_id = terms.customer_id
        and debts.due_date >= terms.valid_from
        and debts.due_date < terms.valid_to
where
    moved.effective_due_date < {{ interest_through() }}
    and coalesce(terms.interest_mode, 'note') <> 'none'
