with source as (

    select * from {{ source('operational', 'switching_events') }}

),

renamed as (

    select
        id as event_id,
        case_id,
        kind as event_kind,
        to_status,
        happened_on,
        details ->> 'code' as rejection_code,
        (details ->> 'wanted_start')::date as wanted_start_on
    from source

)

select * from renamed
