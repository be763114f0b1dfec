with source as (

    select * from {{ source('operational', 'open_items') }}

),

renamed as (

    select
        id as open_item_id,
        customer_id,
        document_id,
        payment_id,
        note_id,
        refund_id,
        write_off_id,
        amount,
        business_date,
        due_date,
        version_no,
        reverses_id
    from source

)

select * from renamed
