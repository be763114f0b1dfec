with documents as (

    select * from {{ ref('stg_operational__documents') }}

),

items as (

    -- A forecast has an open item per instalment: the oldest open one ages it.
    select
        document_id,
        sum(open_amount) as open_amount,
        max(days_overdue) as days_overdue,
        (array_agg(ageing_bucket order by days_overdue desc))[1] as ageing_bucket
    from {{ ref('fct_open_items') }}
    where document_id is not null
    group by document_id

),

media as (

    select
        lines.document_id,
        min(points.medium) as medium,
        count(distinct points.medium) as media
    from {{ ref('stg_operational__document_lines') }} as lines
    inner join
        {{ ref('stg_operational__billing_scopes') }} as scopes
        on lines.scope_id = scopes.scope_id
    inner join
        {{ ref('dim_supply_points') }} as points
        on scopes.supply_point_id = points.supply_point_id
    group by lines.document_id

)

select
    documents.document_id,
    documents.document_number,
    documents.document_kind,
    documents.customer_id,
    documents.contract_id,
    documents.invoice_id,
    case when media.media > 1 then 'both' else media.medium end as medium,
    documents.issue_date,
    {{ month_of('documents.issue_date') }} as issue_month,
    documents.period_from,
    documents.period_to,
    documents.due_date,
    documents.net_amount,
    documents.vat_amount,
    documents.gross_amount,
    documents.energy_kwh,
    documents.is_estimated,
    documents.run_id,
    coalesce(items.open_amount, 0)::numeric(18, 2) as open_amount,
    coalesce(items.days_overdue, 0) as days_overdue,
    coalesce(items.ageing_bucket, 'current') as ageing_bucket
from documents
left join media on documents.document_id = media.document_id
left join items on documents.document_id = items.document_id
