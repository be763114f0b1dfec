-- delivered (rows of files) = billed (issued lines) + unbilled (measured outside issued periods, pending corrections, less estimates).
with delivered as (
    select * from {{ ref('fct_delivered_energy') }}
),

supplies as (
    select supply_point_id, contract_id, valid_from, valid_to
    from {{ ref('stg_operational__contract_supply_points') }}
),

within_supply as (
    select
        delivered.supply_point_id,
        sum({{ even_share(
            'delivered.energy_kwh', '(delivered.period_to - delivered.period_from)', 'delivered.period_from',
            'greatest(delivered.period_from, supplies.valid_from)',
            'least(delivered.period_to, supplies.valid_to)', 'delivered.digits') }}) as energy_kwh
    from delivered
    inner join supplies
        on
            delivered.supply_point_id = supplies.supply_point_id
            and delivered.period_from < supplies.valid_to
            and delivered.period_to > supplies.valid_from
    group by delivered.supply_point_id
),

scopes as (
    select scopes.scope_id, scopes.supply_point_id, scopes.period_from, scopes.period_to,
        targets.energy_kwh as target_kwh,
        scopes.fingerprint is distinct from targets.fingerprint as is_pending
    from {{ ref('stg_operational__billing_scopes') }} as scopes
    left join {{ ref('prop_document_scopes') }} as targets on scopes.scope_key = targets.scope_key
    where scopes.invoice_id is not null
),

issued as (
    select
        scope_id,
        sum(energy_kwh_after - energy_kwh_before) as energy_kwh
    from {{ ref('stg_operational__document_lines') }}
    group by scope_id
),

-- What the newest state of each issued line says it billed by estimate.
newest_lines as (
    select distinct on (scope_id, line_key, vat_rate)
        scope_id, energy_kwh_after, estimated_kwh
    from {{ ref('stg_operational__document_lines') }}
    order by scope_id asc, line_key asc, vat_rate asc, document_id desc
),

estimated as (
    select scope_id, sum(case when energy_kwh_after <> 0 then estimated_kwh else 0 end) as energy_kwh
    from newest_lines
    group by scope_id
),

measured as (
    select
        scopes.scope_id,
        sum({{ even_share(
            'delivered.energy_kwh', '(delivered.period_to - delivered.period_from)', 'delivered.period_from',
            'greatest(delivered.period_from, scopes.period_from)',
            'least(delivered.period_to, scopes.period_to)', 'delivered.digits') }}) as energy_kwh
    from scopes
    inner join delivered
        on
            scopes.supply_point_id = delivered.supply_point_id
            and delivered.period_from < scopes.period_to
            and delivered.period_to > scopes.period_from
    group by scopes.scope_id
),

by_scope as (
    select
        scopes.supply_point_id,
        coalesce(issued.energy_kwh, 0) as billed_kwh,
        coalesce(measured.energy_kwh, 0) as measured_kwh,
        case
            when scopes.is_pending then coalesce(measured.energy_kwh, 0) - coalesce(issued.energy_kwh, 0)
            else -coalesce(estimated.energy_kwh, 0)
        end as pending_kwh
    from scopes
    left join issued on scopes.scope_id = issued.scope_id
    left join measured on scopes.scope_id = measured.scope_id
    left join estimated on scopes.scope_id = estimated.scope_id
),

by_point as (
    select
        supply_point_id,
        sum(billed_kwh) as billed_kwh,
        sum(measured_kwh) as measured_kwh,
        sum(pending_kwh) as pending_kwh
    from by_scope
    group by supply_point_id
),

balanced as (
    select
        points.supply_point_id,
        points.medium,
        coalesce(within_supply.energy_kwh, 0) as delivered_kwh,
        coalesce(by_point.billed_kwh, 0) as billed_kwh,
        coalesce(within_supply.energy_kwh, 0) - coalesce(by_point.measured_kwh, 0)
        + coalesce(by_point.pending_kwh, 0) as unbilled_kwh
    from {{ ref('dim_supply_points') }} as points
    left join within_supply on points.supply_point_id = within_supply.supply_point_id
    left join by_point on points.supply_point_id = by_point.supply_point_id
)

select
    supply_point_id,
    medium,
    delivered_kwh::numeric(18, 3) as delivered_kwh,
    billed_kwh::numeric(18, 3) as billed_kwh,
    unbilled_kwh::numeric(18, 3) as unbilled_kwh,
    (delivered_kwh - billed_kwh - unbilled_kwh)::numeric(18, 3) as difference_kwh
from balanced
