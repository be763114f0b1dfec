with source as (

    select * from {{ source('operational', 'lead_progress') }}

),

renamed as (

    select
        lead_id,
        received_on,
        source.source as lead_source,
        kind as customer_kind,
        stage,
        farthest
    from source

)

select * from renamed
