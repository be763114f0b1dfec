with source as (

    select * from {{ source('operational', 'switching_cases') }}

),

renamed as (

    select
        id as case_id,
        number as case_number,
        direction,
        kind as switching_kind,
        contract_id,
        supply_point_id,
        customer_id,
        medium,
        dso_code,
        status,
        wanted_start as wanted_start_on,
        confirmed_start as confirmed_start_on,
        end_on,
        opened_on,
        deadline_on,
        attempt as notifications,
        rejection_code,
        closed_on
    from source

)

select * from renamed
