with source as (

    select * from {{ source('operational', 'dunning_cases') }}

),

renamed as (

    select
        id as case_id,
        customer_id,
        case_no,
        stage,
        opened_on,
        closed_on,
        last_step_on
    from source

)

select * from renamed
