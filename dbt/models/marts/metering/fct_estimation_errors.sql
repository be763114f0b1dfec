-- What was billed from an estimate beside what the readings say now; the estimate is the last one
-- that stood on a document.
with documents as (
    select
        document_id,
        version_no
    from {{ ref('stg_operational__documents') }}
),

estimated_lines as (
    select distinct on (scopes.scope_key, lines.line_key)
        scopes.scope_key,
        scopes.supply_point_id,
        lines.zone_code,
        lines.period_from,
        lines.period_to,
        lines.estimation_method,
        lines.energy_kwh_after as energy_kwh
    from {{ ref('stg_operational__document_lines') }} as lines
    inner join documents on lines.document_id = documents.document_id
    inner join {{ ref('stg_operational__billing_scopes') }} as scopes
        on lines.scope_id = scopes.scope_id
    where
        lines.is_estimated
        and lines.estimation_method is not null
        and lines.charge_code in ('energy_active', 'gas_fuel')
    order by scopes.scope_key asc, lines.line_key asc, documents.version_no desc
),

estimates as (
    select
        scope_key,
        supply_point_id,
        zone_code,
        min(period_from) as period_from,
        max(period_to) as period_to,
        min(estimation_method) as method,
        sum(energy_kwh) as estimated_kwh
    from estimated_lines
    group by scope_key, supply_point_id, zone_code
),

known_now as (
    select
        scope_key,
        zone_code,
        sum(energy_kwh) as energy_kwh
    from {{ ref('prop_document_lines') }}
    where charge_code in ('energy_active', 'gas_fuel')
    group by scope_key, zone_code
    having not bool_or(is_estimated)
)

select
    estimates.scope_key,
    estimates.zone_code,
    estimates.supply_point_id,
    points.medium,
    points.tariff_group,
    estimates.method,
    estimates.period_from,
    estimates.period_to,
    estimates.period_to - estimates.period_from as days,
    estimates.estimated_kwh::numeric(18, 3) as estimated_kwh,
    known_now.energy_kwh::numeric(18, 3) as actual_kwh,
    (estimates.estimated_kwh - known_now.energy_kwh)::numeric(18, 3) as error_kwh
from estimates
inner join {{ ref('dim_supply_points') }} as points
    on estimates.supply_point_id = points.supply_point_id
left join known_now
    on
        estimates.scope_key = known_now.scope_key
        and estimates.zone_code = known_now.zone_code
