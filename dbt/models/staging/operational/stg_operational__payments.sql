with source as (

    select * from {{ source('operational', 'payments') }}

),

renamed as (

    select
        id as payment_id,
        public_id,
        idempotency_key,
        bank_line_id,
        amount,
        booked_on,
        method,
        customer_id,
        matched_by,
        reversed_on,
        recorded_at
    from source

)

select * from renamed
