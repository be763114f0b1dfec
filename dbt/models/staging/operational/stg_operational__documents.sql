with source as (

    select * from {{ source('operational', 'documents') }}

),

renamed as (

    select
        id as document_id,
        public_id,
        number as document_number,
        kind as document_kind,
        series,
        sequence,
        customer_id,
        contract_id,
        invoice_id,
        version_no,
        issue_date,
        period_from,
        period_to,
        due_date,
        net_amount,
        vat_amount,
        gross_amount,
        energy_kwh,
        is_estimated,
        run_id,
        is_forecast,
        recorded_at
    from source

)

select * from renamed
