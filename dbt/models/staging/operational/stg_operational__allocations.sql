with source as (

    select * from {{ source('operational', 'allocations') }}

),

renamed as (

    select
        id as allocation_id,
        customer_id,
        debt_item_id,
        credit_item_id,
        amount,
        business_date,
        rule
    from source

)

select * from renamed
