with source as (

    select * from {{ source('operational', 'dunning_steps') }}

),

renamed as (

    select
        id as step_id,
        step_code,
        kind as step_kind,
        position as step_position
    from source

)

select * from renamed
