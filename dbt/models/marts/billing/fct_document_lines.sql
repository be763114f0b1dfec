select
    lines.document_id,
    lines.line_no,
    scopes.scope_key,
    scopes.supply_point_id,
    points.medium,
    scopes.contract_id,
    scopes.customer_id,
    lines.charge_code,
    lines.section,
    lines.zone_code,
    lines.period_from,
    lines.period_to,
    {{ month_of('lines.period_from') }} as delivery_month,
    {{ month_of('documents.issue_date') }} as issue_month,
    documents.document_kind,
    (lines.net_after - lines.net_before)::numeric(18, 2) as net_amount,
    lines.vat_rate,
    (lines.energy_kwh_after - lines.energy_kwh_before)::numeric(18, 3) as energy_kwh,
    lines.is_estimated
from {{ ref('stg_operational__document_lines') }} as lines
inner join
    {{ ref('stg_operational__billing_scopes') }} as scopes
    on lines.scope_id = scopes.scope_id
inner join
    {{ ref('dim_supply_points') }} as points
    on scopes.supply_point_id = points.supply_point_id
inner join
    {{ ref('stg_operational__documents') }} as documents
    on lines.document_id = documents.document_id
