with source as (

    select * from {{ source('operational', 'document_lines') }}

),

renamed as (

    select
        document_id,
        line_no,
        scope_id,
        line_key,
        charge_code,
        section,
        zone_code,
        period_from,
        period_to,
        unit,
        quantity_before,
        quantity_after,
        net_before,
        net_after,
        vat_rate,
        energy_kwh_before,
        energy_kwh_after,
        is_estimated,
        coalesce((calculation ->> 'estimated_kwh')::numeric, 0) as estimated_kwh,
        calculation -> 'estimate' ->> 'method' as estimation_method
    from source

)

select * from renamed
