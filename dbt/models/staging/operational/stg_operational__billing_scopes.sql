with source as (

    select * from {{ source('operational', 'billing_scopes') }}

),

renamed as (

    select
        id as scope_id,
        scope_key,
        contract_id,
        supply_point_id,
        customer_id,
        cycle_start,
        period_from,
        period_to,
        invoice_id,
        version_no,
        fingerprint,
        is_forecast
    from source

)

select * from renamed
