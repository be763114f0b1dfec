with moved as (

    select
        business_date,
        case when debit_account = 'bank' then amount else 0 end as received_amount,
        case
            when debit_account = 'bank' and credit_account = 'suspense' then amount else 0
        end as unmatched_amount,
        case when credit_account = 'bank' then amount else 0 end as paid_out_amount,
        0 as due_amount,
        0 as refunds_amount
    from {{ ref('stg_operational__ledger_transfers') }}
    where 'bank' in (debit_account, credit_account)

    union all

    select
        due_date,
        0,
        0,
        0,
        amount,
        0
    from {{ ref('stg_operational__open_items') }}
    where document_id is not null and amount > 0

    union all

    select
        decided_on,
        0,
        0,
        0,
        0,
        amount
    from {{ ref('stg_operational__refunds') }}
    where refund_status in ('approved', 'exported', 'paid')

)

select
    business_date,
    sum(received_amount)::numeric(18, 2) as received_amount,
    sum(unmatched_amount)::numeric(18, 2) as unmatched_amount,
    sum(paid_out_amount)::numeric(18, 2) as paid_out_amount,
    sum(due_amount)::numeric(18, 2) as due_amount,
    sum(refunds_amount)::numeric(18, 2) as refunds_amount
from moved
group by business_date
