with source as (

    select * from {{ source('operational', 'dunning_actions') }}

),

renamed as (

    select
        id as action_id,
        case_id,
        customer_id,
        step_id,
        fired_on,
        channel,
        total_amount
    from source

)

select * from renamed
