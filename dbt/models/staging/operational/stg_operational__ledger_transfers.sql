with source as (

    select * from {{ source('operational', 'ledger_transfers') }}

),

renamed as (

    select
        id as transfer_id,
        debit_account,
        credit_account,
        amount,
        code,
        business_date,
        customer_id,
        document_id,
        payment_id,
        reverses_id,
        idempotency_key,
        recorded_at
    from source

)

select * from renamed
