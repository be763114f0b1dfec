with source as (

    select * from {{ source('operational', 'document_vat') }}

),

renamed as (

    select
        document_id,
        vat_rate,
        net_amount,
        vat_amount,
        gross_amount
    from source

)

select * from renamed
