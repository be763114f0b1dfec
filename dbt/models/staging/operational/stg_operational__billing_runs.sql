with source as (

    select * from {{ source('operational', 'billing_runs') }}

),

renamed as (

    select
        id as run_id,
        billing_month,
        billed_through,
        status,
        known_at,
        issue_date,
        summary,
        created_at,
        created_by,
        approved_at,
        approved_by,
        issued_at
    from source

)

select * from renamed
