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
        calculation -> 'estimate' ->> 'method' as estimation_method,
        (calculation -> 'cap' ->> 'id')::bigint as cap_id,
        (calculation -> 'cap' ->> 'price')::numeric as cap_price,
        (calculation -> 'cap' ->> 'contract_price')::numeric as cap_contract_price,
        (calculation -> 'cap' ->> 'difference')::numeric as cap_difference
    from source

)

select * from renamed
