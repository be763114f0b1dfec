with documents as (

    select
        issue_month as report_month,
        count(*) filter (where document_kind = 'invoice') as invoices,
        count(*) filter (where document_kind = 'correction') as corrections,
        sum(net_amount) as net_amount,
        sum(vat_amount) as vat_amount,
        sum(gross_amount) as gross_amount
    from {{ ref('fct_documents') }}
    group by issue_month

),

energy as (

    select
        issue_month as report_month,
        sum(energy_kwh) filter (where medium = 'electricity') as electricity_kwh,
        sum(energy_kwh) filter (where medium = 'gas') as gas_kwh
    from {{ ref('fct_document_lines') }}
    group by issue_month

),

payments as (

    select
        booked_month as report_month,
        sum(amount) as payments_amount,
        count(*) as payments,
        sum(amount) filter (where is_in_suspense) as suspense_amount
    from {{ ref('fct_payments') }}
    where not is_reversed
    group by booked_month

),

points as (

    select
        (delivery_month + interval '1 month')::date as report_month,
        count(distinct supply_point_id) as active_points
    from {{ ref('fct_supply_point_months') }}
    group by delivery_month

),

months as (

    select report_month from documents
    union
    select report_month from payments
    union
    select report_month from points

)

select
    months.report_month,
    coalesce(documents.invoices, 0) as invoices,
    coalesce(documents.corrections, 0) as corrections,
    coalesce(documents.net_amount, 0)::numeric(18, 2) as net_amount,
    coalesce(documents.vat_amount, 0)::numeric(18, 2) as vat_amount,
    coalesce(documents.gross_amount, 0)::numeric(18, 2) as gross_amount,
    coalesce(energy.electricity_kwh, 0)::numeric(18, 3) as electricity_kwh,
    coalesce(energy.gas_kwh, 0)::numeric(18, 3) as gas_kwh,
    coalesce(payments.payments, 0) as payments,
    coalesce(payments.payments_amount, 0)::numeric(18, 2) as payments_amount,
    coalesce(payments.suspense_amount, 0)::numeric(18, 2) as suspense_amount,
    coalesce(points.active_points, 0) as active_points
from months
left join documents on months.report_month = documents.report_month
left join energy on months.report_month = energy.report_month
left join payments on months.report_month = payments.report_month
left join points on months.report_month = points.report_month
