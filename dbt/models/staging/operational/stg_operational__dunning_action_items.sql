with source as (

    select * from {{ source('operational', 'dunning_action_items') }}

),

renamed as (

    select
        action_id,
        open_item_id,
        open_amount
    from source

)

select * from renamed
