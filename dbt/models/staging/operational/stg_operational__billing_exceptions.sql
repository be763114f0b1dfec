with source as (

    select * from {{ source('operational', 'billing_exceptions') }}

),

renamed as (

    select
        id as exception_id,
        run_id,
        scope_key,
        supply_point_id,
        customer_id,
        code,
        severity,
        message,
        cure,
        amount_at_stake,
        opened_at,
        resolved_at
    from source

)

select * from renamed
